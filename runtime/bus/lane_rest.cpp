// When a lane has nothing more to do: whether it is looked at again in a moment, or sleeps, and until when.
#include <algorithm>

#include "bus/bus.h"
#include "bus/lane.h"
#include "bus/timekeeper.h"
#include "core/clock.h"

namespace hark::bus {
namespace {

constexpr std::int64_t shortest_lag_ns = 500, longest_lag_ns = 50'000;
constexpr std::int64_t often_ns = 2'500;   // events that come at least so often are waited for
constexpr std::size_t enough_events = 96;  // in one run, to be worth the look
constexpr std::size_t many_events = 4 * enough_events;
constexpr std::int64_t slow_run_ns = 100'000, slow_event_ns = 2'000, slow_for_ns = 1'000'000'000;

constexpr std::uint64_t spare_limit = 32;  // credits kept back at most, to give back many at once

}  // namespace

// Events that come often are waited for, until a look finds enough of them and not too many.
std::int64_t Lane::next_lag(std::size_t events, std::int64_t since_ns) const {
  if (events == 0 || since_ns >= static_cast<std::int64_t>(events) * often_ns) return shortest_lag_ns;
  if (events < enough_events) return std::min(2 * std::max(lag_ns_, shortest_lag_ns), longest_lag_ns);
  return std::max(events <= many_events ? lag_ns_ : lag_ns_ / 2, shortest_lag_ns);
}

// A lane whose plugin took longer than slow_run, and not for the number of its events, is slow for a while.
Next Lane::rest(std::int64_t began, std::size_t events, bool again) {
  std::int64_t now = began;
  const auto made = static_cast<std::int64_t>(events);
  lag_ns_ = next_lag(events, began - looked_ns_);
  if (events != 0) {
    now = busy_ns_ = core::now_ns();
    const std::int64_t took = now - began;
    if (took > slow_run_ns && took > made * slow_event_ns) slow_until_ns_ = now + slow_for_ns;
  }
  looked_ns_ = now;
  if (again) return Next::again;
  if (now - busy_ns_ < linger_time.count() && may_deliver(now)) return Next::linger;
  return go_idle() ? Next::sleep : Next::again;
}

void Lane::read_clocks() {
  clock_ns_ = core::coarse_now_ns();
  to_wall_ns_ = core::coarse_wall_ns() - clock_ns_;
}

// False: something came in between, and the lane is busy again.
bool Lane::go_idle() {
  const std::int64_t now = core::now_ns();
  const std::int64_t due = next_due(now);
  const bool hungry = may_deliver(now), ticks = is_open_;
  if (due <= now || needs_restart_ || (hungry && !ready_.empty())) return false;
  if (due != core::never_ns) bus_.timekeeper().wake_at(*this, due);
  State seen = hungry ? State::idle : State::parked;
  state_.store(seen, std::memory_order_seq_cst);  // from here on another thread may be running this lane
  if (inbox_.is_empty()) bus_.note_quiet();
  // An alarm that went off while the lane was still busy has woken nobody; so has a timer started since.
  const bool missed = due != core::never_ns && core::now_ns() >= due;
  const bool started = ticks && plugin_timers_.next_due() < due;
  const bool more = missed || started || has_outside_work() || (hungry && (inbox_.intake().ready() || may_load()));
  return !more || !state_.compare_exchange_strong(seen, State::busy, std::memory_order_seq_cst);
}

// Asked about the same moment as may_deliver(): between two moments a pause could end unseen by both.
std::int64_t Lane::next_due(std::int64_t now) const {
  std::int64_t due = timers_.empty() ? core::never_ns : timers_.top().due_ns;
  if (!is_open_) return due;
  due = std::min(due, plugin_timers_.next_due());
  if (held_until_ns_ > now) due = std::min(due, held_until_ns_);
  if (breaker_.state() == flow::Breaker::State::open && breaker_.probe_at_ns() > now) {
    due = std::min(due, breaker_.probe_at_ns());
  }
  return due;
}

void Lane::give_back(bool all) {
  const flow::Credits& credits = inbox_.credits();
  const bool much = spare_events_ >= spare_limit || spare_events_ * 8 >= credits.max_events() ||
                    spare_bytes_ * 8 >= credits.max_bytes();
  if (spare_events_ != 0 && (all || much)) {
    inbox_.credits().give_back(spare_events_, spare_bytes_);
    spare_events_ = spare_bytes_ = 0;
  }
  if (all) released_.flush();
}

}  // namespace hark::bus
