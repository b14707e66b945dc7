// The ring between publishers and one lane.
//
// Bounded, many producers. A producer holds a credit, so a slot is always free for it: it takes a position and fills
// it. The lane reads in order and stops at a position that is taken but not yet filled. With shared consumers
// (drop_oldest: a publisher may throw out the oldest) taking is a compare-and-swap.
//
// A slot is resident from its first use on: a queue that has never been long costs a page, whatever it may hold.
#pragma once

#include <atomic>
#include <bit>
#include <cstdint>

#include "core/record.h"
#include "core/zero_pages.h"

namespace hark::flow {

struct Entry {
  core::Record* record = nullptr;
  std::uint64_t subscription = 0;
};

class Intake {
 public:
  Intake(std::uint64_t events, bool shared_consumers)
      : mask_(std::bit_ceil(events) - 1), shared_(shared_consumers), slots_(mask_ + 1) {}

  // Any thread; the caller holds a credit.
  void push(const Entry& entry) {
    const std::uint64_t at = tail_.fetch_add(1, std::memory_order_acq_rel);
    Slot& slot = slots_[at & mask_];
    std::atomic_ref(slot.record).store(entry.record, std::memory_order_relaxed);
    std::atomic_ref(slot.subscription).store(entry.subscription, std::memory_order_relaxed);
    std::atomic_ref(slot.filled).store(at + 1, std::memory_order_release);
  }

  // The lane, and with shared consumers any thread. False: empty, or the next is still being written.
  bool pop(Entry& out) {
    std::uint64_t at = head_.load(std::memory_order_relaxed);
    for (;;) {
      Slot& slot = slots_[at & mask_];
      if (std::atomic_ref(slot.filled).load(std::memory_order_acquire) != at + 1) {
        const std::uint64_t again = head_.load(std::memory_order_relaxed);
        if (again == at) return false;
        at = again;
        continue;
      }
      out = {std::atomic_ref(slot.record).load(std::memory_order_relaxed),
             std::atomic_ref(slot.subscription).load(std::memory_order_relaxed)};
      // What a later pop will hand out, if it is there; else whatever was in its slot, which does no harm.
      __builtin_prefetch(std::atomic_ref(slots_[(at + 2) & mask_].record).load(std::memory_order_relaxed));
      if (!shared_) {
        head_.store(at + 1, std::memory_order_release);
        return true;
      }
      if (head_.compare_exchange_weak(at, at + 1, std::memory_order_acq_rel)) return true;
    }
  }

  bool ready() const {
    const std::uint64_t at = head_.load(std::memory_order_relaxed);
    return std::atomic_ref(slots_[at & mask_].filled).load(std::memory_order_acquire) == at + 1;
  }
  std::uint64_t pushed() const { return tail_.load(std::memory_order_acquire); }
  std::uint64_t popped() const { return head_.load(std::memory_order_acquire); }

 private:
  struct Slot {
    std::uint64_t filled;  // position + 1 of what it holds
    core::Record* record;
    std::uint64_t subscription;
  };

  const std::uint64_t mask_;
  const bool shared_;
  const core::ZeroPages<Slot> slots_;
  alignas(64) std::atomic<std::uint64_t> tail_{0};
  alignas(64) std::atomic<std::uint64_t> head_{0};
};

}  // namespace hark::flow
