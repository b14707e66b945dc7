#include "schedule.h"

namespace hark::stress {
namespace {

using namespace std::chrono_literals;

// Back-offs, leases and probes of microseconds, so that a life holds thousands of them.
SubjectPlan any_kind(Random& random, std::string name) {
  SubjectPlan p;
  p.name = std::move(name);
  p.pattern = any_of(random, "**", "**", "t.*", "t.**", "t.one", "*.four", "t.deep.three");
  p.seed = random();
  p.temper = one_in(random, 6) ? Temper::failing : one_in(random, 4) ? Temper::well : Temper::moody;
  p.restarts = any_of(random, 0u, 2u, 1000u, 1000u);
  p.roams = one_in(random, 3);
  p.ticks = one_in(random, 3);
  bus::SubscriberOptions& o = p.options;
  o.queue.events = 1 + random() % any_of(random, 4u, 50u, 400u);
  o.queue.bytes = std::uint64_t{4096} << random() % 8;
  o.queue.when_full = any_of(random, flow::WhenFull::block, flow::WhenFull::drop_oldest, flow::WhenFull::drop_newest);
  o.lane.delivery.retry = {1 + static_cast<std::uint32_t>(random() % 4), 20us, 500us, true};
  o.lane.delivery.breaker = {static_cast<std::uint32_t>(random() % 10), 500us};
  o.lane.delivery.timeout = 2ms;
  o.lane.delivery.on_unknown = any_of(random, flow::OnUnknown::retry, flow::OnUnknown::dead_letter);
  o.lane.delivery.dead_letter = !one_in(random, 5);
  o.lane.max_in_flight = 1 + static_cast<std::uint32_t>(random() % 40);
  o.lane.max_batch = one_in(random, 2) ? 0 : static_cast<std::uint32_t>(random() % 20);
  o.lane.idempotent = one_in(random, 3);
  o.in_line = one_in(random, 5);
  o.own_thread = !o.in_line && one_in(random, 4);
  return p;
}

SubjectPlan with_policy(Random& random, std::string name, flow::WhenFull when_full) {
  SubjectPlan p = any_kind(random, std::move(name));
  p.options.queue.when_full = when_full;
  return p;
}

// In each life again, until the last one gets all that is left.
SubjectPlan spilling(Random& random, std::string name, std::string pattern, bool is_last) {
  SubjectPlan p = with_policy(random, std::move(name), flow::WhenFull::spill);
  p.pattern = std::move(pattern);
  p.spills = true;
  p.roams = false;
  p.options.in_line = false;
  p.options.queue.events = 1 + random() % 40;
  p.options.queue.max_wait = any_of(random, 0us, 200us, 2000us);
  p.options.queue.spill_bytes = std::uint64_t{1} << (20 + random() % 5);
  p.options.lane.delivery.dead_letter = true;
  if (is_last) p.temper = Temper::well;
  return p;
}

SubjectPlan hanging(Random& random) {
  SubjectPlan p = any_kind(random, "hangs");
  p.hangs = true;
  p.roams = p.options.in_line = false;
  p.options.lane.delivery.dead_letter = true;
  return p;
}

LifePlan life(Random& random, const std::vector<std::string>& spilled, bool is_last) {
  LifePlan l;
  l.seed = random();
  l.length = 80ms + std::chrono::milliseconds(random() % 250);
  l.drains = is_last || one_in(random, 3);
  l.closes = one_in(random, 2);
  l.cast.push_back(with_policy(random, "newest", flow::WhenFull::drop_newest));
  l.cast.push_back(with_policy(random, "oldest", flow::WhenFull::drop_oldest));
  l.cast.push_back(with_policy(random, "blocks", flow::WhenFull::block));
  for (std::size_t i = 0; i < spilled.size(); ++i) {
    l.cast.push_back(spilling(random, "spills" + std::to_string(i), spilled[i], is_last));
  }
  SubjectPlan well = any_kind(random, "well");
  well.temper = Temper::well;
  well.options.in_line = one_in(random, 2);
  well.options.own_thread = false;
  well.roams = false;
  l.cast.push_back(well);
  SubjectPlan chains = any_kind(random, "chains");
  chains.pattern = "t.**";
  chains.chains = true;
  l.cast.push_back(chains);
  if (one_in(random, 3)) l.cast.push_back(hanging(random));
  return l;
}

}  // namespace

EpisodePlan plan_of(std::uint64_t seed) {
  Random random(seed);
  EpisodePlan plan;
  plan.seed = seed;
  plan.publishers = 1 + random() % 4;
  plan.max_hops = 2 + random() % 8;
  plan.threads = 1 + random() % 4;
  std::vector<std::string> spilled(1 + random() % 2);
  for (std::string& pattern : spilled) pattern = any_of(random, "**", "t.**", "t.one");
  const std::size_t lives = 1 + random() % 3;
  for (std::size_t i = 0; i < lives; ++i) plan.lives.push_back(life(random, spilled, i + 1 == lives));
  return plan;
}

SubjectPlan passer_by(Random& random, std::string name) {
  SubjectPlan p = any_kind(random, std::move(name));
  if (p.roams && one_in(random, 2)) p.pattern.clear();
  return p;
}

}  // namespace hark::stress
