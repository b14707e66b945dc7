// What a subject answers, and what else it does while it is being called.
#include <stdexcept>

#include "core/text.h"
#include "entered.h"
#include "subject.h"
#include "support/message.h"

namespace hark::stress {
namespace {

constexpr hark_result unknown_good = 77, unknown_bad = -77;
constexpr int patience_of_handler = 300;  // looks; then it does not wait for its completion any longer
constexpr std::uint64_t calls_before_hanging = 20;

// Made in the publisher's thread; what did not go well there comes again on the lane.
bool is_inline(const hark_delivery& d) { return d.deadline_ns == 0; }

}  // namespace

void echo(const Stage& stage, const bus::ChainLink& link, std::uint8_t type) {
  Tag tag = Tag::after(link);
  tag.id = {echoes, stage.story.next[echoes].fetch_add(1)};
  if (!Said::is_valid(tag.id)) return;
  stage.story.said.say(tag.id, type);
  std::string why;
  core::Uid uid;
  const std::string data = tag.text();
  const bus::Publish answer =
      stage.bus.publish(stage.echoes, test::message(types[type], data), &link, uid.bytes.data(), why);
  ++stage.answers[echoes][static_cast<std::size_t>(answer)];
  stage.story.said.answered(tag.id, answer == bus::Publish::ok);
  if (answer != bus::Publish::ok) return;
  if (!stage.story.said.is(tag.id, uid)) stage.story.violations.add(to_text(tag.id) + ": publish told another uid");
  stage.story.did.add(Did::chained);
}

hark_result Subject::handle(Instance& me, const hark_delivery& d) {
  const Entered entered(inside_);
  Answer answer;
  Tag tag;
  bool hanging = false;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) violated("called after its end");
    if (!plan.options.in_line && !entered.is_alone()) violated("called beside another call");
    if (plan.options.own_thread) {
      if (thread_ == std::thread::id{}) thread_ = std::this_thread::get_id();
      if (thread_ != std::this_thread::get_id()) violated("called in a foreign thread");
      stage_.story.did.add(Did::on_own_thread);
    }
    if (plan.options.in_line) stage_.story.did.add(Did::in_line);
    held_.merge(holding_);
    holding_.clear();
    look_at(me, d, tag);
    hanging = plan.hangs && ++calls_ > calls_before_hanging;
    if (!hanging) answer = pick(false);
  }
  if (hanging) {
    const hark_delivery* one = &d;
    hang({&one, 1});
    return HARK_OK;
  }
  act(d, tag);
  const hark_result r = give(d, tag, answer);
  if (answer.throws) throw std::runtime_error("at random");
  return r;
}

// Looks at all before it answers any: whatever becomes of the call, each has been begun.
hark_result Subject::handle_batch(Instance& me, std::span<const hark_delivery* const> d, hark_result* results) {
  const Entered entered(inside_);
  std::vector<Tag> tags(d.size());
  std::vector<Answer> answers(d.size());
  bool hanging = false, throws = false;
  hark_result whole = HARK_OK;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) violated("called after its end");
    if (!plan.options.in_line && !entered.is_alone()) violated("called beside another call");
    held_.merge(holding_);
    holding_.clear();
    for (std::size_t i = 0; i < d.size(); ++i) look_at(me, *d[i], tags[i]);
    for (Answer& a : answers) a = pick(true);
    hanging = plan.hangs && ++calls_ > calls_before_hanging;
    throws = plan.temper != Temper::well && one_in(random_, 30);
    whole = throws ? HARK_RETRY : pick(true).result;
    if (whole == HARK_PENDING) whole = HARK_OK;
  }
  stage_.story.did.add(Did::in_batches);
  if (hanging) {
    hang(d);
    return HARK_OK;
  }
  for (std::size_t i = 0; i < d.size(); ++i) {
    act(*d[i], tags[i]);
    const bool left_alone = answers[i].result == HARK_OK && d[i]->ticket % 3 == 0;
    if (left_alone) {
      give(*d[i], tags[i], {whole, throws});
    } else {
      results[i] = give(*d[i], tags[i], answers[i]);
    }
  }
  if (throws) {
    stage_.story.did.add(Did::batch_threw);
    throw std::runtime_error("a batch, at random");
  }
  return whole;
}

Subject::Answer Subject::pick(bool in_batch) {
  const std::uint64_t n = random_() % 1000;
  if (plan.temper == Temper::well) return {n < 900 ? HARK_OK : HARK_SKIP};
  if (plan.temper == Temper::failing && n < 600) return {HARK_RETRY};
  if (n < 690) return {HARK_OK};
  if (n < 750) return {HARK_SKIP};
  if (n < 820) return {HARK_RETRY};
  if (n < 830) return {HARK_RETRY, !in_batch};
  if (n < 860) return {HARK_REJECT};
  if (n < 875) return {HARK_AGAIN};
  if (n < 880) return {HARK_FATAL};
  if (n < 887) return {unknown_good};
  if (n < 894) return {unknown_bad};
  if (plan.options.in_line) return {n < 900 ? HARK_PENDING : HARK_OK};  // read as REJECT
  if (n < 910) return {HARK_OK, false, true};
  if (n < 930) return {HARK_OK, false, false, true};
  return {HARK_PENDING};
}

// Does what goes with an answer, counts what it will mean, and returns it.
hark_result Subject::give(const hark_delivery& d, const Tag& tag, const Answer& answer) {
  const Kept kept{this, d.ticket, tag.id, core::Uid::from(d.event->uid), answer.both};
  if (answer.completes) {  // in its own call: from here on nothing else counts
    if (subscriber.lane().complete(d.ticket, HARK_SKIP, 0, nullptr)) {
      count(tag.id, HARK_SKIP);
      ++account.doubles;
      return answer.result;
    }
    violated(to_text(tag.id) + ": its open ticket was refused");
  }
  if (answer.both || (answer.result == HARK_PENDING && !is_inline(d))) {
    stage_.shelf.put(kept);
    for (int i = 0; i < patience_of_handler && d.ticket % 2 == 0 && !kept.done->load(); ++i) std::this_thread::yield();
    if (kept.done->load()) stage_.story.did.add(Did::completed_early);
  }
  if (answer.result == HARK_PENDING) stage_.story.did.add(Did::pending);
  if (answer.result == HARK_FATAL) stage_.story.did.add(Did::fatal);
  if (answer.throws) stage_.story.did.add(Did::threw);
  if (answer.result == HARK_AGAIN) {
    const std::lock_guard lock(mutex_);
    holding_[{tag.id.publisher, tag.id.n}] = d.subscription;
  }
  const bool rejected_in_line = answer.result == HARK_PENDING && is_inline(d);
  count(tag.id, rejected_in_line ? HARK_REJECT : answer.result);
  return answer.result;
}

void Subject::count(EventId id, hark_result r) {
  if (r == unknown_good || r == unknown_bad) stage_.story.did.add(Did::unknown_code);
  if (r == HARK_OK || r == unknown_good) {
    ++account.acknowledged;
    ended(id, End::acknowledged);
    stage_.story.did.add(Did::acknowledged);
  } else if (r == HARK_SKIP) {
    ++account.skipped;
    ended(id, End::skipped);
    stage_.story.did.add(Did::skipped);
  } else if (r == HARK_REJECT || r == unknown_bad) {
    ++account.rejected;
    stage_.story.did.add(Did::rejected);
  }
}

void Subject::ended(EventId id, End how) {
  ++account.ended;
  if (const End before = account.book.end(id, how); before != End::none) {
    violated(to_text(id) + " ended twice: " + to_text(before) + ", then " + to_text(how));
  }
}

// The handler of the delivery answers it as well, with the same.
void Subject::completed(const Kept& kept, hark_result r) {
  kept.done->store(true);
  if (kept.answered_as_well) {
    ++account.doubles;
  } else {
    count(kept.id, r);
  }
}

void Subject::act(const hark_delivery& d, const Tag& tag) {
  bool speaks = false;
  std::uint8_t type = first_echo;
  {
    const std::lock_guard lock(mutex_);
    const bool is_echo = stage_.story.said.type(tag.id) >= first_echo;
    speaks = is_echo ? plan.chains && !one_in(random_, 12) : one_in(random_, 60);
    if (one_in(random_, 2)) ++type;
    if (plan.roams && !plan.options.in_line && one_in(random_, 50)) unsubscribe_one();
    if (plan.ticks && !plan.options.in_line && one_in(random_, 30)) tick();
  }
  if (speaks) echo(stage_, bus::ChainLink::of(*d.event), type);
}

// In its own handler: no other delivery of it starts.
void Subject::unsubscribe_one() {
  if (subscriptions_.empty()) return;
  const std::uint64_t key = subscriptions_.begin()->first;
  if (!stage_.bus.registry().remove(subscriber, key)) return;  // somebody else is about to say so
  subscriptions_.erase(key);
  revoked_.insert(key);
  stage_.story.did.add(Did::unsubscribed_by_handler);
}

// ---- timers: nothing of them is concurrent, all runs on the lane

void Subject::tick() {
  bus::Lane& lane = subscriber.lane();
  if (ticking_.size() >= 8) {
    auto& [user_of, t] = *std::next(ticking_.begin(), static_cast<std::ptrdiff_t>(random_() % ticking_.size()));
    const std::uint64_t user = user_of;
    const bool runs = !t.cancelled && (t.repeats || !t.fired);
    if (lane.cancel_timer(t.id) != runs) violated("a timer is cancelled that does not run, or the other way round");
    if (runs) stage_.story.did.add(Did::timer_cancelled);
    if (!runs) {
      ticking_.erase(user);
    } else {
      t.cancelled = true;
    }
    return;
  }
  const std::uint64_t user = std::uint64_t{instances_.back().generation} << 32 | ++ticks_;
  const bool repeats = one_in(random_, 2);
  const auto delay = static_cast<std::int64_t>(random_() % 1'000'000), period = std::int64_t{300'000};
  std::uint64_t id = 0;
  const hark_result r = lane.start_timer(delay, repeats ? period : 0, user, id);
  if (r == HARK_OK) {
    ticking_.emplace(user, Ticking{id, repeats});
  } else {
    violated("a timer was refused: " + std::to_string(r));
  }
}

hark_result Subject::on_timer(Instance& me, std::uint64_t user) {
  const Entered entered(inside_);
  const std::lock_guard lock(mutex_);
  if (closed_) violated("a timer after its end");
  if (me.ended) violated("a timer for an instance that has ended");
  if (!plan.options.in_line && !entered.is_alone()) violated("a timer beside another call");
  const auto found = ticking_.find(user);
  if (user >> 32 != me.generation || found == ticking_.end()) return violated("a timer of nobody's"), HARK_OK;
  Ticking& t = found->second;
  if (t.cancelled) violated("a timer that was cancelled");
  if (t.fired && !t.repeats) violated("a timer that was to fire once fires twice");
  t.fired = true;
  stage_.story.did.add(Did::timer_fired);
  if (plan.temper == Temper::well) return HARK_OK;
  if (one_in(random_, 60)) throw std::runtime_error("a timer, at random");
  return one_in(random_, 60) ? HARK_FATAL : HARK_OK;
}

// Until somebody else has taken its lane. What it was called with must stay readable, completed or not.
void Subject::hang(std::span<const hark_delivery* const> d) {
  std::vector<std::string> before;
  for (const hark_delivery* one : d) before.emplace_back(core::view(one->event->data));
  {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < d.size(); ++i) {
      Tag tag;
      if (!Tag::read(before[i], tag)) continue;
      if (one_in(random_, 2)) stage_.shelf.put({this, d[i]->ticket, tag.id, core::Uid::from(d[i]->event->uid), false});
    }
  }
  gate_.pass();
  for (std::size_t i = 0; i < d.size(); ++i) {
    if (core::view(d[i]->event->data) != before[i]) violated("an event changed under the handler that hung with it");
  }
  came_back_ = true;
}

}  // namespace hark::stress
