#include "subject.h"

#include "core/text.h"
#include "entered.h"

namespace hark::stress {

Subject::Subject(const Stage& stage, const SubjectPlan& its_plan, Account& its_account)
    : plan(its_plan),
      account(its_account),
      subscriber(stage.bus.add_subscriber({its_plan.name, "stress", "1"}, its_plan.options)),
      stage_(stage),
      random_(its_plan.seed) {
  table_.size = sizeof table_;
  table_.handle = [](hark_instance* i, const hark_delivery* d, hark_error*) {
    Instance& me = *reinterpret_cast<Instance*>(i);
    return me.subject->handle(me, *d);
  };
  if (plan.options.lane.max_batch > 1) {
    table_.handle_batch = [](hark_instance* i, const hark_delivery* const* d, std::uint32_t n, hark_result* r,
                             hark_error*) {
      Instance& me = *reinterpret_cast<Instance*>(i);
      return me.subject->handle_batch(me, {d, n}, r);
    };
  }
  table_.on_timer = [](hark_instance* i, std::uint64_t user, hark_error*) {
    Instance& me = *reinterpret_cast<Instance*>(i);
    return me.subject->on_timer(me, user);
  };
  subscriber.lane().call([this] { subscriber.lane().open(next_generation(), *this); });
}

// As the host does: open first, then what an earlier one left, then what is new.
std::uint64_t Subject::recover() {
  std::vector<std::string> notes;
  const auto found = subscriber.recover(notes);
  if (!found) violated("its spool is not readable: " + found.error().message);
  for (const std::string& note : notes) violated("its spool is damaged: " + note);
  if (!plan.pattern.empty()) {
    stage_.bus.registry().add(subscriber, topic::Pattern::parse(plan.pattern).value(), {}, true);
  }
  subscriber.lane().poke();
  return found ? *found : 0;
}

bus::Callee Subject::next_generation() {
  const std::lock_guard lock(mutex_);
  if (!instances_.empty()) instances_.back().ended = true;
  Instance& next = instances_.emplace_back(this, static_cast<std::uint32_t>(instances_.size()));
  return {&table_, reinterpret_cast<hark_instance*>(&next)};
}

std::optional<bus::Callee> Subject::restart(std::string_view) {
  const Entered entered(inside_);
  if (!entered.is_alone()) violated("restarted beside a call");
  if (closed_) violated("restarted after its end");
  stage_.bus.registry().remove_all(subscriber, bus::Registry::Which::dynamic);
  subscriber.lane().clear_timers();
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, pattern] : subscriptions_) revoked_.insert(key);
    subscriptions_.clear();
    ticking_.clear();
    if (restarts_++ >= plan.restarts) {
      instances_.back().ended = true;
      stage_.story.did.add(Did::died);
      return std::nullopt;
    }
  }
  stage_.story.did.add(Did::restarted);
  return next_generation();
}

void Subject::stop() {
  if (stopped_.exchange(true)) return;
  if (inside_ != 0) stage_.story.did.add(Did::stopped_while_called);
  stage_.bus.revoke(subscriber);
  const auto stopped = [this] {
    subscriber.lane().stop_deliveries();
    if (inside_ != 0) violated("still called when its deliveries had stopped");
    closed_ = true;
  };
  if (!subscriber.lane().call(stopped, [this] { return !hangs(); })) return leave_behind();
  stage_.bus.revoke(subscriber);  // what it subscribed to while it stopped
  subscriber.lane().call([this] { subscriber.lane().close(); });
}

void Subject::leave_behind() {
  if (!subscriber.lane().take_over()) violated("hangs in a call, and could not be taken over");
  stage_.story.did.add(Did::taken_over);
  taken_over_ = true;
  closed_ = true;
  gate_.open();  // from here on its thread sleeps in the lane
  if (!test::eventually([this] { return came_back_.load(); })) violated("did not come back from its gate");
}

void Subject::settle_down() {
  if (taken_over_) return;
  for (int i = 0; i < 2; ++i) subscriber.lane().call([] {});  // answers are taken between the two
}

// A subscription that somebody else takes back: nothing of it may start once the lane, or the last publish that saw it,
// has been waited for.
void Subject::roam(Random& random) {
  std::uint64_t key = 0;
  {
    const std::lock_guard lock(mutex_);
    if (subscriptions_.size() < 3 && !one_in(random, 3)) {
      auto pattern = topic::Pattern::parse(any_of(random, "t.one", "t.*", "t.deep.**", "*.four", "**")).value();
      const std::uint64_t added = stage_.bus.registry().add(subscriber, pattern, {}, false);
      subscriptions_.emplace(added, std::move(pattern));
      return stage_.story.did.add(Did::subscribed);
    }
    if (subscriptions_.empty()) return;
    key = std::next(subscriptions_.begin(), static_cast<std::ptrdiff_t>(random() % subscriptions_.size()))->first;
  }
  if (!stage_.bus.registry().remove(subscriber, key)) return;  // a restart or its handler was first
  if (plan.options.in_line) stage_.bus.wait_for_publishers();
  subscriber.lane().call([&] {
    const std::lock_guard lock(mutex_);
    subscriptions_.erase(key);
    revoked_.insert(key);
  });
  stage_.story.did.add(Did::unsubscribed_by_others);
}

// Inline calls and the lane run beside each other; only where all goes well is there one way to the subscriber.
bool Subject::is_ordered() const { return !plan.options.in_line || plan.temper == Temper::well; }

void Subject::violated(const std::string& what) {
  stage_.story.violations.add("life " + std::to_string(stage_.story.life) + ", " + plan.name + ": " + what);
}

// ---- what must hold of each delivery; under the mutex

void Subject::look_at(const Instance& me, const hark_delivery& d, Tag& tag) {
  if (me.ended) violated("an instance was called after its end");
  const hark_event& e = *d.event;
  if (!Tag::read(core::view(e.data), tag) || !Said::is_valid(tag.id)) {
    return violated("got what nobody published: " + std::string(core::view(e.data)));
  }
  Said& said = stage_.story.said;
  if (said.state(tag.id) == Said::unsaid) violated(to_text(tag.id) + " was never published");
  if (!said.is(tag.id, core::Uid::from(e.uid))) violated(to_text(tag.id) + " has several uids");
  if (core::view(e.type) != types[said.type(tag.id)]) violated(to_text(tag.id) + " has another type");
  const bool is_recovered = tag.id.n < stage_.story.life_began[tag.id.publisher];
  if (is_recovered && !plan.spills) violated(to_text(tag.id) + " is of an earlier host");
  const bool is_first = account.book.first_in(stage_.story.life, tag.id);
  if (const End end = account.book.end_of(tag.id); end != End::none) {
    violated(to_text(tag.id) + " delivered though it had ended: " + to_text(end));
  }
  if (const unsigned failures = account.book.failures(tag.id); d.attempt != failures + 1) {
    violated(to_text(tag.id) + ": attempt " + std::to_string(d.attempt) + " after " + std::to_string(failures) +
             " failures");
  }
  // An earlier host may have had more patience.
  if (!is_recovered && d.attempt > account.most) violated(to_text(tag.id) + ": too many attempts");
  look_at_subscription(d, tag, is_recovered);
  look_at_order(d, tag, is_first, is_recovered);
  look_at_chain(e, tag);
}

void Subject::look_at_subscription(const hark_delivery& d, const Tag& tag, bool is_recovered) {
  if (revoked_.contains(d.subscription)) return violated(to_text(tag.id) + " delivered under a revoked subscription");
  const std::string_view type = core::view(d.event->type);
  if (is_recovered) {
    if (d.subscription != 0) violated(to_text(tag.id) + " names a subscription of an earlier host");
    return;
  }
  if (d.subscription == 0) {
    const bool heard = !plan.pattern.empty() && topic::Pattern::parse(plan.pattern).value().matches(type);
    if (!heard) violated(to_text(tag.id) + " is not of its pattern");
    return;
  }
  const auto found = subscriptions_.find(d.subscription);
  if (found == subscriptions_.end()) return violated(to_text(tag.id) + " delivered under a subscription of nobody's");
  if (!found->second.matches(type)) violated(to_text(tag.id) + " is not of the pattern it was delivered under");
}

// First attempts of one publisher's events start in their order; what was held starts again before any younger one;
// what an earlier host left starts before all that is new, and in its order whatever the attempt.
void Subject::look_at_order(const hark_delivery& d, const Tag& tag, bool is_first, bool is_recovered) {
  const EventId id = tag.id;
  held_.erase({id.publisher, id.n});
  if (!is_first) return;
  const bool is_fresh = d.attempt == 1 && d.flags == 0;
  if (!is_fresh && !is_recovered) violated(to_text(id) + " begins as if it had been delivered before");
  if (!is_ordered() || id.publisher == echoes) return;
  std::uint32_t& last = last_[id.publisher];
  if (id.n <= last) violated("order: " + to_text(id) + " after " + to_text({id.publisher, last}));
  last = id.n;
  if (plan.options.in_line) return;
  const auto older = held_.lower_bound({id.publisher, 0});
  if (older == held_.end() || older->first.first != id.publisher || older->first.second > id.n) return;
  const std::uint64_t subscription = older->second;
  if (subscription == 0 || stage_.bus.registry().is_live(subscription)) {
    violated("order: " + to_text(id) + " before " + to_text({id.publisher, older->first.second}) + " that was held");
  }
}

void Subject::look_at_chain(const hark_event& e, const Tag& tag) {
  const core::Uid cause = core::Uid::from(e.cause), root = core::Uid::from(e.root);
  const bool right = tag.cause == "-"
                         ? cause.is_nil() && root == core::Uid::from(e.uid) && e.hops == 0
                         : core::to_text(cause) == tag.cause && core::to_text(root) == tag.root && e.hops == tag.hops;
  if (!right) {
    violated(to_text(tag.id) + ": cause " + core::to_text(cause) + ", root " + core::to_text(root) + ", hops " +
             std::to_string(e.hops) + "; must be " + tag.cause + ", " + tag.root + ", " + std::to_string(tag.hops));
  }
}

}  // namespace hark::stress
