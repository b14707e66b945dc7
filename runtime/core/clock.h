// Clocks. Coarse ones tick at the kernel's timer rate (1 to 4 ms) and cost a quarter of the precise ones.
#pragma once

#include <ctime>

#include <cstdint>

namespace hark::core {

namespace detail {
inline std::int64_t read_clock(clockid_t id) {
  timespec t;
  clock_gettime(id, &t);
  return t.tv_sec * 1'000'000'000LL + t.tv_nsec;
}
}  // namespace detail

// By how much a coarse clock is behind at most.
inline std::int64_t coarse_step_ns() {
  timespec t;
  clock_getres(CLOCK_REALTIME_COARSE, &t);
  return t.tv_sec * 1'000'000'000LL + t.tv_nsec;
}

inline constexpr std::int64_t never_ns = INT64_MAX;

// Monotonic nanoseconds: every deadline in the program, and hark_host::now().
inline std::int64_t now_ns() { return detail::read_clock(CLOCK_MONOTONIC); }
inline std::int64_t coarse_now_ns() { return detail::read_clock(CLOCK_MONOTONIC_COARSE); }

// Unix nanoseconds, for people to read.
inline std::int64_t wall_ns() { return detail::read_clock(CLOCK_REALTIME); }
inline std::int64_t coarse_wall_ns() { return detail::read_clock(CLOCK_REALTIME_COARSE); }

}  // namespace hark::core
