// The wait before the next attempt.
#include "flow/backoff.h"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using hark::flow::backoff;
using hark::flow::RetryOptions;

TEST_CASE("without jitter the wait doubles from the base to the maximum") {
  const RetryOptions o{5, 200ms, 1s, false};
  CHECK(backoff(o, 1, 99) == 200ms);
  CHECK(backoff(o, 2, 99) == 400ms);
  CHECK(backoff(o, 3, 99) == 800ms);
  CHECK(backoff(o, 4, 99) == 1s);
  CHECK(backoff(o, 4'000'000'000u, 99) == 1s);
}

TEST_CASE("with jitter the wait lies in the upper half and reaches both its ends") {
  const RetryOptions o{5, 100ns, 1s, true};
  std::chrono::nanoseconds least = 1h, most = 0ns;
  for (std::uint64_t random = 0; random < 1000; ++random) {
    const auto wait = backoff(o, 1, random);
    least = std::min(least, wait);
    most = std::max(most, wait);
  }
  CHECK(least == 50ns);
  CHECK(most == 100ns);
  CHECK(backoff(o, 1, UINT64_MAX) <= 100ns);
}

TEST_CASE("odd waits and the largest numbers do not overflow") {
  CHECK(backoff({5, 0ns, 0ns, true}, 3, 7) == 0ns);
  CHECK(backoff({5, 1ns, 1ns, true}, 3, 7) == 1ns);
  CHECK(backoff({5, 10s, 1s, false}, 1, 0) == 1s);  // a base over the maximum
  const auto huge = std::chrono::nanoseconds::max();
  CHECK(backoff({5, 1ns, huge, false}, 200, 0) == huge);
  CHECK(backoff({5, huge, huge, true}, 200, UINT64_MAX) > 0ns);
}
