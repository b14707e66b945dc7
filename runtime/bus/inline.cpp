// Inline deliveries: in the publisher's thread, over the publisher's memory, after all queue pushes.
//
// What goes well costs a call and two counters. What does not is copied and handed over to the subscriber's lane, where
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
std::uint64_t inline_ticket() {
  static constinit thread_local std::uint64_t sequence = 0;
  return std::uint64_t{1} << 63 | (++sequence << InFlight::slot_bits) | (InFlight::max_slots - 1);
}

std::string_view text_of(const hark_error& e) { return {e.msg, std::min<std::size_t>(e.len, sizeof e.msg)}; }

}  // namespace

void Bus::call_inline(ThreadContext& context, Subscriber& subscriber, std::uint64_t subscription,
                      const hark_event& event, const core::Stamp& stamp) {
  Lane& lane = subscriber.lane();
  InlineCounters& counters = context.in_line[subscriber.index()];
  counters.matched.add();
  if (!lane.inline_allowed.load(std::memory_order_acquire)) {
    return hand_over(subscriber, subscription, event, stamp, HARK_UNSET, {});
  }
  const Callee& callee = lane.callee();
  const hark_delivery delivery{sizeof(hark_delivery), 0, inline_ticket(), subscription, 0, 1, 0, &event};
  hark_error error;
  error.len = 0;
  std::string thrown;
  hark_result r = HARK_RETRY;
  {
    const CallScope scope(subscriber.identity(), {&delivery, 1});
    try {
      r = callee.plugin->handle(callee.instance, &delivery, &error);
    } catch (const abi::__forced_unwind&) {
      throw;
    } catch (const std::exception& e) {
      thrown = e.what();
    } catch (...) {
      thrown = "threw something that is not a std::exception";
    }
  }
  r = lane.meaning_of(stamp.uid, r);
  if (r == HARK_PENDING) {
    observer_.misbehaved(subscriber.identity(), stamp.uid, "answered PENDING to an inline call (read as REJECT)");
    r = HARK_REJECT;
  }
  if (r == HARK_OK || r == HARK_SKIP) {
    (r == HARK_OK ? counters.acknowledged : counters.skipped).add();
    return tells_.done(stamp.tell);
  }
  hand_over(subscriber, subscription, event, stamp, r, thrown.empty() ? text_of(error) : std::string_view(thrown));
}

void Bus::hand_over(Subscriber& subscriber, std::uint64_t subscription, const hark_event& event,
                    const core::Stamp& stamp, hark_result result, std::string_view error) {
  core::Record* record = core::solo_record(event, stamp);
  if (!subscriber.inbox().credits().reserve(record->total)) {
    const Reason reason = result == HARK_REJECT  ? Reason::rejected
                          : result == HARK_UNSET ? Reason::quarantined
                                                 : Reason::attempts;
    if (result != HARK_UNSET) observer_.failed({subscriber.identity(), event, 1, result, error, false});
    Inbox& inbox = subscriber.inbox();
    const bool kept = dead_letter({&event, subscriber.identity().name, to_text(reason), 1, error});
    (kept ? inbox.dead[reason] : inbox.lost[Reason::unwritable]).add();
    tells_.done(stamp.tell, kept);
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
    const hark_event& event = expanded.expand(*p.record);
    call_inline(context, *p.subscriber, p.subscription, event, core::stamp_of(*p.record, event));
    core::release(p.record);
  }
  context.draining_outbox = false;
}

}  // namespace hark::bus
