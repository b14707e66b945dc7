// A full memory barrier between a store and a later load of something else.
#pragma once

#include <atomic>

namespace hark::core {

#if defined(__SANITIZE_THREAD__)
inline void full_fence() {  // ThreadSanitizer does not model fences; the instruction below is one all the same
  std::atomic<int> word{0};
  word.exchange(1, std::memory_order_seq_cst);
}
#else
inline void full_fence() { std::atomic_thread_fence(std::memory_order_seq_cst); }
#endif

}  // namespace hark::core
