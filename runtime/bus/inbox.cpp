#include "bus/inbox.h"

namespace hark::bus {

Admission Inbox::reserve(const Offer& offer, std::int64_t waited_ns, std::vector<core::Record*>& evicted) {
  for (;;) {
    if (spool_ != nullptr && spool_->engaged()) {
      const flow::Spool::Room room = spool_->reserve(flow::frame_size(offer.event, offer.stamp));
      if (room == flow::Spool::Room::reserved) return Admission::spilled;
      if (room == flow::Spool::Room::full) return no_room();
    }
    if (credits_.reserve(offer.bytes)) return Admission::reserved;
    flow::Entry oldest;
    switch (options_.when_full) {
      case flow::WhenFull::spill:
        if (spool_ == nullptr) return no_room();
        if (waited_ns < options_.max_wait.count() && !quarantined.load(std::memory_order_acquire))
          return Admission::full;
        spool_->engage();
        break;
      case flow::WhenFull::block: return no_room();
      case flow::WhenFull::drop_newest: return Admission::drop_newest;
      case flow::WhenFull::drop_oldest:
        if (!intake_.pop(oldest)) return Admission::drop_newest;  // all room is with the lane: nothing older can go
        credits_.give_back(1, oldest.record->total);
        evicted.push_back(oldest.record);
    }
  }
}

Admission Inbox::no_room() const {
  return quarantined.load(std::memory_order_acquire) ? Admission::quarantined : Admission::full;
}

}  // namespace hark::bus
