// The lane's scheduler: what runs next, and when there is nothing more to run.
#include "bus/lane.h"

#include <cxxabi.h>

#include <algorithm>
#include <exception>

#include "bus/bus.h"
#include "bus/call_scope.h"
#include "bus/timekeeper.h"
#include "core/clock.h"
#include "core/text.h"

namespace hark::bus {
namespace {

constexpr std::size_t events_per_run = 1024;  // then others in the pool have their turn
constexpr std::size_t events_per_round = 64;
constexpr std::uint64_t load_at_once = 64;  // from the spool: events, over what the queue may hold

std::uint32_t batch_of(const LaneOptions& o) {
  return std::max(1u, o.stream ? o.max_batch : std::min(o.max_batch, o.max_in_flight));
}
std::uint32_t slots_of(const LaneOptions& o) {
  return std::min(o.max_in_flight + (o.stream ? batch_of(o) - 1 : 0), InFlight::max_slots);
}

// The lane whose task or delivery runs on this thread.
constinit thread_local const Lane* running_lane = nullptr;

}  // namespace

Lane::Lane(Bus& bus, const Identity& identity, Inbox& inbox, const LaneOptions& options)
    : bus_(bus),
      identity_(identity),
      inbox_(inbox),
      options_(options),
      breaker_(options.delivery.breaker),
      in_flight_(slots_of(options)),
      random_(reinterpret_cast<std::uintptr_t>(this)) {
  const std::size_t batch = batch_of(options);
  expanded_.resize(batch);
  deliveries_.resize(batch);
  pointers_.resize(batch);
  results_.resize(batch);
  slots_.resize(batch);
}

Lane::~Lane() { bus_.timekeeper().forget(*this); }

void Lane::poke() {
  State seen = state_.load(std::memory_order_seq_cst);
  while (seen != State::busy) {
    if (state_.compare_exchange_weak(seen, State::busy, std::memory_order_seq_cst)) {
      executor_->submit(*this);
      return;
    }
  }
}

bool Lane::complete(std::uint64_t ticket, hark_result r, std::int64_t retry_after_ns, const hark_error* why) {
  if (!in_flight_.complete(ticket, r, retry_after_ns, why)) return false;
  poke();
  return true;
}

void Lane::hand_over(HandOver&& what) {
  {
    core::Lock lock(mutex_);
    hand_overs_.push_back(std::move(what));
    outside_.store(true, std::memory_order_seq_cst);
  }
  poke();
}

bool Lane::runs_here() const { return running_lane == this; }

Next Lane::run(Cell& cell) {
  const Lane* outer = std::exchange(running_lane, this);
  cell.lane.store(this, std::memory_order_release);
  cell_.store(&cell, std::memory_order_release);
  const std::int64_t began = core::now_ns();
  std::size_t events = 0;
  bool again = true;
  while (again && events < events_per_run) {
    run_tasks(cell);
    take_hand_overs();
    take_answers();
    if (std::exchange(needs_restart_, false) && is_open_) {
      restart(cell);
    }
    const std::int64_t now = events == 0 ? began : core::now_ns();
    fire_timers(now);
    fire_plugin_timers(cell, now);
    const std::size_t made = may_deliver(now) ? deliver(cell, now) : 0;
    events += made;
    again = made != 0 && !ran_dry_;
  }
  give_back(true);
  counters_.ready.store(ready_.size(), std::memory_order_release);
  counters_.retrying.store(retrying_, std::memory_order_release);
  cell_.store(nullptr, std::memory_order_release);
  cell.lane.store(nullptr, std::memory_order_release);
  running_lane = outer;
  return rest(began, events, again);
}

bool Lane::has_outside_work() const { return outside_.load(std::memory_order_seq_cst) || in_flight_.has_completions(); }

void Lane::take_hand_overs() {
  if (!outside_.load(std::memory_order_seq_cst)) return;
  std::vector<HandOver> taken;
  {
    core::Lock lock(mutex_);
    taken.swap(hand_overs_);
    if (tasks_.empty()) outside_.store(false, std::memory_order_seq_cst);
  }
  held_at_ = 0;
  for (const HandOver& h : taken) {
    if (h.result == HARK_UNSET && !is_closed_) {
      ready_.push_back(h.delivery);
    } else {
      conclude(h.delivery, h.result, h.error, 0);
    }
  }
}

void Lane::take_answers() {
  if (!in_flight_.has_completions()) return;
  answered_ns_ = core::coarse_wall_ns();
  for (Slot* slot = in_flight_.take_completions(); slot != nullptr;) {
    Slot* next = slot->next;
    const Delivery d = slot->delivery;
    const hark_result r = slot->result;
    const std::string error = std::move(slot->error);
    const std::int64_t retry_after_ns = slot->retry_after_ns;
    // Completed within the call that does not come back, which may still read it.
    if (taken_over_.load(std::memory_order_relaxed) != 0 && !slot->pending) core::pin(d.record);
    in_flight_.free(*slot);
    conclude(d, r, error, retry_after_ns);
    slot = next;
  }
}

void Lane::fire_timers(std::int64_t now) {
  while (!timers_.empty() && timers_.top().due_ns <= now) {
    const Timer timer = timers_.top();
    timers_.pop();
    if (!timer.lease) {
      --retrying_;
      ready_.push_back(timer.delivery);
      continue;
    }
    Slot& slot = in_flight_.slot_of(timer.ticket);
    if (slot.open.load(std::memory_order_acquire) != timer.ticket) continue;  // answered long ago
    const std::int64_t lease = slot.lease_ns.load(std::memory_order_relaxed);
    if (lease > now) {
      timers_.push({lease, true, timer.ticket, {}});
    } else {
      lease_over(slot);
    }
  }
}

bool Lane::may_deliver(std::int64_t now) const {
  if (!is_open_ || needs_restart_ || now < held_until_ns_ || has_no_slot()) return false;
  switch (breaker_.state()) {
    case flow::Breaker::State::closed: return true;
    case flow::Breaker::State::open: return now >= breaker_.probe_at_ns();
    case flow::Breaker::State::probing: return false;  // one at a time: wait for its answer
  }
  return false;
}

// Between two calls, when all that is open is pending.
bool Lane::has_no_slot() const {
  return in_flight_.full() || (options_.stream && in_flight_.open_count() >= options_.max_in_flight);
}

// Without a timer, without a look at the clock: asked after each delivery.
bool Lane::timer_is_due() const {
  const std::int64_t due = plugin_timers_.next_due();
  return due != core::never_ns && due <= clock_ns_;
}

bool Lane::has_more() const { return !ready_.empty() || inbox_.intake().ready() || may_load(); }

// Any thread: go_idle() asks when the lane may already be run by another.
bool Lane::may_load() const {
  const flow::Credits& credits = inbox_.credits();
  return inbox_.spool() != nullptr && credits.free_events() != 0 && credits.free_bytes() != 0 &&
         inbox_.spool()->has_events();
}

// What has been spilled comes after what is in the ring: see Spool::take().
bool Lane::load() {
  if (!is_open_ || inbox_.spool() == nullptr || !inbox_.spool()->engaged()) return false;
  flow::Spool& spool = *inbox_.spool();
  const std::uint64_t waiting = spool.events();
  if (inbox_.intake().pushed() != inbox_.intake().popped()) return inbox_.intake().ready();
  if (inbox_.credits().free_events() == 0 || inbox_.credits().free_bytes() == 0) return false;
  spool.take(loaded_, std::min(waiting, load_at_once));
  for (const flow::Spool::Item& i : loaded_) {
    // A subscription that an earlier host gave out means nothing any more.
    const bool recovered = i.position != 0 && i.position <= spool.recovered();
    inbox_.credits().take(i.record->total);
    ready_.push_back({i.record, recovered ? 0 : i.note.subscription, i.note.attempt, i.note.flags, i.position});
  }
  loaded_.clear();
  return has_more();
}

bool Lane::take(Delivery& out) {
  for (;;) {
    if (flow::Entry entry; !ready_.empty()) {
      out = ready_.front();
      ready_.pop_front();
    } else if (inbox_.intake().pop(entry)) {
      out = {entry.record, entry.subscription, 1, 0, 0};
    } else if (load()) {
      continue;
    } else {
      return false;
    }
    if (out.subscription == 0 || bus_.registry().is_live(out.subscription)) return true;
    counters_.dropped[Reason::unsubscribed].add();
    finish(out);
  }
}

std::size_t Lane::deliver(Cell& cell, std::int64_t now) {
  const bool closed = breaker_.state() == flow::Breaker::State::closed;
  if (!closed) {
    if (!has_more()) return 0;
    breaker_.begin_probe(now);
  }
  const bool batched =
      callee_.contained || (closed && deliveries_.size() > 1 && callee_.plugin->handle_batch != nullptr);
  const auto largest = closed ? static_cast<std::uint32_t>(deliveries_.size()) : 1;
  std::size_t events = 0;
  const std::size_t most = closed ? events_per_round : 1;
  read_clocks();  // control calls, a restart or a timer may have taken their time
  ran_dry_ = false;
  while (events < most) {
    const std::size_t n = batched ? deliver_batch(cell, largest) : deliver_one(cell);
    ran_dry_ = n == 0;
    if (ran_dry_) break;
    events += n;
    give_back(false);
    if (has_outside_work() || timer_is_due() || !may_deliver(now)) break;
  }
  if (events == 0) breaker_.cancel_probe();
  return events;
}

// One call into the plugin: blame cell, deadline, fence, and after it the inline deliveries that it caused.
struct Lane::Call {
  Lane& lane;
  Cell& cell;
  hark_error error;

  Call(Lane& l, Cell& c) : lane(l), cell(c) { error.len = 0; }  // its text stays as it is: half a kilobyte

  template <class Function>
  hark_result operator()(std::span<const hark_delivery> deliveries, Function function) {
    return (*this)(deliveries, deliveries.front().ticket, deliveries.front().event, function);
  }
  // ticket, event: what the watch sees of the call.
  template <class Function>
  hark_result operator()(std::span<const hark_delivery> deliveries, std::uint64_t ticket, const hark_event* event,
                         Function function) {
    error.len = 0;
    hark_result result;
    {
      const CallScope scope(lane.identity_, deliveries);
      cell.enter(ticket, event);
      try {
        result = function(&error);
      } catch (const abi::__forced_unwind&) {
        throw;
      } catch (const std::exception& e) {
        result = threw(e.what());
      } catch (...) {
        result = threw("threw something that is not a std::exception");
      }
      cell.leave();
      lane.halt_if_taken_over();
      lane.clock_ns_ = core::coarse_now_ns();
      lane.answered_ns_ = lane.clock_ns_ + lane.to_wall_ns_;
    }
    lane.bus_.run_outbox();
    return result;
  }
  std::string_view text() const { return {error.msg, std::min<std::size_t>(error.len, sizeof error.msg)}; }

 private:
  hark_result threw(const char* what) {
    error.len = static_cast<std::uint32_t>(std::min(std::char_traits<char>::length(what), sizeof error.msg));
    std::memcpy(error.msg, what, error.len);
    return HARK_RETRY;
  }
};

namespace {

hark_delivery delivery_of(const Slot& slot, const hark_event& event, std::int64_t deadline) {
  return {sizeof(hark_delivery),
          slot.delivery.flags,
          slot.open.load(std::memory_order_relaxed),
          slot.delivery.subscription,
          deadline,
          slot.delivery.attempt,
          0,
          &event};
}

}  // namespace

std::size_t Lane::deliver_one(Cell& cell) {
  Delivery d;
  if (in_flight_.full() || !take(d)) return 0;
  held_at_ = 0;
  const std::int64_t deadline = clock_ns_ + options_.delivery.timeout.count();
  Slot& slot = *in_flight_.open(d, deadline);
  const hark_delivery handed = delivery_of(slot, expanded_[0].expand(*d.record), deadline);
  Call call(*this, cell);
  const hark_result r =
      call({&handed, 1}, [&](hark_error* e) { return callee_.plugin->handle(callee_.instance, &handed, e); });
  settle(slot, r, call.text());
  return 1;
}

std::size_t Lane::deliver_batch(Cell& cell, std::uint32_t most) {
  const std::int64_t deadline = clock_ns_ + options_.delivery.timeout.count();
  std::uint32_t n = 0;
  Delivery d;
  while (n < most && !in_flight_.full() && take(d)) {
    if (callee_.contained && is_barred(d)) continue;
    const bool alone = (d.flags & HARK_D_SUSPECT) != 0;
    if (alone && n != 0) {
      ready_.push_front(d);
      break;
    }
    slots_[n] = in_flight_.open(d, deadline);
    deliveries_[n] = delivery_of(*slots_[n], expanded_[n].expand(*d.record), deadline);
    pointers_[n] = &deliveries_[n];
    results_[n] = HARK_UNSET;
    ++n;
    if (alone) break;
  }
  if (n == 0) return 0;
  held_at_ = 0;
  Call call(*this, cell);
  const hark_result whole = call({deliveries_.data(), n}, [&](hark_error* e) {
    return callee_.plugin->handle_batch(callee_.instance, pointers_.data(), n, results_.data(), e);
  });
  const std::size_t ready = ready_.size();
  for (std::uint32_t i = 0; i < n; ++i) {
    const hark_result r = results_[i] == HARK_UNSET ? whole : results_[i];
    if (callee_.contained) {
      settle_contained(*slots_[i], r, call.text(), ready_.size() - ready);
    } else {
      settle(*slots_[i], r, call.text());
    }
  }
  if (callee_.contained && whole == result_ended) break_down(call.text());
  return n;
}

// Seen by the watch, and taken over when it hangs, like a delivery; the number is no ticket of any.
hark_result Lane::call_on_timer(Cell& cell, std::uint64_t user, hark_error& error) {
  static constinit thread_local std::uint64_t calls = 0;
  Call call(*this, cell);
  bool came_back = false;
  const hark_result r = call({}, std::uint64_t{1} << 62 | ++calls, nullptr, [&](hark_error* e) {
    const hark_result said = callee_.plugin->on_timer(callee_.instance, user, e);
    came_back = true;
    return said;
  });
  error = call.error;
  return came_back ? r : HARK_FATAL;
}

}  // namespace hark::bus
