// The types of the host's own events, all of them: what a pattern that begins with `hark` can match.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace hark::app {

enum class HostEvent : std::uint8_t {
  host_started,
  host_stopping,
  plugin_loaded,
  plugin_refused,
  subscriber_failed,
  subscriber_quarantined,
  subscriber_recovered,
  subscriber_spilling,
  event_dead_lettered,
  event_dropped,
  count_
};

inline constexpr std::array<std::string_view, static_cast<std::size_t>(HostEvent::count_)> host_event_types = {
    "hark.host.started",        "hark.host.stopping",          "hark.plugin.loaded",        "hark.plugin.refused",
    "hark.subscriber.failed",   "hark.subscriber.quarantined", "hark.subscriber.recovered", "hark.subscriber.spilling",
    "hark.event.dead_lettered", "hark.event.dropped",
};

constexpr std::string_view type_of(HostEvent e) { return host_event_types[static_cast<std::size_t>(e)]; }

}  // namespace hark::app
