// One configured subscriber on the bus: its inbox (the publishers' side), its lane (the plugin's side) and its account.
#pragma once

#include <cstdint>
#include <memory>

#include "bus/identity.h"
#include "bus/inbox.h"
#include "bus/lane.h"
#include "bus/ledger.h"
#include "bus/pool.h"

namespace hark::bus {

struct SubscriberOptions {
  flow::QueueOptions queue;
  std::filesystem::path spool;  // the folder that the queue overflows into; empty: `spill` is `block`
  LaneOptions lane;
  bool in_line = false;     // called in the publisher's thread (HARK_CAP_INLINE and HARK_THREADS_CONCURRENT)
  bool own_thread = false;  // HARK_THREADS_AFFINE
};

// Made by the bus, lives as long as it. Thread: any.
class Subscriber final : private flow::SpoolObserver {
 public:
  Subscriber(Bus& bus, Identity identity, const SubscriberOptions& options, std::uint32_t index, Pool& pool);
  ~Subscriber() override;
  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;

  const Identity& identity() const { return identity_; }
  std::uint32_t index() const { return index_; }
  // A publisher may have to wait for it.
  bool blocks() const {
    return options_.queue.when_full == flow::WhenFull::block || options_.queue.when_full == flow::WhenFull::spill;
  }
  // For so long; 0: as long as it takes.
  std::int64_t max_wait_ns() const { return inbox_.spool() != nullptr ? options_.queue.max_wait.count() : 0; }
  bool is_inline() const { return options_.in_line; }
  bool keeps_dead_letters() const { return options_.lane.delivery.dead_letter; }
  Inbox& inbox() { return inbox_; }
  Lane& lane() { return lane_; }

  // Every delivery is done with, or nobody works on them. What counts for "drained".
  bool is_quiet() const { return inbox_.is_empty() || inbox_.quarantined.load(std::memory_order_acquire); }

  // Takes in what an earlier host left in the spool. Before the first publish. notes: what was damaged.
  core::Result<std::uint64_t> recover(std::vector<std::string>& notes);

  // Consumers' counters are read before producers', so a live reading may lag but never invents a loss.
  SubscriberReading read() const;

 private:
  void spool_engaged() override;
  void spool_dry() override;
  void spool_has_events() override;
  void spool_has_room() override;
  void spool_kept(std::span<const std::uint32_t> tells) override;
  void spool_failing(std::string_view why) override;
  void spool_works_again() override;
  void spool_slow(std::chrono::nanoseconds took) override;
  void spool_damaged(std::uint64_t events, std::string_view why) override;

  Bus& bus_;
  const Identity identity_;
  const SubscriberOptions options_;
  const std::uint32_t index_;
  Inbox inbox_;
  Lane lane_;
  std::unique_ptr<Executor> own_thread_;  // after lane_: its thread ends before the lane does
};

}  // namespace hark::bus
