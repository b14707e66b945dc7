// What a thread needs so that a signal handler can run on it whatever state its stack is in, and look at that stack.
#pragma once

#include <cstdint>

namespace hark::core {

struct StackBounds {
  std::uintptr_t low = 0, high = 0;  // 0, 0: not known
};

// Gives the calling thread an alternate signal stack, unless it has one (a sanitizer's, a language runtime's), and
// notes where its stack lies. Both go with the thread. Every thread that may run code of plugins calls it; again costs
// next to nothing.
void be_ready_for_signals();

// Of the calling thread. Async-signal-safe.
StackBounds own_stack();

}  // namespace hark::core
