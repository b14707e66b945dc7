// Handing items of 64 bytes over to four consumers, by hark and by its peers, for throughput and for latency.
//
// Producer on the first core, consumers on the second, for everybody. Each consumer has a queue of its own, and every
// item goes to all of them. Nobody's queue holds much more than `depth` items, so that nobody works from memory that
// the others do not need.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "callee.h"

namespace hark::bench {

inline constexpr std::uint64_t depth = 16'384;

// What one consumer counts; the producer looks at it now and then.
struct alignas(128) Consumer {
  bench_seat seat{};
  std::atomic<std::uint64_t> done{0};

  // One thread at a time. timed: notes how long the item was under way.
  void take(const bench_payload& p, bool timed);
};

// Owner: the thread that produces.
class HandOver {
 public:
  explicit HandOver(unsigned consumers, bool timed) : timed_(timed), consumers_(consumers) {}
  virtual ~HandOver() = default;
  HandOver(const HandOver&) = delete;
  HandOver& operator=(const HandOver&) = delete;

  virtual void give(const bench_payload& p) = 0;
  virtual void flush() {}  // what was gathered to be given at once
  virtual void wait();     // until all that was given is done with
  virtual bench_seat& seat(std::size_t i) { return consumers_[i].seat; }
  virtual std::size_t size() const { return consumers_.size(); }

 protected:
  // Before each give(): waits while a consumer lags by more than `depth`.
  void keep_depth() {
    if (++given_ % 256 == 0) wait_until(given_ < depth ? 0 : given_ - depth);
  }
  void wait_until(std::uint64_t done) const;

  const bool timed_;
  std::vector<Consumer> consumers_;
  std::uint64_t given_ = 0;
};

enum class Way : std::uint8_t { hark, mutex_deque, asio_strands, moodycamel, moodycamel_bulk };
std::unique_ptr<HandOver> hand_over(Way way, unsigned consumers, bool timed);

}  // namespace hark::bench
