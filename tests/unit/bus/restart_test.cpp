// FATAL: the instance is replaced, its event goes to the next generation.
#include <thread>

#include "world.h"

using namespace hark;
using namespace hark::test;

TEST_CASE("FATAL restarts the instance and its event comes first in the next generation") {
  World w;
  Listener& a = w.add("a", [](const hark_delivery& d, hark_error* e) {
    say(e, "lost my connection");
    return core::view(d.event->data) == "1" && d.attempt == 1 ? HARK_FATAL : HARK_OK;
  });
  for (int i = 0; i < 4; ++i) w.publish("n", std::to_string(i));
  REQUIRE(w.quiet());
  CHECK(a.restarts() == 1);
  CHECK(a.data() == std::vector<std::string>{"0", "1", "1", "2", "3"});
  CHECK(a.got()[2].attempt == 2);
  CHECK(a.got()[2].flags == HARK_D_REDELIVERED);
  CHECK(w.read(a).acknowledged == 4);
  CHECK(w.seen.failures().at(0).error == "lost my connection");
}

TEST_CASE("an event that is fatal each time is given up after its attempts") {
  World w;
  Listener& a = w.add(
      "a", [](const hark_delivery& d, hark_error*) { return core::view(d.event->data) == "0" ? HARK_FATAL : HARK_OK; });
  w.publish("n", "0");
  w.publish("n", "1");
  REQUIRE(w.quiet());
  CHECK(a.restarts() == 3);
  CHECK(w.dead(a, Reason::attempts) == 1);
  CHECK(w.read(a).acknowledged == 1);
}

TEST_CASE("when the restart is refused the subscriber is quarantined for good") {
  bus::SubscriberOptions o = quick();
  o.lane.delivery.breaker = {5, 1ms};
  o.queue.events = 3;
  World w;
  Listener& a = w.add("a", answers(HARK_FATAL), o, "");
  Listener& well = w.add("well", answers(HARK_OK));
  a.on_restart = [] { return false; };
  w.hear(a, "**", true);
  w.publish("n", "0");
  REQUIRE(eventually([&] { return w.read(a).quarantined; }));
  for (int i = 1; i < 6; ++i) CHECK(w.publish("n", std::to_string(i)) == Publish::ok);
  REQUIRE(eventually([&] { return well.count() == 6; }));
  CHECK(w.quiet());
  CHECK(a.count() == 1);  // no probe, however long it takes
  CHECK(w.dead(a, Reason::quarantined) == 3);
  w.end();
  CHECK(w.dead(a, Reason::shutdown) == 3);
}

TEST_CASE("what a broken instance still kept goes to its next generation with its attempts unchanged") {
  bus::SubscriberOptions o = quick();
  o.lane.max_in_flight = 4;
  std::atomic<bool> restarted{false};
  World w;
  Listener& a = w.add(
      "a",
      [&](const hark_delivery& d, hark_error*) {
        if (restarted) return HARK_OK;
        return core::view(d.event->data) == "2" ? HARK_FATAL : HARK_PENDING;
      },
      o, "");
  a.on_restart = [&] { return restarted = true; };
  w.hear(a, "**", true);
  for (int i = 0; i < 3; ++i) w.publish("n", std::to_string(i));
  REQUIRE(w.quiet());
  REQUIRE(a.count() == 6);
  CHECK(a.data() == std::vector<std::string>{"0", "1", "2", "0", "1", "2"});
  CHECK(a.got()[3].attempt == 1);
  CHECK(a.got()[3].flags == HARK_D_REDELIVERED);
  CHECK(a.got()[5].attempt == 2);
  CHECK_FALSE(a.complete(a.got()[0].ticket, HARK_OK));
}

TEST_CASE("a batch that was fatal is redelivered in its order") {
  bus::SubscriberOptions o = quick();
  o.lane.max_in_flight = o.lane.max_batch = 4;
  Gate gate;
  static Gate* at;
  at = &gate;
  World w;
  Listener& a = w.add("a", answers(HARK_OK), o, "**",
                      [](hark_instance* i, const hark_delivery* const* d, std::uint32_t n, hark_result*, hark_error*) {
                        if (Listener::self(i).count() == 0) at->pass();
                        for (std::uint32_t k = 0; k < n; ++k) Listener::self(i).note(*d[k]);
                        return d[0]->attempt == 1 && core::view(d[0]->event->data) != "99" ? HARK_FATAL : HARK_OK;
                      });
  w.publish("n", "99");
  REQUIRE(eventually([&] { return gate.waiting() == 1; }));
  for (int i = 0; i < 4; ++i) w.publish("n", std::to_string(i));
  gate.open();
  REQUIRE(w.quiet());
  std::vector<std::string> redelivered;
  for (const Got& g : a.got()) {
    if (g.attempt == 2) redelivered.push_back(g.data);
  }
  CHECK(redelivered == std::vector<std::string>{"0", "1", "2", "3"});
}

// Regression: a subscriber that broke just when it was stopped was made anew after its end.
TEST_CASE("a subscriber that has been stopped is not restarted") {
  World w;
  for (int round = 0; round < 20; ++round) {
    Gate gate;
    std::atomic<bool> stopped{false}, restarted_late{false};
    Listener& a = w.add(
        "a" + std::to_string(round),
        [&](const hark_delivery&, hark_error*) {
          gate.pass();
          return HARK_FATAL;
        },
        quick(), "");
    a.on_restart = [&] {
      if (stopped) restarted_late = true;
      return true;
    };
    w.hear(a, "**", true);
    w.publish("n");
    REQUIRE(eventually([&] { return gate.waiting() == 1; }));
    std::thread stops([&] {
      w.stop(a);
      stopped = true;
    });
    REQUIRE(eventually([&] { return w.bus.registry().size() == 0; }));
    for (int i = 0; i < 100; ++i) std::this_thread::yield();  // mostly the stop waits for the lane by now
    gate.open();
    stops.join();
    a.lane().call([] {});
    CHECK_FALSE(restarted_late);
  }
}
