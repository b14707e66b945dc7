// How much room a subscriber has left, in events and bytes at once.
//
// Apart from the ring: a delivery that is being handled, retried or held keeps its credit, so the ring behind it can
// never be full when a credit was granted.
#pragma once

#include <atomic>
#include <cstdint>

#include "core/futex.h"

namespace hark::flow {

// Thread: any.
class Credits {
 public:
  // events <= 1'000'000, bytes < 2^40.
  Credits(std::uint64_t events, std::uint64_t bytes) : max_events_(events), max_bytes_(bytes) {}

  // Takes room for one event, or answers false and takes nothing. An event larger than max_bytes fits an empty queue.
  bool reserve(std::uint64_t bytes) {
    std::uint64_t used = used_.load(std::memory_order_seq_cst);  // not older than the caller's prepare_wait()
    do {
      const bool fits = events_of(used) < max_events_ && (bytes_of(used) + bytes <= max_bytes_ || events_of(used) == 0);
      if (!fits) return false;
    } while (!used_.compare_exchange_weak(used, used + pack(1, bytes), std::memory_order_acq_rel));
    return true;
  }

  // Takes room whether there is any or not: for what the lane itself brings in, in small portions.
  void take(std::uint64_t bytes) { used_.fetch_add(pack(1, bytes), std::memory_order_acq_rel); }

  void give_back(std::uint64_t events, std::uint64_t bytes) {
    used_.fetch_sub(pack(events, bytes), std::memory_order_seq_cst);
    if (waiters_.load(std::memory_order_seq_cst) != 0) wake_when_half_empty();
  }

  // Whoever sees that the room is free again sees what was done with it.
  std::uint64_t events() const { return events_of(used_.load(std::memory_order_acquire)); }
  std::uint64_t bytes() const { return bytes_of(used_.load(std::memory_order_relaxed)); }
  std::uint64_t free_events() const { return events() >= max_events_ ? 0 : max_events_ - events(); }
  std::uint64_t free_bytes() const { return bytes() >= max_bytes_ ? 0 : max_bytes_ - bytes(); }
  std::uint64_t max_events() const { return max_events_; }
  std::uint64_t max_bytes() const { return max_bytes_; }
  bool has_waiters() const { return waiters_.load(std::memory_order_relaxed) != 0; }

  // A publisher that may wait: prepare(), try again, then wait(). Woken at half empty, by wake_all(), or at until_ns.
  std::uint32_t prepare_wait() {
    waiters_.fetch_add(1, std::memory_order_seq_cst);
    woken_.store(false, std::memory_order_seq_cst);
    return epoch_.load(std::memory_order_seq_cst);
  }
  void wait(std::uint32_t epoch, std::int64_t until_ns) { core::futex_wait(epoch_, epoch, until_ns); }
  void end_wait() { waiters_.fetch_sub(1, std::memory_order_relaxed); }
  void wake_all() {
    epoch_.fetch_add(1, std::memory_order_seq_cst);
    core::futex_wake_all(epoch_);
  }

 private:
  static constexpr std::uint64_t pack(std::uint64_t events, std::uint64_t bytes) { return events << 40 | bytes; }
  static constexpr std::uint64_t events_of(std::uint64_t v) { return v >> 40; }
  static constexpr std::uint64_t bytes_of(std::uint64_t v) { return v & ((std::uint64_t{1} << 40) - 1); }

  void wake_when_half_empty() {
    const std::uint64_t used = used_.load(std::memory_order_seq_cst);
    // Once for those who wait: it takes them a while to be gone.
    if (events_of(used) <= max_events_ / 2 && bytes_of(used) <= max_bytes_ / 2 && !woken_.exchange(true)) wake_all();
  }

  const std::uint64_t max_events_, max_bytes_;
  alignas(64) std::atomic<std::uint64_t> used_{0};     // events in the upper 24 bits, bytes in the lower 40
  alignas(64) std::atomic<std::uint32_t> waiters_{0};  // apart from used_: the lane looks at it after each delivery
  std::atomic<std::uint32_t> epoch_{0};
  std::atomic<bool> woken_{false};  // since somebody last began to wait
};

}  // namespace hark::flow
