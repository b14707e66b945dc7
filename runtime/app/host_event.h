// The types of the host's own events, all of them: what a pattern that begins with `hark` can match.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace hark::app {

enum class HostEvent : std::uint8_t {
  host_started,
  host_stopping,
  host_degraded,
  host_recovered,
  plugin_loaded,
  plugin_refused,
  plugin_crashed_host,
  subscriber_failed,
  subscriber_quarantined,
  subscriber_recovered,
  subscriber_spilling,
  subscriber_overstays,
  event_dead_lettered,
  event_dropped,
  count_
};

inline constexpr std::array<std::string_view, static_cast<std::size_t>(HostEvent::count_)> host_event_types = {
    "hark.host.started",           "hark.host.stopping",        "hark.host.degraded",       "hark.host.recovered",
    "hark.plugin.loaded",          "hark.plugin.refused",       "hark.plugin.crashed_host", "hark.subscriber.failed",
    "hark.subscriber.quarantined", "hark.subscriber.recovered", "hark.subscriber.spilling", "hark.subscriber.overstays",
    "hark.event.dead_lettered",    "hark.event.dropped",
};

constexpr std::string_view type_of(HostEvent e) { return host_event_types[static_cast<std::size_t>(e)]; }

}  // namespace hark::app
