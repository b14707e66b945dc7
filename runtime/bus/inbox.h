// The publishers' side of one subscriber: admission by credit, the ring, and what happens when there is no room.
//
// offer() is in two steps, because an event is admitted by all the subscribers it matches or by none: reserve() in
// each, then deliver() in each, or release() in those that had room.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "bus/ledger.h"
#include "flow/credits.h"
#include "flow/intake.h"
#include "flow/options.h"
#include "flow/spool.h"

namespace hark::bus {

enum class Admission : std::uint8_t {
  reserved,     // deliver() or release() must follow
  spilled,      // the same, in the spool
  full,         // the publisher waits, or is told AGAIN
  drop_newest,  // full, and this event is the one to go
  quarantined,  // full, and nobody drains it: dead-letter it
};

// Thread: any.
class Inbox {
 public:
  explicit Inbox(const flow::QueueOptions& options)
      : options_(options),
        credits_(options.events, options.bytes),
        intake_(options.events, options.when_full == flow::WhenFull::drop_oldest) {}

  // One event, and what it takes in the queue; what it takes in the spool is found out when it goes there.
  struct Offer {
    const hark_event& event;
    const core::Stamp& stamp;
    std::uint64_t bytes;
  };
  // waited_ns: how long the publisher has waited for this event; one that never waits: core::never_ns.
  // evicted: with drop_oldest, what was thrown out to make room is added; the references are the caller's.
  Admission reserve(const Offer& offer, std::int64_t waited_ns, std::vector<core::Record*>& evicted);
  void release(std::uint64_t bytes) { credits_.give_back(1, bytes); }
  void deliver(const flow::Entry& entry) { intake_.push(entry); }

  flow::Credits& credits() { return credits_; }
  const flow::Credits& credits() const { return credits_; }
  flow::Intake& intake() { return intake_; }
  const flow::Intake& intake() const { return intake_; }
  const flow::QueueOptions& options() const { return options_; }

  // Before the first publish. Without one, `spill` is `block`.
  void give_spool(std::unique_ptr<flow::Spool> spool) { spool_ = std::move(spool); }
  flow::Spool* spool() { return spool_.get(); }
  const flow::Spool* spool() const { return spool_.get(); }
  bool is_empty() const { return credits_.events() == 0 && (spool_ == nullptr || spool_->empty()); }

  std::atomic<bool> quarantined{false};  // written by the lane

  // Deliveries that ended before they reached the ring.
  SharedCounter matched_elsewhere;  // counted as matched without a push: spilled, dropped_newest, quarantined, inline
  CounterBy<SharedCounter, Reason> dead, dropped, lost;
  SharedCounter failures;  // attempts that failed inline, and found no room to be tried again

 private:
  Admission no_room() const;

  const flow::QueueOptions options_;
  flow::Credits credits_;
  flow::Intake intake_;
  std::unique_ptr<flow::Spool> spool_;
};

}  // namespace hark::bus
