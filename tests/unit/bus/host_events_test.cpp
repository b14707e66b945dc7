// The host's own events on their way to the bus.
#include "bus/host_events.h"

#include <thread>

#include "world.h"

using namespace hark;
using namespace hark::test;

namespace {

std::int64_t soon() { return core::now_ns() + std::chrono::nanoseconds(patience).count(); }

bus::SubscriberOptions roomy() {
  bus::SubscriberOptions o = quick();
  o.queue.events = 100'000;
  return o;
}

// How many events one with `coalesced` stands for.
std::uint64_t stands_for(const std::string& data) {
  constexpr std::string_view key = "\"coalesced\":";
  const auto at = data.find(key);
  return at == std::string::npos ? 1 : std::stoull(data.substr(at + key.size()));
}

}  // namespace

TEST_CASE("what the host posts is heard by hark patterns only and in order") {
  World w;
  Listener& all = w.add("all", answers(HARK_OK));
  Listener& host = w.add("host", answers(HARK_OK), roomy(), "hark.**");
  bus::HostEvents events(w.bus);
  events.open();
  for (int i = 0; i < 50; ++i) events.post("hark.test", "a", "{\"n\":" + std::to_string(i) + "}");
  CHECK(events.wait_empty(soon()));
  REQUIRE(w.quiet());
  CHECK(all.count() == 0);
  REQUIRE(host.count() == 50);
  CHECK(host.got()[49].data == "{\"n\":49}");
  CHECK(host.got()[0].type == "hark.test");
  w.end();
}

TEST_CASE("what led to a host event is its cause") {
  World w;
  Listener& host = w.add("host", answers(HARK_OK), roomy(), "hark.**");
  bus::HostEvents events(w.bus);
  events.open();
  const bus::ChainLink link{core::make_uid(1), core::make_uid(2), 4, {}, 0};
  events.post("hark.test", "a", "{}", &link);
  CHECK(events.wait_empty(soon()));
  REQUIRE(w.quiet());
  REQUIRE(host.count() == 1);
  CHECK(host.got()[0].cause == link.cause);
  CHECK(host.got()[0].root == link.root);
  CHECK(host.got()[0].hops == 5);
  w.end();
}

TEST_CASE("a flood about one subject is coalesced and stands for all of it") {
  World w;
  Listener& host = w.add("host", answers(HARK_OK), roomy(), "hark.**");
  {
    bus::HostEvents events(w.bus);
    events.open();
    const std::int64_t began = core::now_ns();
    for (int i = 0; i < 5000; ++i) events.post("hark.test", "flood", "{\"n\":1}");
    const bool in_one_second = core::now_ns() - began < 900 * ms;
    events.post("hark.test", "quiet", "{\"n\":2}");
    events.close();
    CHECK(events.wait_empty(soon()));
    if (in_one_second) CHECK(host.subscriber.read().matched < 2200);
  }
  REQUIRE(w.quiet());
  std::uint64_t total = 0;
  for (const std::string& d : host.data()) {
    if (d.ends_with("\"n\":1}")) total += stands_for(d);
  }
  CHECK(total == 5000);
  CHECK(host.count() < 5001);
  w.end();
}

TEST_CASE("posting never waits for a full subscriber and closing gives it up") {
  Gate gate;
  bus::SubscriberOptions o = quick();
  o.queue.events = 1;
  World w;
  Listener& host = w.add(
      "host",
      [&](const hark_delivery&, hark_error*) {
        gate.pass();
        return HARK_OK;
      },
      o, "hark.**");
  {
    bus::HostEvents events(w.bus);
    events.open();
    for (int i = 0; i < 10; ++i) events.post("hark.test", std::to_string(i), "{}");
    CHECK_FALSE(events.wait_empty(core::now_ns() + 5 * ms));
    REQUIRE(eventually([&] { return host.subscriber.inbox().credits().has_waiters(); }));
    events.close();
    events.close();
    CHECK(events.wait_empty(soon()));
  }
  gate.open();
  REQUIRE(w.quiet());
  const auto p = w.bus.read().publishers.back();
  CHECK(p.offered == 10);
  CHECK(p.refused[static_cast<std::size_t>(Refusal::closing)] == 10 - p.admitted);
  w.end();
}

TEST_CASE("what is posted before the opening waits for it") {
  World w;
  bus::HostEvents events(w.bus);
  events.post("hark.test", "a", "{}");
  CHECK_FALSE(events.wait_empty(core::now_ns() + 2 * ms));
  Listener& host = w.add("host", answers(HARK_OK), roomy(), "hark.**");
  events.open();
  CHECK(events.wait_empty(soon()));
  REQUIRE(w.quiet());
  CHECK(host.count() == 1);
  w.end();
}
