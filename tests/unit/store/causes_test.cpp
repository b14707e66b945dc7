// The last publishes of one thread.
#include "store/causes.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <memory>
#include <thread>

using hark::core::Name;
using hark::core::Uid;
using hark::store::Cause;
using hark::store::CauseRing;

namespace {

Uid uid(std::uint64_t n) {
  Uid u;
  std::memcpy(u.bytes.data(), &n, 8);
  std::memcpy(u.bytes.data() + 8, &n, 8);
  return u;
}

}  // namespace

TEST_CASE("an event is found with its cause until it is overwritten") {
  const auto ring = std::make_unique<CauseRing>();
  const Name type{"t", 1};
  Cause c;
  CHECK_FALSE(ring->find(uid(1), c));
  for (std::uint64_t n = 1; n <= CauseRing::size; ++n)
    ring->add(uid(n), uid(n + 1'000'000), n % 2 == 0 ? &type : nullptr);
  REQUIRE(ring->find(uid(1), c));
  CHECK(c.event == uid(1));
  CHECK(c.cause == uid(1'000'001));
  CHECK(c.type == nullptr);
  REQUIRE(ring->find(uid(CauseRing::size), c));
  CHECK(c.type == &type);
  ring->add(uid(9'999'999), Uid{}, nullptr);
  CHECK_FALSE(ring->find(uid(1), c));
  CHECK(ring->find(uid(2), c));
}

TEST_CASE("a reader beside the writer finds a whole entry or none") {
  const auto ring = std::make_unique<CauseRing>();
  std::atomic<std::uint64_t> written{0};
  std::atomic<bool> done{false};
  std::atomic<int> found{0}, torn{0};
  std::thread reads([&] {
    for (std::uint64_t back = 0; !done; back = (back + 7) % CauseRing::size) {
      const std::uint64_t newest = written.load();
      if (newest <= back + 1) continue;
      Cause c;
      if (!ring->find(uid(newest - back), c)) continue;
      ++found;
      if (c.cause != uid((newest - back) * 2)) ++torn;
    }
  });
  for (std::uint64_t n = 1; n < 300'000; ++n) {
    ring->add(uid(n), uid(n * 2), nullptr);
    written = n;
  }
  done = true;
  reads.join();
  CHECK(torn == 0);
}
