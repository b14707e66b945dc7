// The deliveries that one instance holds: a fixed table of slots, each named by a ticket while it is open.
//
// A ticket is a process-wide sequence number and a slot number, so a late, double, foreign or forged one meets a slot
// that is not open under it and is STALE; it can touch nothing. Opening and settling are the lane's; complete(),
// extend() and chain_of() may come from any thread at any time, also before handle() returned.
#pragma once

#include <hark/plugin.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "core/record.h"

namespace hark::bus {

// One hand-over of one event to one subscriber. Holds one reference to the record and one credit of the inbox.
struct Delivery {
  core::Record* record = nullptr;
  std::uint64_t subscription = 0;
  std::uint32_t attempt = 1;
  std::uint32_t flags = 0;     // HARK_D_*
  std::uint64_t position = 0;  // flow::Spool::Item's
};

// What a new event inherits from the one that led to it.
struct ChainLink {
  core::Uid cause, root;
  std::uint16_t hops = 0;  // of the cause
  std::uint8_t trace_id[16] = {};
  std::uint16_t trace_flags = 0;

  static ChainLink of(const hark_event& event);
  // Makes what is stamped the next of the chain.
  void extend_to(core::Stamp& stamp) const;
};

struct Slot {
  std::atomic<std::uint64_t> open{0};  // the ticket, 0 = closed
  std::atomic<std::uint32_t> readers{0};
  std::atomic<std::int64_t> lease_ns{0};
  std::atomic<core::Record*> record{nullptr};
  Delivery delivery;
  bool pending = false;  // the call has returned, the answer has not come
  // The answer of complete(), written by whoever closed the ticket and read by the lane.
  hark_result result = HARK_OK;
  std::int64_t retry_after_ns = 0;
  std::string error;
  Slot* next = nullptr;  // in the list of completions, or of free slots
  std::uint32_t index = 0;
};

class InFlight {
 public:
  static constexpr std::uint32_t slot_bits = 12;
  static constexpr std::uint32_t max_slots = 1u << slot_bits;

  explicit InFlight(std::uint32_t slots);

  // ---- the lane
  Slot* open(const Delivery& delivery, std::int64_t lease_ns);  // nullptr: all are taken
  bool close(Slot& slot);      // false: complete() was first, and its answer comes through take_completions()
  void set_aside(Slot& slot);  // PENDING: takes the record out of its shared block
  void free(Slot& slot);       // after close or a completion; nobody looks at its event any more
  Slot* take_completions();    // a list, oldest first
  bool has_completions() const { return completions_.load(std::memory_order_seq_cst) != nullptr; }
  std::uint32_t open_count() const { return open_count_.load(std::memory_order_acquire); }
  bool full() const { return free_ == nullptr; }
  template <class Visit>
  void each_pending(Visit visit) {
    for (std::uint32_t i = 0; i < size_; ++i) {
      if (slots_[i].pending) visit(slots_[i]);
    }
  }
  template <class Visit>
  void each_open(Visit visit) {
    for (std::uint32_t i = 0; i < size_; ++i) {
      if (slots_[i].open.load(std::memory_order_acquire) != 0) visit(slots_[i]);
    }
  }
  Slot& slot_of(std::uint64_t ticket) { return slots_[ticket & (max_slots - 1)]; }

  // ---- any thread
  // False: not open. The error is copied.
  bool complete(std::uint64_t ticket, hark_result r, std::int64_t retry_after_ns, const hark_error* why);
  bool extend(std::uint64_t ticket, std::int64_t more_ns);
  bool chain_of(std::uint64_t ticket, ChainLink& out);

 private:
  class Reading;
  std::uint64_t next_sequence();

  const std::uint32_t size_;
  const std::unique_ptr<Slot[]> slots_;
  Slot* free_ = nullptr;
  std::uint64_t sequence_ = 0, sequence_end_ = 0;
  std::atomic<std::uint32_t> open_count_{0};
  alignas(64) std::atomic<Slot*> completions_{nullptr};
};

}  // namespace hark::bus
