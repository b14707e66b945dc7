// Sleeping on a 32-bit word, with a deadline (std::atomic::wait has none).
#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <climits>
#include <ctime>

#include "core/clock.h"

namespace hark::core {

static_assert(sizeof(std::atomic<std::uint32_t>) == 4);

// Returns when the word differs from expected, on a wake, on a signal, or when until_ns (now_ns()'s clock) has passed:
// the caller looks again.
inline void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected, std::int64_t until_ns = never_ns) {
  timespec t{until_ns / 1'000'000'000, until_ns % 1'000'000'000};
  syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, expected, until_ns == never_ns ? nullptr : &t, nullptr,
          FUTEX_BITSET_MATCH_ANY);
}

inline void futex_wake(std::atomic<std::uint32_t>& word, int count = 1) {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, count, nullptr, nullptr, 0);
}
inline void futex_wake_all(std::atomic<std::uint32_t>& word) { futex_wake(word, INT_MAX); }

// The same on a word that other processes map too, be it for reading only.
inline void futex_wait_shared(const std::atomic<std::uint32_t>& word, std::uint32_t expected,
                              std::int64_t until_ns = never_ns) {
  timespec t{until_ns / 1'000'000'000, until_ns % 1'000'000'000};
  syscall(SYS_futex, &word, FUTEX_WAIT_BITSET, expected, until_ns == never_ns ? nullptr : &t, nullptr,
          FUTEX_BITSET_MATCH_ANY);
}
inline void futex_wake_shared(const std::atomic<std::uint32_t>& word, int count = 1) {
  syscall(SYS_futex, &word, FUTEX_WAKE, count, nullptr, nullptr, 0);
}

}  // namespace hark::core
