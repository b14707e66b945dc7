// A wait too short to sleep through: it keeps the processor, and touches no memory that others write.
#pragma once

#include <chrono>

#include "core/clock.h"

namespace hark::core {

inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

inline void pause_for(std::chrono::nanoseconds time) {
  const std::int64_t until = now_ns() + time.count();
  do {
    relax();
  } while (now_ns() < until);
}

}  // namespace hark::core
