// What a person may set for each subscriber (config/ reads them from TOML; the defaults are the documented ones).
#pragma once

#include <chrono>
#include <cstdint>

namespace hark::flow {

enum class WhenFull : std::uint8_t { spill, block, drop_oldest, drop_newest };

struct QueueOptions {
  std::uint64_t events = 10'000;  // 1 .. 1'000'000
  std::uint64_t bytes = 64ull << 20;
  WhenFull when_full = WhenFull::spill;
  // Of spill: how long a publisher waits for room before the queue overflows to disk, and how much may lie there.
  std::chrono::nanoseconds max_wait = std::chrono::milliseconds(100);
  std::uint64_t spill_bytes = 1ull << 30;
};

// attempts: deliveries in all, the first one included. The wait before attempt n+1 is min(max, base * 2^(n-1)),
// with jitter a uniform value in [wait/2, wait].
struct RetryOptions {
  std::uint32_t attempts = 5;
  std::chrono::nanoseconds base = std::chrono::milliseconds(200);
  std::chrono::nanoseconds max = std::chrono::seconds(30);
  bool jitter = true;
};

// open_after failures in a row quarantine the subscriber; then one probe each probe_every. 0 = never opens.
struct BreakerOptions {
  std::uint32_t open_after = 10;
  std::chrono::nanoseconds probe_every = std::chrono::seconds(30);
};

// At most max restarts within the window; one more quarantines the instance for good.
struct RestartOptions {
  std::uint32_t max = 3;
  std::chrono::nanoseconds within = std::chrono::seconds(60);
};

enum class OnUnknown : std::uint8_t { retry, dead_letter };

struct DeliveryOptions {
  RetryOptions retry;
  BreakerOptions breaker;
  std::chrono::nanoseconds timeout = std::chrono::seconds(30);  // of one call, and the lease of a PENDING answer
  OnUnknown on_unknown = OnUnknown::retry;
  bool dead_letter = true;  // false: what is given up is counted as dropped(reason) instead of kept
};

}  // namespace hark::flow
