// SPDX-License-Identifier: Apache-2.0
// What a hostile host knows of one instance: its phase, tickets, retained events, timers, tokens. Guarded by the mutex
// of its HostileHost.
#pragma once

#include <hark/plugin.h>

#include <hark/testing/hostile/edge_memory.hpp>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace hark::testing::hostile {

enum class Phase { living, stopping, stopped, destroyed };
enum class Call { control, dispatch, outcome };

struct Ticket {
  enum class State { open, over, completed, answered };
  State state = State::open;
  hark_result by = HARK_UNSET;  // the answer, once it has one
  bool extended = false;
};

struct Timer {
  std::int64_t due_ns = 0, period_ns = 0;
  std::uint64_t user = 0;
};

struct Untold {
  std::uint32_t stage = 0;
  std::uint64_t token = 0;
};

struct HostState {
  Phase phase = Phase::living;
  std::map<std::uint64_t, Ticket> tickets;
  std::map<const hark_event*, std::unique_ptr<LaidEvent>> retained;
  std::vector<std::unique_ptr<LaidEvent>> released;  // unreadable, until the end of the life
  std::multiset<const hark_event*> handed;           // to a call that has not come back
  std::map<std::uint64_t, Timer> timers;
  std::map<std::uint64_t, std::string> subscriptions;
  std::map<std::string, std::uint32_t> interned;
  std::vector<Untold> untold;
  std::uint64_t next_id = 0;
  std::uint64_t asked = 0;     // calls of publish and publish_wait
  std::uint32_t since_ok = 0;  // refusals since publish last was OK
  bool finished = false;
};

}  // namespace hark::testing::hostile
