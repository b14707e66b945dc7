// A subscriber taken out of dispatch after failures in a row, and how it comes back.
#include <thread>

#include "world.h"

using namespace hark;
using namespace hark::test;

namespace {

bus::SubscriberOptions breaks_after(std::uint32_t failures, std::chrono::nanoseconds probe_every,
                                    std::uint64_t events = 100) {
  bus::SubscriberOptions o = quick();
  o.lane.delivery.retry.attempts = 1;
  o.lane.delivery.breaker = {failures, probe_every};
  o.queue.events = events;
  return o;
}

}  // namespace

TEST_CASE("failures in a row quarantine a subscriber and the others go on") {
  World w;
  Listener& bad = w.add("bad", answers(HARK_RETRY), breaks_after(3, 1h));
  Listener& well = w.add("well", answers(HARK_OK));
  for (int i = 0; i < 10; ++i) w.publish("n", std::to_string(i));
  CHECK(w.quiet());  // a quarantined subscriber is not waited for
  CHECK(eventually([&] { return well.count() == 10; }));
  CHECK(w.seen.notes("quarantined bad 3").size() == 1);
  CHECK(w.read(bad).quarantined);
  CHECK(bad.count() == 3);
  w.end();
  CHECK(w.dead(bad, Reason::attempts) == 3);
  CHECK(w.dead(bad, Reason::shutdown) == 7);
}

TEST_CASE("a success in between starts the count anew and REJECT does not count") {
  World w;
  Listener& a = w.add(
      "a",
      [n = 0](const hark_delivery&, hark_error*) mutable {
        ++n;
        return n % 3 == 0 ? HARK_OK : n % 3 == 1 ? HARK_RETRY : HARK_REJECT;
      },
      breaks_after(2, 1h));
  for (int i = 0; i < 30; ++i) w.publish("n");
  REQUIRE(w.quiet());
  CHECK(a.count() == 30);
  CHECK(w.seen.notes("quarantined").empty());
}

TEST_CASE("nobody waits for a quarantined subscriber and what finds its queue full is dead-lettered") {
  World w;
  Listener& bad = w.add("bad", answers(HARK_RETRY), breaks_after(1, 1h, 2));
  Listener& well = w.add("well", answers(HARK_OK));
  w.publish("n", "0");
  REQUIRE(eventually([&] { return w.read(bad).quarantined; }));
  for (int i = 1; i < 6; ++i) CHECK(w.publish("n", std::to_string(i)) == Publish::ok);
  CHECK(eventually([&] { return well.count() == 6; }));
  CHECK(w.dead(bad, Reason::quarantined) == 3);
  CHECK(w.seen.letters().back().reason == "quarantined");
  std::uint64_t events = 0, bytes = 0;
  w.bus.room("n", events, bytes);
  CHECK(events > 1000);
  w.end();
  CHECK(w.dead(bad, Reason::shutdown) == 2);
}

// Regression: it was dead-lettered all the same.
TEST_CASE("what finds the queue of a quarantined subscriber full is dropped with dead_letter off") {
  bus::SubscriberOptions o = breaks_after(1, 1h, 2);
  o.lane.delivery.dead_letter = false;
  World w;
  Listener& bad = w.add("bad", answers(HARK_RETRY), o);
  w.publish("n");
  REQUIRE(eventually([&] { return w.read(bad).quarantined; }));
  for (int i = 0; i < 5; ++i) CHECK(w.publish("n") == Publish::ok);
  CHECK(w.dropped(bad, Reason::no_dead_letters) == 4);
  CHECK(w.seen.letters().empty());
}

TEST_CASE("a publisher that waits for room is let go when the subscriber is quarantined") {
  Gate gate;
  bus::SubscriberOptions o = breaks_after(1, 1h, 1);
  o.lane.delivery.retry = {5, 1h, 1h, false};  // the only credit stays with the one that waits for its next attempt
  World w;
  Listener& bad = w.add(
      "bad",
      [&](const hark_delivery&, hark_error*) {
        gate.pass();
        return HARK_RETRY;
      },
      o);
  w.publish("n", "0");
  std::atomic<int> done{0};
  const std::int64_t until = core::now_ns() + std::chrono::nanoseconds(patience).count();
  std::vector<std::thread> waiting;
  for (int i = 0; i < 3; ++i) {
    waiting.emplace_back([&] {
      if (w.publish_wait("n", "1", until) == Publish::ok) ++done;
    });
  }
  REQUIRE(eventually([&] { return bad.subscriber.inbox().credits().has_waiters(); }));
  gate.open();
  for (auto& t : waiting) t.join();
  CHECK(done == 3);
  CHECK(core::now_ns() < until);
  CHECK(w.dead(bad, Reason::quarantined) == 3);
}

TEST_CASE("a probe that succeeds revives the subscriber and what waited is delivered in order") {
  std::atomic<bool> well{false};
  World w;
  Listener& a =
      w.add("a", [&](const hark_delivery&, hark_error*) { return well ? HARK_OK : HARK_RETRY; }, breaks_after(2, 2ms));
  for (int i = 0; i < 5; ++i) w.publish("n", std::to_string(i));
  REQUIRE(eventually([&] { return w.read(a).quarantined; }));
  well = true;
  REQUIRE(eventually([&] { return !w.read(a).quarantined; }));
  REQUIRE(w.quiet());
  CHECK(w.seen.notes("recovered a").size() == 1);
  CHECK(w.seen.notes("quarantined a").size() == 1);
  CHECK(a.data() == std::vector<std::string>{"0", "1", "2", "3", "4"});
  CHECK(w.read(a).acknowledged + w.dead(a, Reason::attempts) == 5);
}

TEST_CASE("a probe that fails leaves the subscriber in quarantine and is made one at a time") {
  bus::SubscriberOptions o = breaks_after(1, 1ms);
  o.lane.max_in_flight = o.lane.max_batch = 8;
  World w;
  Listener& a = w.add("a", answers(HARK_RETRY), o);
  for (int i = 0; i < 6; ++i) w.publish("n", std::to_string(i));
  CHECK(eventually([&] { return w.dead(a, Reason::attempts) == 6; }));
  CHECK(w.read(a).quarantined);
  CHECK(w.seen.notes("quarantined a").size() == 1);
  CHECK(w.seen.notes("recovered").empty());
}

TEST_CASE("a probe that answers PENDING is decided by its completion") {
  bus::SubscriberOptions o = breaks_after(1, 1ms);
  o.lane.max_in_flight = 4;
  std::atomic<bool> pend{false};
  World w;
  Listener& a = w.add("a", [&](const hark_delivery&, hark_error*) { return pend ? HARK_PENDING : HARK_RETRY; }, o);
  w.publish("n", "0");
  REQUIRE(eventually([&] { return w.read(a).quarantined; }));
  pend = true;
  w.publish("n", "1");
  w.publish("n", "2");
  REQUIRE(eventually([&] { return a.count() == 2; }));
  CHECK(w.read(a).quarantined);
  CHECK(a.complete(a.got()[1].ticket, HARK_OK));
  CHECK(eventually([&] { return !w.read(a).quarantined && a.count() == 3; }));
  CHECK(a.complete(a.got()[2].ticket, HARK_OK));
  CHECK(w.quiet());
}
