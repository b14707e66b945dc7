// Takes a subscriber out of dispatch after failures in a row, and finds out when it is well again.
//
// closed --(open_after failures in a row)--> open --(probe_every)--> probing --success--> closed
//                                             ^------------failure------------'
// Time is handed in. Owner: one lane.
#pragma once

#include <cstdint>

#include "core/clock.h"
#include "flow/options.h"

namespace hark::flow {

class Breaker {
 public:
  enum class State : std::uint8_t { closed, open, probing };
  enum class Change : std::uint8_t { none, opened, closed };

  explicit Breaker(const BreakerOptions& options) : options_(options) {}

  Change success() {
    failures_ = 0;
    if (state_ == State::closed || probe_at_ns_ == core::never_ns) return Change::none;
    state_ = State::closed;
    return Change::closed;
  }
  Change failure(std::int64_t now_ns);

  // Opens it whatever the count, never to be probed or closed: the instance is gone for good.
  void open_for_good();

  // When open and due, the next delivery is the probe: begins it.
  bool begin_probe(std::int64_t now_ns);
  // There was nothing to probe with after all.
  void cancel_probe() {
    if (state_ == State::probing) state_ = State::open;
  }

  State state() const { return state_; }
  std::uint32_t failures() const { return failures_; }
  std::int64_t probe_at_ns() const { return probe_at_ns_; }  // while open

 private:
  BreakerOptions options_;
  State state_ = State::closed;
  std::uint32_t failures_ = 0;
  std::int64_t probe_at_ns_ = 0;
};

}  // namespace hark::flow
