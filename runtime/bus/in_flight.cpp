#include "bus/in_flight.h"

#include <algorithm>
#include <cstring>
#include <thread>

#include "core/arena.h"

namespace hark::bus {
namespace {

void wait_for_readers(const Slot& slot) {
  while (slot.readers.load(std::memory_order_seq_cst) != 0) std::this_thread::yield();
}

}  // namespace

ChainLink ChainLink::of(const hark_event& e) {
  ChainLink link{core::Uid::from(e.uid), core::Uid::from(e.root), e.hops, {}, e.trace_flags};
  std::memcpy(link.trace_id, e.trace_id, 16);
  return link;
}

void ChainLink::extend_to(core::Stamp& stamp) const {
  stamp.cause = cause;
  stamp.root = root;
  stamp.hops = static_cast<std::uint16_t>(hops + 1);
}

// Holds a slot's record in place while another thread than the lane's looks at it.
class InFlight::Reading {
 public:
  Reading(Slot& slot, std::uint64_t ticket) : slot_(slot) {
    slot_.readers.fetch_add(1, std::memory_order_seq_cst);
    valid_ = ticket != 0 && slot_.open.load(std::memory_order_seq_cst) == ticket;
  }
  ~Reading() { slot_.readers.fetch_sub(1, std::memory_order_seq_cst); }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;
  bool valid() const { return valid_; }

 private:
  Slot& slot_;
  bool valid_;
};

InFlight::InFlight(std::uint32_t slots) : size_(std::clamp(slots, 1u, max_slots)), slots_(new Slot[size_]) {
  for (std::uint32_t i = size_; i-- > 0;) {
    slots_[i].index = i;
    slots_[i].next = free_;
    free_ = &slots_[i];
  }
}

// Lanes take numbers by the block, so that a ticket of one never opens a slot of another.
std::uint64_t InFlight::next_sequence() {
  static std::atomic<std::uint64_t> blocks{0};
  constexpr std::uint64_t block = 1u << 16;
  if (sequence_ == sequence_end_) {
    sequence_ = blocks.fetch_add(1, std::memory_order_relaxed) * block + 1;
    sequence_end_ = sequence_ + block - 1;
  }
  return sequence_++;
}

Slot* InFlight::open(const Delivery& delivery, std::int64_t lease_ns) {
  if (free_ == nullptr) return nullptr;
  Slot* slot = free_;
  free_ = slot->next;
  slot->next = nullptr;
  slot->delivery = delivery;
  slot->pending = false;
  slot->record.store(delivery.record, std::memory_order_relaxed);
  slot->lease_ns.store(lease_ns, std::memory_order_relaxed);
  open_count_.store(open_count_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  slot->open.store(next_sequence() << slot_bits | slot->index, std::memory_order_release);
  return slot;
}

bool InFlight::close(Slot& slot) { return slot.open.exchange(0, std::memory_order_seq_cst) != 0; }

void InFlight::set_aside(Slot& slot) {
  slot.pending = true;
  core::Record* shared = slot.delivery.record;
  slot.delivery.record = core::solo_copy(*shared);
  slot.record.store(slot.delivery.record, std::memory_order_seq_cst);
  wait_for_readers(slot);
  core::release(shared);
}

void InFlight::free(Slot& slot) {
  wait_for_readers(slot);
  slot.pending = false;
  slot.next = free_;
  free_ = &slot;
  open_count_.store(open_count_.load(std::memory_order_relaxed) - 1, std::memory_order_release);
}

Slot* InFlight::take_completions() {
  Slot* newest = completions_.exchange(nullptr, std::memory_order_seq_cst);
  Slot* oldest = nullptr;
  while (newest != nullptr) {
    Slot* next = newest->next;
    newest->next = oldest;
    oldest = newest;
    newest = next;
  }
  return oldest;
}

bool InFlight::complete(std::uint64_t ticket, hark_result r, std::int64_t retry_after_ns, const hark_error* why) {
  const std::uint64_t index = ticket & (max_slots - 1);
  if (ticket == 0 || index >= size_) return false;
  Slot& slot = slots_[index];
  if (!slot.open.compare_exchange_strong(ticket, 0, std::memory_order_seq_cst)) return false;
  slot.result = r;
  slot.retry_after_ns = retry_after_ns;
  slot.error.clear();
  if (why != nullptr) slot.error.assign(why->msg, std::min<std::size_t>(why->len, sizeof why->msg));
  Slot* head = completions_.load(std::memory_order_relaxed);
  do {
    slot.next = head;
  } while (!completions_.compare_exchange_weak(head, &slot, std::memory_order_seq_cst));
  return true;
}

bool InFlight::extend(std::uint64_t ticket, std::int64_t more_ns) {
  const std::uint64_t index = ticket & (max_slots - 1);
  if (index >= size_) return false;
  Slot& slot = slots_[index];
  const Reading reading(slot, ticket);
  if (!reading.valid()) return false;
  constexpr std::int64_t most = std::int64_t{24} * 3600 * 1'000'000'000;
  slot.lease_ns.fetch_add(std::clamp(more_ns, std::int64_t{0}, most), std::memory_order_relaxed);
  return true;
}

bool InFlight::chain_of(std::uint64_t ticket, ChainLink& out) {
  const std::uint64_t index = ticket & (max_slots - 1);
  if (index >= size_) return false;
  Slot& slot = slots_[index];
  const Reading reading(slot, ticket);
  if (!reading.valid()) return false;
  core::Expanded expanded;
  out = ChainLink::of(expanded.expand(*slot.record.load(std::memory_order_seq_cst)));
  return true;
}

}  // namespace hark::bus
