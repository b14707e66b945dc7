// Room in events and bytes at once.
#include "flow/credits.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <thread>
#include <vector>

#include "support/eventually.h"

using hark::flow::Credits;
namespace core = hark::core;

TEST_CASE("room ends with the events or with the bytes whichever is first") {
  Credits c(3, 100);
  CHECK(c.reserve(40));
  CHECK(c.reserve(40));
  CHECK_FALSE(c.reserve(40));
  CHECK(c.reserve(20));
  CHECK_FALSE(c.reserve(0));
  CHECK(c.events() == 3);
  CHECK(c.bytes() == 100);
  CHECK(c.free_events() == 0);
  CHECK(c.free_bytes() == 0);
  c.give_back(2, 60);
  CHECK(c.free_events() == 2);
  CHECK(c.free_bytes() == 60);
}

TEST_CASE("an event larger than the queue fits when it is empty and only then") {
  Credits c(3, 100);
  CHECK(c.reserve(5000));
  CHECK(c.free_bytes() == 0);
  CHECK_FALSE(c.reserve(1));
  c.give_back(1, 5000);
  CHECK(c.reserve(1));
  CHECK_FALSE(c.reserve(5000));
}

TEST_CASE("many threads never take more than there is and nothing is lost") {
  constexpr std::uint64_t events = 7, bytes = 1000;
  Credits c(events, bytes);
  std::atomic<std::uint64_t> in_use{0}, bytes_in_use{0}, taken{0};
  std::atomic<bool> over{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const auto size = static_cast<std::uint64_t>(100 + 50 * t);
      for (int i = 0; i < 20'000; ++i) {
        if (!c.reserve(size)) continue;
        if (++in_use > events || (bytes_in_use += size) > bytes) over = true;
        ++taken;
        bytes_in_use -= size;
        --in_use;
        c.give_back(1, size);
      }
    });
  }
  for (auto& t : threads) t.join();
  CHECK_FALSE(over);
  CHECK(taken > 0);
  CHECK(c.events() == 0);
  CHECK(c.bytes() == 0);
}

TEST_CASE("who waits is woken at half empty and not before") {
  Credits c(8, 1000);
  for (int i = 0; i < 8; ++i) REQUIRE(c.reserve(1));
  std::atomic<bool> woken{false};
  std::thread waits([&] {
    const std::uint32_t epoch = c.prepare_wait();
    c.wait(epoch, core::never_ns);
    woken = true;
    c.end_wait();
  });
  REQUIRE(hark::test::eventually([&] { return c.has_waiters(); }));
  for (int i = 0; i < 3; ++i) c.give_back(1, 1);
  const std::uint32_t epoch = c.prepare_wait();  // an epoch that has not moved: nobody was woken
  c.end_wait();
  const std::uint32_t again = c.prepare_wait();
  c.end_wait();
  CHECK(epoch == again);
  CHECK_FALSE(woken);
  c.give_back(1, 1);
  waits.join();
  CHECK(woken);
  CHECK_FALSE(c.has_waiters());
}

TEST_CASE("waking all ends every wait also one that is about to begin") {
  Credits c(1, 1);
  const std::uint32_t epoch = c.prepare_wait();
  c.wake_all();
  c.wait(epoch, core::never_ns);  // returns at once
  c.end_wait();
  const std::int64_t until = core::now_ns() + 5'000'000;
  const std::uint32_t later = c.prepare_wait();
  while (core::now_ns() < until) c.wait(later, until);
  c.end_wait();
  SUCCEED();
}
