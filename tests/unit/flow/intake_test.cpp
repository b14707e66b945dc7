// The ring between publishers and one lane.
#include "flow/intake.h"

#include <catch2/catch.hpp>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "flow/credits.h"

using hark::core::Record;
using hark::flow::Credits;
using hark::flow::Entry;
using hark::flow::Intake;

namespace {

// Numbers travel in place of subscriptions; no record is ever looked at.
Entry entry(std::uint64_t n) { return {reinterpret_cast<Record*>(n << 4), n}; }

constexpr std::uint64_t per_producer = 30'000;

void produce(Intake& ring, Credits& credits, std::uint64_t producer) {
  for (std::uint64_t i = 1; i <= per_producer; ++i) {
    while (!credits.reserve(0)) std::this_thread::yield();
    ring.push(entry(producer << 32 | i));
  }
}

}  // namespace

TEST_CASE("entries come out in the order in which they went in round after round") {
  Intake ring(3, false);  // four slots
  Entry out;
  CHECK_FALSE(ring.pop(out));
  CHECK_FALSE(ring.ready());
  std::uint64_t next = 1;
  for (std::uint64_t n = 1; n < 100; n += 3) {
    for (std::uint64_t k = 0; k < 3; ++k) ring.push(entry(n + k));
    CHECK(ring.ready());
    for (std::uint64_t k = 0; k < 3; ++k) {
      REQUIRE(ring.pop(out));
      CHECK(out.subscription == next);
      CHECK(out.record == entry(next).record);
      ++next;
    }
    CHECK_FALSE(ring.pop(out));
  }
  CHECK(ring.pushed() == 99);
  CHECK(ring.popped() == 99);
}

TEST_CASE("one consumer sees each producer's entries once and in order") {
  Intake ring(100, false);
  Credits credits(100, 1);
  std::vector<std::thread> producers;
  for (std::uint64_t p = 1; p <= 3; ++p) producers.emplace_back([&, p] { produce(ring, credits, p); });
  std::array<std::uint64_t, 4> last{};
  std::uint64_t wrong = 0;
  for (std::uint64_t n = 0; n < 3 * per_producer;) {
    Entry out;
    if (!ring.pop(out)) {
      std::this_thread::yield();
      continue;
    }
    std::uint64_t& expected = last[out.subscription >> 32];
    if ((out.subscription & 0xffffffff) != ++expected || out.record != entry(out.subscription).record) ++wrong;
    credits.give_back(1, 0);
    ++n;
  }
  for (auto& t : producers) t.join();
  CHECK(wrong == 0);
  CHECK_FALSE(ring.ready());
}

TEST_CASE("several consumers share the entries and each is taken once") {
  Intake ring(16, true);
  Credits credits(16, 1);
  std::atomic<std::uint64_t> taken{0}, sum{0}, wrong{0};
  std::vector<std::thread> threads;
  for (std::uint64_t p = 1; p <= 2; ++p) threads.emplace_back([&, p] { produce(ring, credits, p); });
  for (int c = 0; c < 3; ++c) {
    threads.emplace_back([&] {
      std::array<std::uint64_t, 4> last{};
      while (taken < 2 * per_producer) {
        Entry out;
        if (!ring.pop(out)) {
          std::this_thread::yield();
          continue;
        }
        ++taken;
        sum += out.subscription & 0xffffffff;
        std::uint64_t& before = last[out.subscription >> 32];
        if ((out.subscription & 0xffffffff) <= before || out.record != entry(out.subscription).record) ++wrong;
        before = out.subscription & 0xffffffff;
        credits.give_back(1, 0);
      }
    });
  }
  for (auto& t : threads) t.join();
  CHECK(taken == 2 * per_producer);
  CHECK(sum == per_producer * (per_producer + 1));
  CHECK(wrong == 0);
}
