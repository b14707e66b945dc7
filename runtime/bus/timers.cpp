#include "bus/timers.h"

namespace hark::bus {
namespace {

std::uint64_t next_id() {
  static constinit std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

// What lies beyond the clock is never.
std::int64_t sum(std::int64_t a, std::int64_t b) {
  std::int64_t c = 0;
  return __builtin_add_overflow(a, b, &c) ? core::never_ns : c;
}

}  // namespace

hark_result Timers::start(std::int64_t now, std::int64_t delay_ns, std::int64_t period_ns, std::uint64_t user,
                          std::uint64_t& id) {
  if (delay_ns < 0 || period_ns < 0) return HARK_INVALID;
  core::Lock lock(mutex_);
  if (closed_) return HARK_CLOSING;
  if (by_id_.size() == most) return HARK_AGAIN;
  id = next_id();
  const Timer timer{sum(now, delay_ns), period_ns, user};
  by_id_.emplace(id, timer);
  by_time_.emplace(timer.due_ns, id);
  note_next();
  return HARK_OK;
}

bool Timers::cancel(std::uint64_t id) {
  core::Lock lock(mutex_);
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return false;
  by_time_.erase({found->second.due_ns, id});
  by_id_.erase(found);
  note_next();
  return true;
}

std::optional<std::uint64_t> Timers::take(std::int64_t now) {
  if (next_due() > now) return std::nullopt;
  core::Lock lock(mutex_);
  if (by_time_.empty() || by_time_.begin()->first > now) return std::nullopt;  // cancelled in this very moment
  const std::uint64_t id = by_time_.begin()->second;
  by_time_.erase(by_time_.begin());
  const auto found = by_id_.find(id);
  Timer& timer = found->second;
  const std::uint64_t user = timer.user;
  if (timer.period_ns == 0) {
    by_id_.erase(found);
  } else {
    const std::int64_t missed = (now - timer.due_ns) / timer.period_ns;
    timer.due_ns = sum(timer.due_ns + missed * timer.period_ns, timer.period_ns);
    by_time_.emplace(timer.due_ns, id);
  }
  note_next();
  return user;
}

void Timers::clear() {
  core::Lock lock(mutex_);
  clear_all();
}

void Timers::close() {
  core::Lock lock(mutex_);
  closed_ = true;
  clear_all();
}

void Timers::clear_all() {
  by_id_.clear();
  by_time_.clear();
  note_next();
}

void Timers::note_next() {
  next_due_.store(by_time_.empty() ? core::never_ns : by_time_.begin()->first, std::memory_order_seq_cst);
}

}  // namespace hark::bus
