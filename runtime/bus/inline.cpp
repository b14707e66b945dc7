// Inline deliveries: in the publisher's thread, over the publisher's memory, after all queue pushes.
//
// What goes well costs a call and one counter. What does not is copied and handed over to the subscriber's lane, where
// retries, breaker, restarts and dead letters are dealt with as for any other delivery.
#include <cxxabi.h>

#include <algorithm>
#include <cstring>

#include "bus/bus.h"
#include "bus/call_scope.h"
#include "bus/inside.h"
#include "core/text.h"

namespace hark::bus {
namespace {

// Inline tickets are never open anywhere: complete() answers STALE. They tell log() and publish() which event it is.
std::uint64_t inline_ticket(std::uint64_t sequence) {
  return std::uint64_t{1} << 63 | (sequence << InFlight::slot_bits) | (InFlight::max_slots - 1);
}

std::string_view text_of(const hark_error& e) { return {e.msg, std::min<std::size_t>(e.len, sizeof e.msg)}; }

// Calls that go well, one after the other: what is the same for all of them is made once.
struct InlineRun {
  hark_delivery delivery;
  std::uint64_t well = 0;  // so many calls of the last run ended in OK or SKIP
  // Of the one at which it ended:
  bool called = false;
  hark_result answer = HARK_RETRY;
  hark_error error;
  std::string thrown;

  explicit InlineRun(const hark_event& event) : delivery{sizeof(hark_delivery), 0, 0, 0, 0, 1, 0, &event} {
    error.len = 0;
  }
  std::string_view why() const { return thrown.empty() ? text_of(error) : std::string_view(thrown); }

  // Returns the first from `at` on that could not be called, or did not answer well; chosen.size(): none.
  std::size_t go(ThreadContext& context, std::span<const Hearer> chosen, std::size_t at) {
    well = 0;
    thrown.clear();
    CallScope scope(chosen[at].subscriber->identity(), {&delivery, 1});
    try {
      for (; at < chosen.size(); ++at) {
        const Hearer& h = chosen[at];
        if (h.how != Hearer::How::in_line) continue;
        called = false;
        const auto handle = h.callee->handle.load(std::memory_order_acquire);
        if (handle == nullptr) break;
        scope.who = &h.subscriber->identity();
        delivery.ticket = inline_ticket(++context.inline_calls);
        delivery.subscription = h.subscription;
        error.len = 0;
        called = true;
        answer = HARK_RETRY;
        answer = handle(h.callee->instance, &delivery, &error);
        if (answer != HARK_OK && answer != HARK_SKIP) break;
        (answer == HARK_OK ? h.counters->acknowledged : h.counters->skipped).add();
        ++well;
      }
    } catch (const abi::__forced_unwind&) {
      throw;
    } catch (const std::exception& e) {
      thrown = e.what();
    } catch (...) {
      thrown = "threw something that is not a std::exception";
    }
    return at;
  }
};

}  // namespace

void Bus::call_inline(ThreadContext& context, std::span<const Hearer> chosen, const hark_event& event,
                      const core::Stamp& stamp) {
  InlineRun run(event);
  for (std::size_t at = 0; at < chosen.size(); ++at) {
    at = run.go(context, chosen, at);
    for (; stamp.tell != 0 && run.well > 0; --run.well) tells_.done(stamp.tell);
    if (at == chosen.size()) return;
    const Hearer& h = chosen[at];
    hark_result r = HARK_UNSET;
    if (run.called) {
      r = h.subscriber->lane().meaning_of(stamp.uid, run.answer);
      if (r == HARK_PENDING) {
        observer_.misbehaved(h.subscriber->identity(), stamp.uid,
                             "answered PENDING to an inline call (read as REJECT)");
        r = HARK_REJECT;
      }
    }
    if (r == HARK_OK) {  // an unknown code that means it
      h.counters->acknowledged.add();
      tells_.done(stamp.tell);
      continue;
    }
    h.counters->handed_over.add();
    hand_over(*h.subscriber, h.subscription, event, stamp, r, run.called ? run.why() : std::string_view());
  }
}

void Bus::hand_over(Subscriber& subscriber, std::uint64_t subscription, const hark_event& event,
                    const core::Stamp& stamp, hark_result result, std::string_view error) {
  core::Record* record = core::solo_record(event, stamp);
  if (!subscriber.inbox().credits().reserve(record->total)) {
    const Reason reason = result == HARK_REJECT  ? Reason::rejected
                          : result == HARK_UNSET ? Reason::quarantined
                                                 : Reason::attempts;
    Inbox& inbox = subscriber.inbox();
    if (result != HARK_UNSET) {
      inbox.failures.add();
      observer_.failed({subscriber.identity(), event, 1, result, error, false});
    }
    give_up(subscriber, event, reason, 1, error, stamp.tell);
    return core::release(record);
  }
  subscriber.lane().hand_over({{record, subscription, 1, 0, 0}, result, std::string(error)});
}

// What inline subscribers and lanes' handlers caused on this thread while a plugin was being called.
void Bus::run_outbox() {
  ThreadContext& context = ThreadContext::of(*this);
  if (context.outbox.empty() || context.draining_outbox || current_call != nullptr) return;
  const Inside inside(*this, context);
  context.draining_outbox = true;
  core::Expanded expanded;
  while (!context.outbox.empty()) {
    const ThreadContext::Postponed p = context.outbox.front();
    context.outbox.pop_front();
    if (const Hearer& h = p.hearer; h.subscription == 0 || registry_.is_live(h.subscription)) {
      const hark_event& event = expanded.expand(*p.record);
      call_inline(context, {&h, 1}, event, core::stamp_of(*p.record, event));
    } else {
      h.subscriber->inbox().matched_elsewhere.add();
      h.subscriber->inbox().dropped[Reason::unsubscribed].add();
      tells_.done(p.record->tell);
    }
    core::release(p.record);
  }
  context.draining_outbox = false;
}

}  // namespace hark::bus
