// What the current thread is doing inside a plugin: from it the host derives the cause of what the plugin publishes,
// refuses calls that may block, and blames a plugin that ends the process.
#pragma once

#include <hark/plugin.h>

#include <cstdint>
#include <span>

#include "bus/identity.h"

namespace hark::bus {

struct CallScope {
  const Identity* who;
  std::span<const hark_delivery> deliveries;  // one, or a batch; none in a [control] call
  CallScope* outer;

  explicit CallScope(const Identity& identity, std::span<const hark_delivery> of = {});
  ~CallScope();
  CallScope(const CallScope&) = delete;
  CallScope& operator=(const CallScope&) = delete;

  // The delivery that is being handled when there is just one: of a batch the plugin must say which it means.
  const hark_delivery* only() const { return deliveries.size() == 1 ? deliveries.data() : nullptr; }
  const hark_delivery* with_ticket(std::uint64_t ticket) const;
  const hark_delivery* of_event(const hark_event* event) const;
};

// nullptr: no plugin is being called on this thread.
inline constinit thread_local CallScope* current_call = nullptr;

inline CallScope::CallScope(const Identity& identity, std::span<const hark_delivery> of)
    : who(&identity), deliveries(of), outer(current_call) {
  current_call = this;
}
inline CallScope::~CallScope() { current_call = outer; }

inline const hark_delivery* CallScope::with_ticket(std::uint64_t ticket) const {
  for (const hark_delivery& d : deliveries) {
    if (d.ticket == ticket) return &d;
  }
  return nullptr;
}
inline const hark_delivery* CallScope::of_event(const hark_event* event) const {
  for (const hark_delivery& d : deliveries) {
    if (d.event == event) return &d;
  }
  return nullptr;
}

}  // namespace hark::bus
