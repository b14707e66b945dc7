// One configured subscriber on the bus: its inbox (the publishers' side), its lane (the plugin's side) and its account.
#pragma once

#include <cstdint>
#include <memory>

#include "bus/identity.h"
#include "bus/inbox.h"
#include "bus/lane.h"
#include "bus/ledger.h"

namespace hark::bus {

struct SubscriberOptions {
  flow::QueueOptions queue;
  LaneOptions lane;
  bool in_line = false;     // called in the publisher's thread (HARK_CAP_INLINE and HARK_THREADS_CONCURRENT)
  bool own_thread = false;  // HARK_THREADS_AFFINE
};

// Made by the bus, lives as long as it. Thread: any.
class Subscriber {
 public:
  Subscriber(Bus& bus, Identity identity, const SubscriberOptions& options, std::uint32_t index, Executor& pool);
  ~Subscriber();
  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;

  const Identity& identity() const { return identity_; }
  std::uint32_t index() const { return index_; }
  bool blocks() const { return options_.queue.when_full == flow::WhenFull::block; }
  bool is_inline() const { return options_.in_line; }
  Inbox& inbox() { return inbox_; }
  Lane& lane() { return lane_; }

  // Every delivery is done with, or nobody works on them. What counts for "drained".
  bool is_quiet() const { return inbox_.credits().events() == 0 || inbox_.quarantined.load(std::memory_order_acquire); }

  // Consumers' counters are read before producers', so a live reading may lag but never invents a loss.
  SubscriberReading read() const;

 private:
  const Identity identity_;
  const SubscriberOptions options_;
  const std::uint32_t index_;
  Inbox inbox_;
  Lane lane_;
  std::unique_ptr<Executor> own_thread_;  // after lane_: its thread ends before the lane does
};

}  // namespace hark::bus
