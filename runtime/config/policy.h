// What [defaults] gives to every subscriber, and what each may change key by key.
#pragma once

#include "config/table_reader.h"

namespace hark::config {

struct Policy {
  flow::QueueOptions queue;
  flow::DeliveryOptions delivery;
  flow::RestartOptions restart;
  bool required = false;
  Place queue_bytes_place;             // where queue.bytes was given last; line 0 = nowhere
  std::optional<Place> timeout_place;  // where the table read last gave timeout, never inherited
};

// Reads the policy's keys of a table into what was inherited; its owner still calls done().
void read_policy(TableReader& table, Policy& policy);

// The word for it in a config.
std::string_view to_text(flow::WhenFull when_full);

void read_restart(TableReader& table, flow::RestartOptions& restart);

inline constexpr std::chrono::nanoseconds longest_duration = std::chrono::days(7);

}  // namespace hark::config
