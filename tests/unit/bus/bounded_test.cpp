// What the queues hold is bounded by what they are configured to hold, whoever hangs and whatever they hear.
#include <numeric>

#include "core/blocks.h"
#include "world.h"

using namespace hark;
using namespace hark::test;

namespace {

constexpr std::uint64_t queue_bytes = 2 << 20;
constexpr std::size_t lag_before_copy = 64;  // as in publish.cpp: each of so many events may hold a whole block

bus::SubscriberOptions queue_of(std::uint64_t events, flow::WhenFull when_full) {
  bus::SubscriberOptions o = quick();
  o.queue.events = events;
  o.queue.bytes = queue_bytes;
  o.queue.when_full = when_full;
  return o;
}

}  // namespace

TEST_CASE("a subscriber that hangs holds three times its bytes at most, however few of the events it hears") {
  const auto when_full = GENERATE(flow::WhenFull::drop_newest, flow::WhenFull::drop_oldest);
  const int one_in = GENERATE(1, 2, 3, 10, 60);
  INFO("it hears one event in " << one_in);
  Gate gate;
  World w;
  Listener& hung = w.add(
      "hung",
      [&](const hark_delivery&, hark_error*) {
        gate.pass();
        return HARK_OK;
      },
      queue_of(100'000, when_full), "few");
  w.add("well", answers(HARK_OK), queue_of(2'000, flow::WhenFull::drop_newest), "**");
  const core::BlockPool& pool = core::BlockPool::common();
  const std::size_t before = pool.lent();  // an earlier test's threads may still give some back
  const std::string data = "\"" + std::string(100, 'x') + "\"";
  std::size_t most = 0;
  const int twice_full = 2 * static_cast<int>(queue_bytes / 250) * one_in;
  for (int i = 0; i < twice_full; ++i) {
    REQUIRE(w.publish_wait(i % one_in == 0 ? "few" : "many", data) == Publish::ok);
    most = std::max(most, std::max(pool.lent(), before) - before);
  }
  const bus::SubscriberReading reading = w.read(hung);
  CHECK(std::accumulate(reading.dropped.begin(), reading.dropped.end(), std::uint64_t{0}) > 0);
  CHECK(most * core::BlockPool::block_bytes >= queue_bytes * 9 / 10);
  CHECK(most <= 3 * queue_bytes / core::BlockPool::block_bytes + lag_before_copy + 8);
  gate.open();
  CHECK(w.quiet());
}
