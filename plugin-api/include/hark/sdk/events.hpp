// SPDX-License-Identifier: Apache-2.0
// The described events of an Info, in the ABI's shape: "hark.events/1".
#pragma once

#include <hark/sdk/info.hpp>

#include <cstddef>

namespace hark::detail {

// Constructed once, at one address; schemas are made then, and may throw.
template <std::size_t N>
class EventTable {
 public:
  explicit EventTable(const Info& info) {
    std::size_t i = 0;
    info.each_event([&](std::uint32_t direction, const EventType& e) {
      events_[i] = {sizeof(hark_event_type), direction, e.type, e.schema()};
      items_[i] = &events_[i];
      ++i;
    });
  }
  EventTable(const EventTable&) = delete;
  EventTable& operator=(const EventTable&) = delete;

  const hark_ext_events* table() const { return &table_; }

 private:
  hark_event_type events_[N] = {};
  const hark_event_type* items_[N] = {};
  hark_ext_events table_{sizeof(hark_ext_events), std::uint32_t{N}, items_};
};

}  // namespace hark::detail
