#include "bus/inbox.h"

namespace hark::bus {

Admission Inbox::reserve(std::uint64_t bytes, std::vector<core::Record*>& evicted) {
  while (!credits_.reserve(bytes)) {
    if (options_.when_full == flow::WhenFull::drop_newest) return Admission::drop_newest;
    if (options_.when_full == flow::WhenFull::block) {
      return quarantined.load(std::memory_order_acquire) ? Admission::quarantined : Admission::full;
    }
    flow::Entry oldest;
    if (!intake_.pop(oldest)) return Admission::drop_newest;  // all room is with the lane: nothing older can go
    credits_.give_back(1, oldest.record->total);
    evicted.push_back(oldest.record);
  }
  return Admission::reserved;
}

}  // namespace hark::bus
