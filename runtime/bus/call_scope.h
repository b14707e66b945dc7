// What the current thread is doing inside a plugin: from it the host derives the cause of what the plugin publishes,
// refuses calls that may block, and blames a plugin that ends the process.
#pragma once

#include <hark/plugin.h>

#include <cstdint>

#include "bus/identity.h"

namespace hark::bus {

struct CallScope {
  const Identity* who;
  const hark_event* event;  // nullptr in a [control] call
  std::uint64_t ticket;
  CallScope* outer;

  CallScope(const Identity& identity, const hark_event* of, std::uint64_t t);
  ~CallScope();
  CallScope(const CallScope&) = delete;
  CallScope& operator=(const CallScope&) = delete;
};

// nullptr: no plugin is being called on this thread.
inline constinit thread_local CallScope* current_call = nullptr;

inline CallScope::CallScope(const Identity& identity, const hark_event* of, std::uint64_t t)
    : who(&identity), event(of), ticket(t), outer(current_call) {
  current_call = this;
}
inline CallScope::~CallScope() { current_call = outer; }

}  // namespace hark::bus
