// Marks a thread as being inside a publish (or an inline call), where it may hold a Match that was current a moment
// ago.
#pragma once

#include <atomic>

#include "bus/bus.h"

namespace hark::bus {

// The entry is a plain store: whoever takes a subscriber out makes every thread run a barrier (membarrier) and then
// waits for those that are inside. Without that system call each entry pays for a barrier of its own.
class Bus::Inside {
 public:
  Inside(const Bus& bus, ThreadContext& context)
      : context_(context), before_(context.inside.load(std::memory_order_relaxed)) {
    if (before_) return;
    context_.inside.store(true, std::memory_order_relaxed);
    bus.barrier_in_this_thread();
  }
  ~Inside() {
    if (before_) return;
    if (!context_.retired.empty()) context_.retired.clear();
    context_.inside.store(false, std::memory_order_release);
  }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

 private:
  ThreadContext& context_;
  const bool before_;
};

}  // namespace hark::bus
