#include "bus/subscriber.h"

#include "bus/own_thread.h"

namespace hark::bus {

Subscriber::Subscriber(Bus& bus, Identity identity, const SubscriberOptions& options, std::uint32_t index,
                       Executor& pool)
    : identity_(std::move(identity)),
      options_(options),
      index_(index),
      inbox_(options.queue),
      lane_(bus, identity_, inbox_, options.lane) {
  if (options.own_thread) own_thread_ = std::make_unique<OwnThread>();
  lane_.attach(own_thread_ ? *own_thread_ : pool);
}

Subscriber::~Subscriber() = default;

SubscriberReading Subscriber::read() const {
  const LaneCounters& lane = lane_.counters();
  SubscriberReading r;
  r.name = identity_.name;
  r.quarantined = inbox_.quarantined.load(std::memory_order_acquire);
  r.acknowledged = lane.acknowledged.get();
  r.skipped = lane.skipped.get();
  r.failures = lane.failures.get();
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
  r.matched = pushed + inbox_.matched_elsewhere.get();
  return r;
}

}  // namespace hark::bus
