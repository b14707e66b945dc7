// The loss ledger: where every event went. docs/ledger.md
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hark::bus {

// One writer; readers may be behind, never wrong by more than what is under way.
class Counter {
 public:
  void add(std::uint64_t n = 1) { value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_release); }
  std::uint64_t get() const { return value_.load(std::memory_order_acquire); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// Many writers, off the hot path.
class SharedCounter {
 public:
  void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_acq_rel); }
  std::uint64_t get() const { return value_.load(std::memory_order_acquire); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// Why a publisher's event was not admitted.
enum class Refusal : std::uint8_t { again, invalid, too_big, denied, loop, stale, closing, input, count_ };
std::string_view to_text(Refusal refusal);

// Why a delivery was given up (dead-lettered), dropped by policy, or lost.
enum class Reason : std::uint8_t {
  attempts,         // failed as often as retry.attempts allows
  rejected,         // the subscriber said: never
  crashed,          // its plugin's process ended twice while handling it
  quarantined,      // its queue was full while it was out of dispatch
  outcome_unknown,  // a PENDING answer never came, and on_unknown = dead_letter
  shutdown,         // still there when the host had to stop
  drop_oldest,
  drop_newest,
  unsubscribed,     // its dynamic subscription went before the delivery started
  no_dead_letters,  // given up with dead_letter = false
  unwritable,       // the dead letter could not be kept
  damaged,          // somebody else wrote to the spool it lay in
  count_
};
std::string_view to_text(Reason reason);

template <class Counter, class Enum>
struct CounterBy {
  std::array<Counter, static_cast<std::size_t>(Enum::count_)> counters;
  Counter& operator[](Enum e) { return counters[static_cast<std::size_t>(e)]; }
  const Counter& operator[](Enum e) const { return counters[static_cast<std::size_t>(e)]; }
};

// A reading of one publisher: offered = admitted + sum(refused); admitted = matched + unmatched.
struct PublisherReading {
  std::string name;
  std::uint64_t offered = 0, admitted = 0, unmatched = 0;
  std::array<std::uint64_t, static_cast<std::size_t>(Refusal::count_)> refused{};
  std::uint64_t refused_total() const;
  bool balances() const { return offered == admitted + refused_total(); }
};

// A reading of one subscriber: matched = the sum of all the rest.
struct SubscriberReading {
  using ByReason = std::array<std::uint64_t, static_cast<std::size_t>(Reason::count_)>;
  std::string name;
  std::uint64_t matched = 0, acknowledged = 0, skipped = 0, queued = 0, spilled = 0, in_flight = 0, retrying = 0;
  std::uint64_t recovered = 0;  // of matched: found in the spool of an earlier run
  std::uint64_t failures = 0;   // failed attempts; not part of the balance
  std::int64_t slowest_ns = 0;  // each was acknowledged within this time of being taken in; 0: nothing was, or inline
  ByReason dead{}, dropped{}, lost{};
  bool quarantined = false;
  std::uint64_t accounted() const;
  std::uint64_t open() const { return queued + spilled + in_flight + retrying; }  // not ended yet
  bool balances() const { return matched == accounted(); }
};

struct LedgerReading {
  std::vector<PublisherReading> publishers;
  std::vector<SubscriberReading> subscribers;
  std::uint64_t done() const;  // deliveries that have ended, however
  std::uint64_t lost() const;
  bool balances() const;
};

}  // namespace hark::bus
