// The entry of the data path: guards, stamp, match, all-or-none admission, push, wake.
#include <algorithm>
#include <cstring>

#include "bus/bus.h"
#include "bus/call_scope.h"
#include "bus/inside.h"
#include "bus/trace_context.h"
#include "core/clock.h"
#include "core/cloudevents.h"
#include "core/fence.h"
#include "core/text.h"
#include "core/timestamp.h"

namespace hark::bus {
namespace {

constexpr std::size_t most_postponed = 1024;  // inline deliveries waiting for the end of a call; then they are queued
constexpr std::uint64_t lag_before_copy = 64;

Refusal refusal_of(Publish answer) {
  switch (answer) {
    case Publish::again: return Refusal::again;
    case Publish::too_big: return Refusal::too_big;
    case Publish::denied: return Refusal::denied;
    case Publish::loop: return Refusal::loop;
    case Publish::closing: return Refusal::closing;
    default: return Refusal::invalid;
  }
}

// Lengths are hostile: their sum does not wrap around.
std::uint64_t size_of(const hark_message& m) {
  std::uint64_t sum = 0;
  const auto add = [&sum](std::uint64_t n) { sum = n > UINT64_MAX - sum ? UINT64_MAX : sum + n; };
  for (const hark_str& s : {m.type, m.id, m.source, m.subject, m.content_type, m.schema, m.time_text}) add(s.n);
  add(m.key.n);
  add(m.data.n);
  for (const hark_attr& a : std::span(m.attributes, m.n_attributes)) {
    add(a.k.n);
    add(a.v.n);
  }
  return sum;
}

// Of a message that has little to check.
bool is_surely_within(std::uint64_t max_event, std::string_view type, const hark_message& m) {
  return m.data.n < max_event && m.data.n + type.size() + m.content_type.n <= max_event;
}

core::Stamp stamp_of(const hark_message& m, const ChainLink* cause, const core::Name* type) {
  const std::int64_t recv_ns = core::coarse_wall_ns();
  core::Stamp s{{}, {}, {}, recv_ns, HARK_TIME_ABSENT, 0, type, 0};
  s.uid = core::make_uid(recv_ns);
  s.root = s.uid;
  if (cause != nullptr) cause->extend_to(s);
  if (m.time_text.n != 0) {
    s.time_ns = core::parse_timestamp(core::view(m.time_text)).value_or(HARK_TIME_ABSENT);  // beyond what 64 bits hold
  } else {
    s.time_ns = m.time_ns != HARK_TIME_ABSENT ? m.time_ns : s.recv_ns;
  }
  return s;
}

const Subscription* first_to_pass(const Match& match, const Match::Target& target, const hark_event& event,
                                  topic::EventJson& json) {
  for (std::uint32_t i = target.first; i < target.first + target.count; ++i) {
    const Subscription& s = *match.alternatives[i];
    if (s.id != 0 && !s.live.load(std::memory_order_acquire)) continue;
    if (s.filter.empty() || s.filter.matches(event, json)) return &s;
  }
  return nullptr;
}

// A subscriber that hears little would hold a whole block for each event while it lags; it gets copies instead, in
// blocks that only it uses. `Density::debt` makes what it holds of shared blocks at most twice what was pushed to it;
// the first lag_before_copy events of a queue are left out of that account.
core::Record* own_copy_if_sparse(ThreadContext& context, Subscriber& subscriber, core::Record* record) {
  constexpr auto block_bytes = static_cast<std::int64_t>(core::Arena::block_bytes);
  if (subscriber.index() >= context.densities.size()) context.densities.resize(subscriber.index() + 1);
  ThreadContext::Density& density = context.densities[subscriber.index()];
  density.debt -= 2 * static_cast<std::int64_t>(record->total);
  const std::uint64_t block = context.arena.block_serial();
  if (density.block == block || record->total >= core::Arena::large) return record;
  const bool lags = subscriber.inbox().credits().events() >= lag_before_copy;
  if (density.debt > 0 && lags) {
    core::Record* own = density.copies.copy(*record);
    core::release(record);
    return own;
  }
  density.block = block;
  density.debt = std::clamp<std::int64_t>(density.debt, -block_bytes, 0) + block_bytes;
  density.copies.seal();
  return record;
}

}  // namespace

Publish Bus::publish(Publisher& publisher, const hark_message& message, const ChainLink* cause, std::uint8_t* out_uid,
                     std::string& why) {
  ThreadContext& context = ThreadContext::of(*this);
  Subscriber* full = nullptr;
  return count(context, publisher, attempt(publisher, message, cause, context, core::never_ns, out_uid, why, &full));
}

Publish Bus::publish_wait(Publisher& publisher, const hark_message& message, const ChainLink* cause,
                          std::int64_t until_ns, std::uint8_t* out_uid, std::string& why) {
  ThreadContext& context = ThreadContext::of(*this);
  Subscriber* full = nullptr;
  Publish answer = attempt(publisher, message, cause, context, 0, out_uid, why, &full);
  if (answer == Publish::again)
    answer = wait_for_room(publisher, message, cause, context, until_ns, out_uid, why, full);
  return count(context, publisher, answer);
}

// After an attempt that found no room in `full`.
Publish Bus::wait_for_room(Publisher& publisher, const hark_message& message, const ChainLink* cause,
                           ThreadContext& context, std::int64_t until_ns, std::uint8_t* out_uid, std::string& why,
                           Subscriber* full) {
  const std::int64_t began_ns = core::now_ns();
  std::int64_t waited_ns = 0;
  for (;;) {
    // Registered as waiting before the second look: room given back in between is seen by one of the two.
    flow::Credits& credits = full->inbox().credits();
    const std::uint32_t epoch = credits.prepare_wait();
    Subscriber* still_full = nullptr;
    const bool closing = publisher.closing.load(std::memory_order_seq_cst);
    Publish answer =
        attempt(publisher, message, cause, context, closing ? core::never_ns : waited_ns, out_uid, why, &still_full);
    if (answer == Publish::again && still_full == full && !closing) {
      // After max_wait the queue spills; where nothing more can be spilled, there is only room to wait for.
      const std::int64_t max_wait = full->max_wait_ns();
      credits.wait(epoch, waited_ns < max_wait ? std::min(until_ns, began_ns + max_wait) : until_ns);
    }
    credits.end_wait();
    if (answer == Publish::again && closing) answer = Publish::closing;
    const std::int64_t now = core::now_ns();
    if (answer != Publish::again || now >= until_ns) return answer;
    waited_ns = now - began_ns;
    answer = attempt(publisher, message, cause, context, waited_ns, out_uid, why, &full);
    if (answer != Publish::again) return answer;
  }
}

Publish Bus::count(ThreadContext& context, const Publisher& publisher, Publish answer) {
  PublisherCounters& counters = context.publishers[publisher.index];
  counters.offered.add();
  if (answer == Publish::ok) {
    counters.admitted.add();
  } else {
    counters.refused[refusal_of(answer)].add();
  }
  return answer;
}

// What an event must not be, whoever hears it. `ok`: nothing against it.
Publish Bus::refuse(const hark_message& m, std::string& why) const {
  if (m.n_attributes > 0 && (m.attributes == nullptr || m.n_attributes > 1000)) {
    return why = "more than 1000 attributes, or none behind their count", Publish::invalid;
  }
  if (const std::uint64_t size = size_of(m); size > options_.max_event) {
    why = std::to_string(size) + " bytes, over [guards] max_event = " + std::to_string(options_.max_event);
    return Publish::too_big;
  }
  return core::check(m, why) ? Publish::ok : Publish::invalid;
}

// Asked when a thread publishes a type for another publisher than last time.
Publish Bus::refuse_type(const Publisher& publisher, std::string_view type, std::string& why) {
  if (!publisher.is_host && topic::is_reserved(type)) {
    return why = "type `" + std::string(type) + "`: `hark.` types are the host's own", Publish::denied;
  }
  const bool allowed = publisher.allowed.empty() ||
                       std::ranges::any_of(publisher.allowed, [&](const auto& p) { return p.matches(type); });
  if (!allowed) {
    return why = "type `" + std::string(type) + "` is not among those that the plugin declares to publish",
           Publish::denied;
  }
  return Publish::ok;
}

Publish Bus::attempt(Publisher& publisher, const hark_message& m, const ChainLink* cause, ThreadContext& context,
                     std::int64_t waited_ns, std::uint8_t* out_uid, std::string& why, Subscriber** full) {
  if (!HARK_HAS(&m, hark_message, n_attributes)) return why = "hark_message.size is too small", Publish::invalid;
  const std::string_view type = m.type.p != nullptr ? core::view(m.type) : std::string_view();
  ThreadContext::Route* route = context.find_route(type);
  // A type that has a route has been checked.
  if (route == nullptr || !core::has_little_to_check(m) || !is_surely_within(options_.max_event, type, m)) {
    if (const Publish against = refuse(m, why); against != Publish::ok) return against;
  }
  if (route == nullptr || route->cleared_for != &publisher) {
    if (const Publish against = refuse_type(publisher, type, why); against != Publish::ok) return against;
    if (route == nullptr) route = &context.add_route(type, names_);
    route->cleared_for = &publisher;
  }

  const Inside inside(*this, context);
  const Hearers& hearers = context.hearers(*route, registry_);
  core::Stamp stamp = stamp_of(m, cause, route->name);
  hark_event event = core::view_message(m, core::str(publisher.source), stamp);
  set_trace_context(event, cause);
  // The host may still tell of an event that was cut (one hop further), but not of what that telling led to.
  if (stamp.hops > options_.max_hops + (publisher.is_host ? 2u : 0u)) {
    if (!publisher.is_host) cut_loop(publisher, event);
    return Publish::loop;
  }

  using topic::EventJson;
  EventJson json(event, EventJson::Padding::none,
                 (m.flags & HARK_M_DATA_CHECKED) != 0 ? EventJson::Checked::by_sender : EventJson::Checked::no);
  if ((m.flags & (HARK_M_DATA_CHECKED | HARK_M_DATA_BINARY)) == 0 && !json.valid()) {
    why = "data is not JSON, though its content type says so: " + std::string(json.error());
    return Publish::invalid;
  }
  const std::span<const Hearer> chosen = choose(context, hearers, event, json);
  if (chosen.empty()) context.publishers[publisher.index].unmatched.add();
  std::size_t size = 0;
  if (context.queues) {
    size = core::record_size(event, stamp);
    *full = reserve(context, {event, stamp, size}, waited_ns);
    if (*full != nullptr) return Publish::again;
  }
  if ((m.flags & HARK_M_TELL_KEPT) != 0) {
    stamp.tell = tells_.open(publisher.outcomes, m.token);
    tells_.add(stamp.tell, static_cast<std::uint32_t>(chosen.size()));
  }
  context.causes.add(stamp.uid, stamp.cause, stamp.type);
  if (out_uid != nullptr) std::memcpy(out_uid, stamp.uid.bytes.data(), 16);
  hand_out(context, chosen, event, stamp, size);
  tells_.done(stamp.tell);
  return Publish::ok;
}

// Which subscribers hear it, each once, under the first of its subscriptions that lets it pass.
std::span<const Hearer> Bus::choose(ThreadContext& context, const Hearers& hearers, const hark_event& event,
                                    topic::EventJson& json) {
  context.queues = false;
  const bool may_call = context.outbox.size() < most_postponed;
  const auto ready = [may_call](const Hearer& h) { return may_call && h.callee->allowed(); };
  if (hearers.all_in_line && std::ranges::all_of(hearers.all, ready)) return hearers.all;
  context.chosen.clear();
  for (std::size_t i = 0; i < hearers.all.size(); ++i) {
    Hearer hearer = hearers.all[i];
    if (hearer.conditional) {
      const Subscription* const passes = first_to_pass(*hearers.match, hearers.match->targets[i], event, json);
      if (passes == nullptr) continue;
      hearer.subscription = passes->id;
    }
    if (hearer.how == Hearer::How::in_line && !ready(hearer)) hearer.how = Hearer::How::queue;
    context.queues |= hearer.how == Hearer::How::queue;
    context.chosen.push_back(hearer);
  }
  return context.chosen;
}

// Room in every queue, or in none: then the subscriber that had none.
Subscriber* Bus::reserve(ThreadContext& context, const Inbox::Offer& offer, std::int64_t waited_ns) {
  using How = Hearer::How;
  for (std::size_t i = 0; i < context.chosen.size(); ++i) {
    Hearer& c = context.chosen[i];
    if (c.how != How::queue) continue;
    switch (c.subscriber->inbox().reserve(offer, waited_ns, context.evicted)) {
      case Admission::reserved: break;
      case Admission::spilled: c.how = How::spool; break;
      case Admission::drop_newest: c.how = How::drop; break;
      case Admission::quarantined: c.how = How::dead_letter; break;
      case Admission::full:
        while (i-- > 0) {
          Inbox& reserved = context.chosen[i].subscriber->inbox();
          if (context.chosen[i].how == How::queue) reserved.release(offer.bytes);
          if (context.chosen[i].how == How::spool)
            reserved.spool()->release(flow::frame_size(offer.event, offer.stamp));
        }
        return c.subscriber;
    }
    if (!context.evicted.empty()) drop_evicted(*c.subscriber, context.evicted);
  }
  return nullptr;
}

void Bus::hand_out(ThreadContext& context, std::span<const Hearer> chosen, const hark_event& event,
                   const core::Stamp& stamp, std::size_t size) {
  const bool in_a_call = current_call != nullptr;
  if (context.queues || in_a_call) push(context, chosen, event, stamp, size);
  if (in_a_call || chosen.empty()) return;
  std::vector<Hearer> kept;
  const bool keep = chosen.data() == context.chosen.data();
  if (keep) kept.swap(context.chosen);  // the calls below publish, and choose anew
  call_inline(context, chosen, event, stamp);
  if (!context.outbox.empty()) run_outbox();
  if (keep) kept.swap(context.chosen);  // the memory is used again
}

// All but the inline calls.
void Bus::push(ThreadContext& context, std::span<const Hearer> chosen, const hark_event& event,
               const core::Stamp& stamp, std::size_t size) {
  using How = Hearer::How;
  const bool in_a_call = current_call != nullptr;
  std::uint32_t references = 0;
  bool spools = false;
  for (const Hearer& h : chosen) {
    spools |= h.how == How::spool;
    references += h.how == How::queue || (h.how == How::in_line && in_a_call) ? 1 : 0;
  }
  if (references != 0) {
    core::Record* record = context.arena.write(event, stamp, references, size);
    for (const Hearer& h : chosen) {
      if (h.how == How::queue) {
        h.subscriber->inbox().deliver({own_copy_if_sparse(context, *h.subscriber, record), h.subscription});
      } else if (h.how == How::in_line && in_a_call) {
        context.outbox.push_back({record, h});
      }
    }
  }
  if (spools) spill(context, event, stamp);
  if (references != 0 || spools) core::full_fence();  // pushes before the looks at who sleeps
  for (const Hearer& h : chosen) {
    if (h.how == How::queue || h.how == How::spool) h.subscriber->lane().poke_for_delivery();
    if (h.how == How::drop || h.how == How::dead_letter) turn_away(h, event, stamp.tell);
  }
}

void Bus::spill(const ThreadContext& context, const hark_event& event, const core::Stamp& stamp) {
  const std::size_t size = flow::frame_size(event, stamp);
  for (const Hearer& c : context.chosen) {
    if (c.how != Hearer::How::spool) continue;
    c.subscriber->inbox().matched_elsewhere.add();
    c.subscriber->inbox().spool()->append(event, stamp, c.subscription, size);
  }
}

void Bus::turn_away(const Hearer& chosen, const hark_event& event, std::uint32_t tell) {
  Inbox& inbox = chosen.subscriber->inbox();
  inbox.matched_elsewhere.add();
  if (chosen.how == Hearer::How::drop) {
    const Reason reason =
        inbox.options().when_full == flow::WhenFull::drop_oldest ? Reason::drop_oldest : Reason::drop_newest;
    inbox.dropped[reason].add();
    observer_.dropped(chosen.subscriber->identity(), event, to_text(reason));
    return tells_.done(tell);
  }
  give_up(*chosen.subscriber, event, Reason::quarantined, 0, "the subscriber is quarantined and its queue full", tell);
}

// A delivery that never came to the subscriber's lane; the lane has its own.
void Bus::give_up(Subscriber& subscriber, const hark_event& event, Reason reason, std::uint32_t attempts,
                  std::string_view error, std::uint32_t tell) {
  Inbox& inbox = subscriber.inbox();
  bool kept = true;
  if (!subscriber.keeps_dead_letters()) {
    inbox.dropped[Reason::no_dead_letters].add();
  } else {
    kept = dead_letter({&event, subscriber.identity().name, to_text(reason), attempts, error});
    (kept ? inbox.dead[reason] : inbox.lost[Reason::unwritable]).add();
  }
  tells_.done(tell, kept);
}

void Bus::drop_evicted(Subscriber& subscriber, std::vector<core::Record*>& evicted) {
  core::Expanded expanded;
  for (const core::Record* record : evicted) {
    subscriber.inbox().dropped[Reason::drop_oldest].add();
    observer_.dropped(subscriber.identity(), expanded.expand(*record), to_text(Reason::drop_oldest));
    tells_.done(record->tell);
    core::release(record);
  }
  evicted.clear();
}

void Bus::cut_loop(const Publisher& publisher, const hark_event& event) {
  const std::string why = "hop " + std::to_string(event.hops) +
                          " of a chain of causes; [guards] max_hops = " + std::to_string(options_.max_hops);
  dead_letter({&event, {}, "loop", 0, why});
  const std::string newest = std::string(core::view(event.type)) + " " + core::to_text(core::Uid::from(event.uid));
  observer_.loop_cut(event, publisher.name, newest + " <- " + chain(core::Uid::from(event.cause)));
}

}  // namespace hark::bus
