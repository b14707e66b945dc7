#include "bus/subscriber.h"

#include "bus/bus.h"
#include "bus/own_thread.h"
#include "core/clock.h"
#include "core/fence.h"

namespace hark::bus {

Subscriber::Subscriber(Bus& bus, Identity identity, const SubscriberOptions& options, std::uint32_t index, Pool& pool)
    : bus_(bus),
      identity_(std::move(identity)),
      options_(options),
      index_(index),
      inbox_(options.queue),
      lane_(bus, identity_, inbox_, options.lane) {
  if (options.own_thread) own_thread_ = std::make_unique<OwnThread>(bus.cells(), pool);
  bus.cells().introduce(lane_, identity_);
  lane_.attach(own_thread_ ? *own_thread_ : pool);
  if (options.queue.when_full == flow::WhenFull::spill && !options.spool.empty()) {
    flow::SpoolObserver& told = *this;
    inbox_.give_spool(std::make_unique<flow::Spool>(options.spool, options.queue.spill_bytes, bus.names(), told));
  }
}

Subscriber::~Subscriber() = default;

core::Result<std::uint64_t> Subscriber::recover(std::vector<std::string>& notes) {
  if (inbox_.spool() == nullptr) return 0;
  if (auto found = inbox_.spool()->recover(notes); !found) return std::unexpected(std::move(found.error()));
  return inbox_.spool()->recovered();
}

void Subscriber::spool_engaged() {
  inbox_.credits().wake_all();  // whoever waits for room in memory goes to the spool too, to keep the order
  bus_.observer().spilling(identity_, Spilling::began, {});
}
void Subscriber::spool_dry() { bus_.observer().spilling(identity_, Spilling::ended, {}); }
void Subscriber::spool_failing(std::string_view why) { bus_.observer().spilling(identity_, Spilling::failing, why); }
void Subscriber::spool_works_again() { bus_.observer().spilling(identity_, Spilling::works_again, {}); }
void Subscriber::spool_slow(std::chrono::nanoseconds took) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
  bus_.observer().spilling(identity_, Spilling::slow, "its disk is slow, a write took " + std::to_string(ms) + " ms");
}
void Subscriber::spool_has_room() { inbox_.credits().wake_all(); }
void Subscriber::spool_has_events() {
  core::full_fence();
  lane_.poke_for_delivery();
}
void Subscriber::spool_kept(std::span<const std::uint32_t> tells) {
  for (const std::uint32_t tell : tells) bus_.tells().done(tell);
}
void Subscriber::spool_damaged(std::uint64_t events, std::string_view why) {
  inbox_.lost[Reason::damaged].add(events);
  bus_.observer().spilling(identity_, Spilling::failing, why);
  spool_has_events();
}

SubscriberReading Subscriber::read() const {
  const LaneCounters& lane = lane_.counters();
  SubscriberReading r;
  r.name = identity_.name;
  r.quarantined = inbox_.quarantined.load(std::memory_order_acquire);
  r.acknowledged = lane.acknowledged.get();
  r.skipped = lane.skipped.get();
  r.failures = lane.failures.get() + inbox_.failures.get();
  const std::int64_t slowest = lane.slowest_ns.load(std::memory_order_relaxed);
  r.slowest_ns = slowest < 0 ? 0 : slowest + core::coarse_step_ns();
  for (std::size_t i = 0; i < r.dead.size(); ++i) {
    r.dead[i] = lane.dead.counters[i].get() + inbox_.dead.counters[i].get();
    r.dropped[i] = lane.dropped.counters[i].get() + inbox_.dropped.counters[i].get();
    r.lost[i] = lane.lost.counters[i].get() + inbox_.lost.counters[i].get();
  }
  r.in_flight = lane_.in_flight();
  r.retrying = lane.retrying.load(std::memory_order_acquire);
  const std::uint64_t popped = inbox_.intake().popped();
  const std::uint64_t pushed = inbox_.intake().pushed();
  r.queued = pushed - popped + lane.ready.load(std::memory_order_acquire);
  if (inbox_.spool() != nullptr) {
    r.spilled = inbox_.spool()->events();
    r.recovered = inbox_.spool()->recovered();
  }
  r.matched = pushed + inbox_.matched_elsewhere.get() + r.recovered;
  return r;
}

}  // namespace hark::bus
