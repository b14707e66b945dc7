// Answers that come later: early, late, twice, never, forged.
#include <thread>

#include "world.h"

using namespace hark;
using namespace hark::test;

namespace {

bus::SubscriberOptions holding(std::uint32_t in_flight) {
  bus::SubscriberOptions o = quick();
  o.lane.max_in_flight = in_flight;
  return o;
}

}  // namespace

TEST_CASE("a delivery that is kept ends with its completion and the second one is stale") {
  World w;
  Listener& a = w.add("a", answers(HARK_PENDING), holding(1));
  w.publish("n", "0");
  w.publish("n", "1");
  REQUIRE(eventually([&] { return a.count() == 1; }));
  CHECK(eventually([&] { return w.read(a).in_flight == 1; }));
  CHECK(w.read(a).acknowledged == 0);
  const std::uint64_t ticket = a.got()[0].ticket;
  CHECK(a.complete(ticket, HARK_OK));
  CHECK_FALSE(a.complete(ticket, HARK_OK));
  REQUIRE(eventually([&] { return a.count() == 2; }));  // the next comes only now: it holds one at most
  CHECK_FALSE(a.complete(ticket, HARK_REJECT));
  CHECK(a.complete(a.got()[1].ticket, HARK_SKIP));
  REQUIRE(w.quiet());
  CHECK(w.read(a).acknowledged == 1);
  CHECK(w.read(a).skipped == 1);
}

TEST_CASE("as many deliveries are kept as the plugin can hold and no more") {
  World w;
  Listener& a = w.add("a", answers(HARK_PENDING), holding(3));
  for (int i = 0; i < 5; ++i) w.publish("n", std::to_string(i));
  REQUIRE(eventually([&] { return a.count() == 3; }));
  CHECK(a.complete(a.got()[1].ticket, HARK_OK));
  REQUIRE(eventually([&] { return a.count() == 4; }));
  CHECK(w.read(a).in_flight == 3);
  CHECK(a.data() == std::vector<std::string>{"0", "1", "2", "3"});
}

TEST_CASE("a completion may overtake the return of handle") {
  Listener* self = nullptr;
  std::atomic<bool> second{true};
  World w;
  Listener& a = w.add(
      "a",
      [&](const hark_delivery& d, hark_error*) {
        const bool first = self->complete(d.ticket, HARK_OK);
        second = !first || self->complete(d.ticket, HARK_OK);
        return HARK_PENDING;
      },
      holding(2), "");
  self = &a;
  w.hear(a, "**", true);
  for (int i = 0; i < 20; ++i) w.publish("n", std::to_string(i));
  REQUIRE(w.quiet());
  CHECK_FALSE(second);
  CHECK(w.read(a).acknowledged == 20);
}

TEST_CASE("of a completion and an answer the first counts and the host is told") {
  Listener* self = nullptr;
  World w;
  Listener& a = w.add(
      "a",
      [&](const hark_delivery& d, hark_error*) {
        self->complete(d.ticket, HARK_SKIP);
        return HARK_REJECT;
      },
      holding(2), "");
  self = &a;
  w.hear(a, "**", true);
  w.publish("n");
  REQUIRE(w.quiet());
  CHECK(w.read(a).skipped == 1);
  CHECK(w.dead(a, Reason::rejected) == 0);
  CHECK(w.seen.notes("misbehaved a completed a delivery and answered it as well").size() == 1);
}

TEST_CASE("a kept delivery can be failed with a hint when to try again") {
  World w;
  Listener& a = w.add("a", [](const hark_delivery& d, hark_error*) { return d.attempt == 1 ? HARK_PENDING : HARK_OK; });
  w.publish("n", "0");
  REQUIRE(eventually([&] { return a.count() == 1; }));
  hark_error why;
  say(&why, "later please");
  CHECK(a.lane().complete(a.got()[0].ticket, HARK_RETRY, 1000, &why));
  REQUIRE(w.quiet());
  CHECK(a.got()[1].attempt == 2);
  CHECK(w.seen.failures().at(0).error == "later please");
}

TEST_CASE("a lease that ends is a failed attempt and the late completion is stale") {
  bus::SubscriberOptions o = holding(1);
  o.lane.delivery.timeout = 5ms;
  World w;
  Listener& a =
      w.add("a", [](const hark_delivery& d, hark_error*) { return d.attempt == 1 ? HARK_PENDING : HARK_OK; }, o);
  w.publish("n", "0");
  REQUIRE(w.quiet());
  CHECK(a.got().at(1).attempt == 2);
  CHECK_FALSE(a.complete(a.got()[0].ticket, HARK_OK));
  CHECK(w.read(a).acknowledged == 1);
  CHECK(w.seen.failures().at(0).error == "answered PENDING and did not complete within its timeout");
}

TEST_CASE("an unknown outcome is dead-lettered where the config says so unless the plugin is idempotent") {
  bus::SubscriberOptions o = holding(4);
  o.lane.delivery.timeout = 5ms;
  o.lane.delivery.on_unknown = flow::OnUnknown::dead_letter;
  World w;
  Listener& once = w.add("once", answers(HARK_PENDING), o);
  o.lane.idempotent = true;
  Listener& again =
      w.add("again", [](const hark_delivery& d, hark_error*) { return d.attempt == 1 ? HARK_PENDING : HARK_OK; }, o);
  w.publish("n");
  REQUIRE(w.quiet());
  CHECK(once.count() == 1);
  CHECK(w.dead(once, Reason::outcome_unknown) == 1);
  CHECK(again.count() == 2);
  CHECK(w.read(again).acknowledged == 1);
}

TEST_CASE("a lease that is extended does not end") {
  bus::SubscriberOptions o = holding(2);
  o.lane.delivery.timeout = 30ms;
  Listener* self = nullptr;
  std::atomic<bool> extended{false};
  World w;
  Listener& a = w.add(
      "a",
      [&](const hark_delivery& d, hark_error*) {
        if (core::view(d.event->data) == "0") extended = self->lane().extend(d.ticket, 3600'000 * ms);
        return d.attempt == 1 ? HARK_PENDING : HARK_OK;
      },
      o, "");
  self = &a;
  w.hear(a, "**", true);
  w.publish("n", "0");
  w.publish("n", "1");
  REQUIRE(eventually([&] { return w.read(a).acknowledged == 1; }));  // 1, after its lease had ended
  CHECK(extended);
  CHECK(w.read(a).in_flight == 1);
  CHECK(a.complete(a.got()[0].ticket, HARK_OK));
  CHECK_FALSE(a.lane().extend(a.got()[0].ticket, ms));
  REQUIRE(w.quiet());
}

TEST_CASE("forged and foreign tickets touch nothing") {
  World w;
  Listener& a = w.add("a", answers(HARK_PENDING), holding(2));
  Listener& b = w.add("b", answers(HARK_PENDING), holding(2));
  w.publish("n");
  REQUIRE(eventually([&] { return a.count() == 1 && b.count() == 1; }));
  const std::uint64_t ticket = a.got()[0].ticket;
  bus::ChainLink link;
  for (const std::uint64_t forged : {std::uint64_t{0}, UINT64_MAX, ticket + 1, ticket + 4096, ticket - 4096,
                                     b.got()[0].ticket, std::uint64_t{4095}, ticket | std::uint64_t{1} << 63}) {
    CHECK_FALSE(a.complete(forged, HARK_OK));
    CHECK_FALSE(a.lane().extend(forged, ms));
    CHECK_FALSE(a.lane().chain_of(forged, link));
  }
  CHECK(a.complete(ticket, HARK_OK));
  CHECK(b.complete(b.got()[0].ticket, HARK_OK));
  CHECK(w.quiet());
}

TEST_CASE("another thread publishes with the ticket of a delivery that is kept") {
  World w;
  Listener& a = w.add("a", answers(HARK_PENDING), holding(1), "first");
  Listener& b = w.add("b", answers(HARK_OK), quick(), "second");
  w.publish("first");
  REQUIRE(eventually([&] { return a.count() == 1; }));
  const Got first = a.got()[0];
  bool found = false;
  std::thread other([&] {
    bus::ChainLink link;
    found = a.lane().chain_of(first.ticket, link);
    w.publish("second", "{}", &link);
  });
  other.join();
  CHECK(found);
  CHECK(a.complete(first.ticket, HARK_OK));
  REQUIRE(w.quiet());
  const Got second = b.got().at(0);
  CHECK(second.cause == first.uid);
  CHECK(second.root == first.uid);
  CHECK(second.hops == 1);
  bus::ChainLink link;
  CHECK_FALSE(a.lane().chain_of(first.ticket, link));
}

// Regression: the event of a delivery that one thread completed was freed while another one read it.
TEST_CASE("one thread may complete what another one publishes about") {
  World w;
  Listener& a = w.add("a", answers(HARK_PENDING), holding(64));
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> newest{0};
  std::thread reads([&] {
    bus::ChainLink link;
    while (!done) a.lane().chain_of(newest.load(), link);
  });
  for (int i = 0; i < 3000; ++i) {
    w.publish("n", "\"some data that is overwritten when it is freed\"");
    REQUIRE(eventually([&] { return a.count() == static_cast<std::size_t>(i + 1); }));
    const std::uint64_t ticket = a.got().back().ticket;
    newest = ticket;
    std::this_thread::yield();
    CHECK(a.complete(ticket, HARK_OK));
  }
  done = true;
  reads.join();
  CHECK(w.quiet());
}

TEST_CASE("what is still kept when the subscriber stops is dead-lettered") {
  World w;
  Listener& a = w.add("a", answers(HARK_PENDING), holding(2));
  for (int i = 0; i < 3; ++i) w.publish("n", std::to_string(i));
  REQUIRE(eventually([&] { return a.count() == 2; }));
  w.end();
  CHECK(w.dead(a, Reason::shutdown) == 3);
  CHECK_FALSE(a.complete(a.got()[0].ticket, HARK_OK));
}

TEST_CASE("a control call that takes its time takes none from the deadline of what follows") {
  std::atomic<std::int64_t> ended{0}, deadline{0};
  bus::SubscriberOptions o = quick();
  o.lane.delivery.timeout = 1s;
  World w;
  Listener& a = w.add(
      "a",
      [&](const hark_delivery& d, hark_error*) {
        deadline = d.deadline_ns;
        return HARK_OK;
      },
      o);
  a.lane().call([&] {
    w.publish("n");
    const std::int64_t until = core::coarse_now_ns() + 4 * core::coarse_step_ns();
    while (core::coarse_now_ns() < until) std::this_thread::yield();
    ended = core::coarse_now_ns();
  });
  REQUIRE(w.quiet());
  CHECK(deadline.load() >= ended.load() + std::chrono::nanoseconds(o.lane.delivery.timeout).count());
}
