// Of a callee whose code is in another process: what was not begun, and what ended that process.
#include <algorithm>

#include "bus/bus.h"
#include "bus/lane.h"

namespace hark::bus {

// returned: how many of the same run have gone back to the front already.
void Lane::settle_contained(Slot& slot, hark_result r, std::string_view error, std::size_t returned) {
  if (r != result_not_begun && r != result_ended) return settle(slot, r, error);
  if (!in_flight_.close(slot)) return;  // complete() was first, and its answer counts
  const Delivery d = slot.delivery;
  in_flight_.free(slot);
  if (r == result_ended) return process_ended(d, error, returned);
  ready_.insert(ready_.begin() + static_cast<std::ptrdiff_t>(returned), d);
}

// The delivery that was being handled when its process ended: once more, alone; then no process is risked for it.
void Lane::process_ended(const Delivery& d, std::string_view how, std::size_t returned) {
  const bool may_repeat = options_.idempotent || options_.delivery.on_unknown == flow::OnUnknown::retry;
  const bool again = may_repeat && (d.flags & HARK_D_SUSPECT) == 0 && d.attempt < options_.delivery.retry.attempts;
  counters_.failures.add();
  bus_.suspects().blame(d.record->uid, identity_.name);
  core::Expanded expanded;
  bus_.observer().failed({identity_, expanded.expand(*d.record), d.attempt, HARK_FATAL, how, again});
  if (!again) return give_up(d, may_repeat ? Reason::crashed : Reason::outcome_unknown, how);
  Delivery next = d;
  ++next.attempt;
  next.flags |= HARK_D_REDELIVERED | HARK_D_SUSPECT;
  ready_.insert(ready_.begin() + static_cast<std::ptrdiff_t>(returned), next);
}

void Lane::break_down(std::string_view why) {
  if (!is_open_) return;
  needs_restart_ = true;
  restart_why_ = why;
  in_line.forbid();
}

// It has ended others' processes: given up. False: it may be handled.
bool Lane::is_barred(const Delivery& d) {
  const std::string why = bus_.suspects().barred(d.record->uid, identity_.name);
  if (why.empty()) return false;
  give_up(d, Reason::crashed, why);
  return true;
}

}  // namespace hark::bus
