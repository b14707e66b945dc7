// What a subscriber's answer means: acknowledge, wait, retry, give up, pause, restart.
#include <algorithm>

#include "bus/bus.h"
#include "bus/lane.h"
#include "core/clock.h"
#include "core/text.h"
#include "flow/backoff.h"
#include "topic/pattern.h"

namespace hark::bus {
namespace {

constexpr std::int64_t longest_hold_ns = 5'000'000'000;  // a full disk may have room again long before retry.max

std::uint64_t next_random(std::uint64_t& state) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

}  // namespace

hark_result Lane::meaning_of(const core::Uid& event, hark_result r) const {
  switch (r) {
    case HARK_OK:
    case HARK_SKIP:
    case HARK_PENDING:
    case HARK_RETRY:
    case HARK_REJECT:
    case HARK_FATAL:
    case HARK_AGAIN: return r;
    default: break;
  }
  const bool known = r >= HARK_CLOSING && r <= HARK_UNSET;
  const hark_result meaning = r > 0 && !known ? HARK_OK : HARK_REJECT;
  bus_.observer().misbehaved(identity_, event,
                             (known ? "answered a code that handle() may not give: " : "answered an unknown code: ") +
                                 std::to_string(r) + (meaning == HARK_OK ? " (read as OK)" : " (read as REJECT)"));
  return meaning;
}

void Lane::settle(Slot& slot, hark_result r, std::string_view error) {
  r = meaning_of(slot.delivery.record->uid, r);
  if (r == HARK_PENDING) {
    const std::uint64_t ticket = slot.open.load(std::memory_order_acquire);
    in_flight_.set_aside(slot);
    if (ticket != 0) timers_.push({slot.lease_ns.load(std::memory_order_relaxed), true, ticket, {}});
    return;
  }
  if (!in_flight_.close(slot)) {  // complete() was first, and its answer counts
    bus_.observer().misbehaved(identity_, slot.delivery.record->uid, "completed a delivery and answered it as well");
    return;
  }
  const Delivery d = slot.delivery;
  in_flight_.free(slot);
  conclude(d, r, error, 0);
}

void Lane::conclude(const Delivery& d, hark_result r, std::string_view error, std::int64_t retry_after_ns) {
  const bool is_final = r == HARK_OK || r == HARK_SKIP || r == HARK_REJECT;
  if (is_closed_ && !is_final) return give_up(d, Reason::shutdown, "the host stopped");
  switch (r) {
    case HARK_OK:
      counters_.acknowledged.add();
      note_how_long(d);
      finish(d);
      return succeeded();
    case HARK_SKIP:
      counters_.skipped.add();
      finish(d);
      return succeeded();
    case HARK_AGAIN: return hold(d, error);
    default: return failed(d, r, error, retry_after_ns);
  }
}

// Retries and queueing included: what the event's publisher would see if it waited.
void Lane::note_how_long(const Delivery& d) {
  const std::int64_t took = answered_ns_ - d.record->recv_ns;
  if (took > counters_.slowest_ns.load(std::memory_order_relaxed)) {
    counters_.slowest_ns.store(took, std::memory_order_relaxed);
  }
}

// kept: not lost.
void Lane::finish(const Delivery& d, bool kept) {
  ++spare_events_;
  spare_bytes_ += d.record->total;
  if (d.position != 0) inbox_.spool()->settle(d.position);
  bus_.tells().done(d.record->tell, kept);
  released_.add(d.record);
}

void Lane::succeeded() {
  holds_in_a_row_ = restarts_in_a_row_ = 0;
  if (breaker_.success() != flow::Breaker::Change::closed) return;
  inbox_.quarantined.store(false, std::memory_order_release);
  look_whether_inline();
  bus_.observer().recovered(identity_);
}

// Several of one batch may say so: they return in their order, before everything younger, whether or not the pause of
// the first is over by then.
void Lane::hold(const Delivery& d, std::string_view why) {
  const std::int64_t now = core::now_ns();
  if (held_at_ == 0 && now >= held_until_ns_) {
    const auto backoff = flow::backoff(options_.delivery.retry, ++holds_in_a_row_, next_random(random_)).count();
    const std::int64_t pause = std::min(backoff, longest_hold_ns);
    held_until_ns_ = now + pause;
    bus_.observer().held(identity_, why, std::chrono::nanoseconds(pause));
  }
  ready_.insert(ready_.begin() + static_cast<std::ptrdiff_t>(std::min(held_at_++, ready_.size())), d);
  if (breaker_.state() == flow::Breaker::State::probing) breaker_.failure(now);
}

void Lane::failed(const Delivery& d, hark_result r, std::string_view error, std::int64_t retry_after_ns) {
  const flow::RetryOptions& retry = options_.delivery.retry;
  const bool will_retry = r != HARK_REJECT && d.attempt < retry.attempts;
  counters_.failures.add();
  core::Expanded expanded;
  bus_.observer().failed({identity_, expanded.expand(*d.record), d.attempt, r, error, will_retry});
  const std::string why(error);  // a restart below may take the memory that error points to
  if (!will_retry) {
    give_up(d, r == HARK_REJECT ? Reason::rejected : Reason::attempts, error);
  } else if (r == HARK_FATAL) {
    Delivery next = d;
    ++next.attempt;
    next.flags |= HARK_D_REDELIVERED;
    if (!needs_restart_) fatal_at_ = 0;
    ready_.insert(ready_.begin() + static_cast<std::ptrdiff_t>(std::min(fatal_at_++, ready_.size())), next);
  } else {
    const auto wait = flow::backoff(retry, d.attempt, next_random(random_)).count();
    retry_later(d, retry_after_ns > 0 ? std::min(retry_after_ns, retry.max.count()) : wait);
  }
  if (r == HARK_FATAL) {
    needs_restart_ = true;
    restart_why_ = why;
    in_line.forbid();
  } else if (r == HARK_REJECT) {
    // The event was at fault, not the subscriber: the breaker does not count it, but a probe has been answered.
    if (breaker_.state() == flow::Breaker::State::probing) succeeded();
  } else if (breaker_.failure(core::now_ns()) == flow::Breaker::Change::opened) {
    open_breaker(why);
  }
}

// The event leaves its shared block, so that a wait of seconds does not pin 64 KiB.
void Lane::retry_later(Delivery d, std::int64_t wait_ns) {
  core::Record* own = core::solo_copy(*d.record);
  released_.add(d.record);
  d.record = own;
  ++d.attempt;
  d.flags |= HARK_D_REDELIVERED;
  timers_.push({core::now_ns() + wait_ns, false, 0, d});
  ++retrying_;
}

void Lane::give_up(const Delivery& d, Reason reason, std::string_view error) {
  bool kept = true;
  if (!options_.delivery.dead_letter) {
    counters_.dropped[Reason::no_dead_letters].add();
  } else {
    core::Expanded expanded;
    kept = bus_.dead_letter({&expanded.expand(*d.record), identity_.name, to_text(reason), d.attempt, error});
    (kept ? counters_.dead[reason] : counters_.lost[Reason::unwritable]).add();
  }
  finish(d, kept);
}

void Lane::lease_over(Slot& slot) {
  if (!in_flight_.close(slot)) return;  // it answered in this very moment
  const Delivery d = slot.delivery;
  in_flight_.free(slot);
  static constexpr std::string_view why = "answered PENDING and did not complete within its timeout";
  if (options_.idempotent || options_.delivery.on_unknown == flow::OnUnknown::retry) {
    return failed(d, HARK_RETRY, why, 0);
  }
  counters_.failures.add();
  core::Expanded expanded;
  bus_.observer().failed({identity_, expanded.expand(*d.record), d.attempt, HARK_RETRY, why, false});
  give_up(d, Reason::outcome_unknown, why);
  if (breaker_.failure(core::now_ns()) == flow::Breaker::Change::opened) open_breaker(why);
}

void Lane::open_breaker(std::string_view why) {
  inbox_.quarantined.store(true, std::memory_order_release);
  in_line.forbid();
  bus_.observer().quarantined(identity_, breaker_.failures(), why);
  inbox_.credits().wake_all();  // nobody waits for a quarantined subscriber
  bus_.note_quiet();
}

void Lane::return_pending() {
  std::vector<Delivery> returned;
  in_flight_.each_pending([&](Slot& slot) {
    if (!in_flight_.close(slot)) return;
    slot.delivery.flags |= HARK_D_REDELIVERED;
    returned.push_back(slot.delivery);
    in_flight_.free(slot);
  });
  ready_.insert(ready_.begin(), returned.begin(), returned.end());
}

void Lane::replace_instance(std::string_view why) {
  needs_restart_ = true;       // no inline call until it is over, whatever answers come in
  bus_.wait_for_publishers();  // one may still be in the instance
  const auto next = keeper_->restart(why);
  take_answers();
  return_pending();
  needs_restart_ = false;
  if (next) {
    callee_ = *next;
    if (restarts_in_a_row_++ != 0) {  // the first at once; then not faster than what keeps breaking it is retried
      const auto pause = flow::backoff(options_.delivery.retry, restarts_in_a_row_ - 1, next_random(random_)).count();
      held_until_ns_ = std::max(held_until_ns_, core::now_ns() + std::min(pause, longest_hold_ns));
    }
    if (breaker_.state() == flow::Breaker::State::probing) breaker_.failure(core::now_ns());
    return look_whether_inline();
  }
  callee_ = {};
  plugin_timers_.close();
  breaker_.open_for_good();
  open_breaker(why);
}

}  // namespace hark::bus
