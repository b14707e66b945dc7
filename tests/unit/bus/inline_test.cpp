// Inline deliveries: in the publisher's thread, after the queues, and what of it goes to the lane.
#include <stdexcept>
#include <thread>

#include "bus/call_scope.h"
#include "world.h"

using namespace hark;
using namespace hark::test;

namespace {

bus::SubscriberOptions in_line() {
  bus::SubscriberOptions o = quick();
  o.in_line = true;
  return o;
}

}  // namespace

TEST_CASE("an inline subscriber is called in the publisher's thread after all pushes") {
  Gate gate;
  Listener* queued = nullptr;
  std::uint64_t in_queue = 0;
  World w;
  Listener& first = w.add(
      "first",
      [&](const hark_delivery&, hark_error*) {
        in_queue = queued->subscriber.inbox().credits().events();
        return HARK_OK;
      },
      in_line(), "");
  queued = &w.add("queued", [&](const hark_delivery&, hark_error*) {
    gate.pass();
    return HARK_OK;
  });
  w.hear(first, "**", true);
  w.publish("n");
  CHECK(first.count() == 1);  // before publish returned
  CHECK(first.got()[0].thread == std::this_thread::get_id());
  CHECK(in_queue == 1);
  gate.open();
  REQUIRE(w.quiet());
  CHECK(w.read(first).acknowledged == 1);
  CHECK(first.subscriber.inbox().credits().events() == 0);
}

TEST_CASE("what an inline subscriber publishes waits until its call is over") {
  std::vector<std::string> order;  // all on this thread
  int depth = 0;
  bool nested = false;
  World w;
  Listener& a = w.add(
      "a",
      [&](const hark_delivery& d, hark_error*) {
        nested = nested || depth != 0;
        ++depth;
        order.push_back("a " + std::string(core::view(d.event->type)));
        if (core::view(d.event->type) == "one") {
          const bus::ChainLink link = bus::ChainLink::of(*d.event);
          w.publish("two", "{}", &link);
          w.publish("three", "{}", &link);
          order.push_back("a done");
        }
        --depth;
        return HARK_OK;
      },
      in_line());
  Listener& b = w.add(
      "b",
      [&](const hark_delivery& d, hark_error*) {
        nested = nested || depth != 0;
        order.push_back("b " + std::string(core::view(d.event->type)));
        return HARK_SKIP;
      },
      in_line());
  w.publish("one");
  CHECK_FALSE(nested);
  CHECK(order == std::vector<std::string>{"a one", "a done", "b one", "a two", "b two", "a three", "b three"});
  CHECK(a.got()[1].cause == a.got()[0].uid);
  CHECK(a.got()[1].hops == 1);
  CHECK(w.read(b).skipped == 3);
}

TEST_CASE("an inline subscriber that publishes to itself ends with the hops") {
  World w({16, 1u << 20, 2});
  Listener& a = w.add(
      "a",
      [&](const hark_delivery& d, hark_error*) {
        const bus::ChainLink link = bus::ChainLink::of(*d.event);
        w.publish("n", "{}", &link);
        return HARK_OK;
      },
      in_line());
  w.publish("n");
  CHECK(a.count() == 17);
  CHECK(w.refused(Refusal::loop) == 1);
}

TEST_CASE("what a queued subscriber publishes reaches an inline one after its handler has returned") {
  std::atomic<bool> inside{false}, beside{false};
  World w;
  w.add(
      "queued",
      [&](const hark_delivery& d, hark_error*) {
        inside = true;
        const bus::ChainLink link = bus::ChainLink::of(*d.event);
        w.publish("second", "{}", &link);
        inside = false;
        return HARK_OK;
      },
      quick(), "first");
  Listener& a = w.add(
      "a",
      [&](const hark_delivery&, hark_error*) {
        beside = beside || inside;
        return HARK_OK;
      },
      in_line(), "second");
  for (int i = 0; i < 10; ++i) w.publish("first");
  REQUIRE(w.quiet());
  CHECK(a.count() == 10);
  CHECK_FALSE(beside);
}

// Regression: it started, since nothing looked at the subscription any more.
TEST_CASE("an inline delivery that waits for the end of a call does not start when its subscription has gone") {
  World w;
  Listener& late = w.add("late", answers(HARK_OK), in_line(), "");
  const std::uint64_t id = w.hear(late, "n");
  w.add(
      "first",
      [&](const hark_delivery&, hark_error*) {
        w.publish("n");
        w.bus.registry().remove(late.subscriber, id);
        return HARK_OK;
      },
      quick(), "start");
  w.publish("start");
  REQUIRE(w.quiet());
  CHECK(late.count() == 0);
  CHECK(w.dropped(late, Reason::unsubscribed) == 1);
}

TEST_CASE("what an inline subscriber wants to try again is tried on its lane") {
  World w;
  Listener& a = w.add(
      "a",
      [](const hark_delivery& d, hark_error*) -> hark_result {
        if (d.attempt == 1) throw std::runtime_error("not here");
        return HARK_OK;
      },
      in_line());
  w.publish("n", "1");
  REQUIRE(w.quiet());
  REQUIRE(a.count() == 2);
  CHECK(a.got()[0].thread == std::this_thread::get_id());
  CHECK(a.got()[1].thread != std::this_thread::get_id());
  CHECK(a.got()[1].attempt == 2);
  CHECK(a.got()[0].uid == a.got()[1].uid);
  CHECK(w.seen.failures().at(0).error == "not here");
  CHECK(w.read(a).acknowledged == 1);
}

TEST_CASE("PENDING is refused to an inline call") {
  World w;
  Listener& a = w.add("a", answers(HARK_PENDING), in_line());
  w.publish("n");
  REQUIRE(w.quiet());
  CHECK(w.dead(a, Reason::rejected) == 1);
  CHECK(w.seen.notes("misbehaved a answered PENDING to an inline call").size() == 1);
  CHECK_FALSE(a.complete(a.got()[0].ticket, HARK_OK));
  bus::ChainLink link;
  CHECK_FALSE(a.lane().chain_of(a.got()[0].ticket, link));
}

TEST_CASE("unknown codes of an inline call mean what they mean elsewhere") {
  World w;
  Listener& a = w.add(
      "a", [](const hark_delivery& d, hark_error*) { return std::stoi(std::string(core::view(d.event->data))); },
      in_line());
  w.publish("n", "77");
  w.publish("n", "-77");
  w.publish("n", "-2");
  REQUIRE(w.quiet());
  CHECK(w.read(a).acknowledged == 1);
  CHECK(w.dead(a, Reason::rejected) == 2);
  CHECK(w.seen.notes("misbehaved").size() == 2);
}

TEST_CASE("an inline instance is not replaced while another thread is inside it") {
  Gate gate;
  std::atomic<bool> inside{false}, replaced_under_it{false};
  World w;
  Listener& a = w.add(
      "a",
      [&](const hark_delivery& d, hark_error*) {
        if (d.attempt > 1) return HARK_OK;
        if (core::view(d.event->data) == "1") return HARK_FATAL;
        inside = true;
        gate.pass();
        inside = false;
        return HARK_OK;
      },
      in_line(), "");
  a.on_restart = [&] {
    replaced_under_it = inside.load();
    return true;
  };
  w.hear(a, "**", true);
  std::thread stays([&] { w.publish("n", "0"); });
  REQUIRE(eventually([&] { return gate.waiting() == 1; }));
  w.publish("n", "1");
  REQUIRE(eventually([&] { return w.seen.failures().size() == 1; }));
  for (int i = 0; i < 1000; ++i) std::this_thread::yield();
  CHECK(a.restarts() == 0);
  gate.open();
  stays.join();
  REQUIRE(w.quiet());
  CHECK(a.restarts() == 1);
  CHECK_FALSE(replaced_under_it);
  CHECK(w.read(a).acknowledged == 2);
}

TEST_CASE("a quarantined inline subscriber is queued for and probed on its lane") {
  bus::SubscriberOptions o = in_line();
  o.lane.delivery.retry.attempts = 1;
  o.lane.delivery.breaker = {1, 1ms};
  std::atomic<bool> well{false};
  World w;
  Listener& a = w.add("a", [&](const hark_delivery&, hark_error*) { return well ? HARK_OK : HARK_RETRY; }, o);
  w.publish("n", "0");
  REQUIRE(eventually([&] { return w.read(a).quarantined; }));
  well = true;
  w.publish("n", "1");
  REQUIRE(eventually([&] { return a.lane().in_line.allowed(); }));
  CHECK(a.got().at(1).thread != std::this_thread::get_id());
  w.publish("n", "2");
  CHECK(a.got().at(2).thread == std::this_thread::get_id());
  REQUIRE(w.quiet());
  CHECK(w.read(a).acknowledged == 2);
}

TEST_CASE("what fails inline and finds no room in the queue is dead-lettered") {
  bus::SubscriberOptions o = in_line();
  o.queue.events = 1;
  o.lane.delivery.retry = {5, 1h, 1h, false};
  World w;
  Listener& a = w.add("a", answers(HARK_RETRY), o);
  w.publish("n", "0");
  w.publish("n", "1");
  CHECK(w.dead(a, Reason::attempts) == 1);
  REQUIRE(eventually([&] { return w.read(a).retrying == 1; }));
  CHECK(w.read(a).failures == 2);
  CHECK(w.seen.failures().size() == 2);
  w.end();
  CHECK(w.dead(a, Reason::shutdown) == 1);
}

// Regression: it was dead-lettered all the same.
TEST_CASE("what fails inline and finds no room is dropped with dead_letter off") {
  bus::SubscriberOptions o = in_line();
  o.queue.events = 1;
  o.lane.delivery.retry = {5, 1h, 1h, false};
  o.lane.delivery.dead_letter = false;
  World w;
  Listener& a = w.add("a", answers(HARK_RETRY), o);
  w.publish("n", "0");
  w.publish("n", "1");
  CHECK(w.dropped(a, Reason::no_dead_letters) == 1);
  CHECK(w.seen.letters().empty());
}

// Regression: an inline call that had been postponed was made beside the stop of its instance.
TEST_CASE("no inline call is under way when deliveries have been stopped") {
  Gate gate;
  std::atomic<bool> inside{false}, postponed{false}, revoked{false}, beside{false};
  World w;
  Listener& a = w.add(
      "a",
      [&](const hark_delivery&, hark_error*) {
        inside = true;
        gate.pass();
        inside = false;
        return HARK_OK;
      },
      in_line());
  std::thread speaks([&] {
    {
      const bus::Identity somebody{"somebody", "", ""};
      const bus::CallScope in_a_call(somebody);
      w.publish("n");
    }
    postponed = true;
    while (!revoked) std::this_thread::yield();
    w.bus.run_outbox();
  });
  REQUIRE(eventually([&] { return postponed.load(); }));
  w.bus.revoke(a.subscriber);
  revoked = true;
  REQUIRE(eventually([&] { return gate.waiting() == 1; }));
  std::thread stops([&] {
    a.lane().call([&] {
      a.lane().stop_deliveries();
      beside = inside.load();
    });
  });
  for (int i = 0; i < 1000; ++i) std::this_thread::yield();
  gate.open();
  stops.join();
  speaks.join();
  CHECK_FALSE(beside);
}

// Regression: one that came too late for the instance was kept for ever.
TEST_CASE("an inline call that comes after the stop of its instance is dead-lettered") {
  World w;
  Listener& a = w.add("a", answers(HARK_OK), in_line());
  {
    const bus::Identity somebody{"somebody", "", ""};
    const bus::CallScope in_a_call(somebody);
    w.publish("n");
    w.stop(a);
  }
  w.bus.run_outbox();
  CHECK(eventually([&] { return w.dead(a, Reason::shutdown) == 1; }));
  CHECK(a.count() == 0);
}

TEST_CASE("an inline call that meets a restart is made on the lane and counts as no failure") {
  World w;
  Listener& a = w.add("a", answers(HARK_OK), in_line());
  {
    const bus::Identity somebody{"somebody", "", ""};
    const bus::CallScope in_a_call(somebody);
    w.publish("n");
  }
  a.lane().in_line.forbid();  // as while it is restarted
  w.bus.run_outbox();
  REQUIRE(w.quiet());
  CHECK(w.read(a).acknowledged == 1);
  CHECK(a.got().at(0).attempt == 1);
  CHECK(a.got()[0].thread != std::this_thread::get_id());
  CHECK(w.seen.notes("held").empty());
}

// Regression: a success that came in between the failure and the restart allowed inline calls again.
TEST_CASE("no inline call is made between a fatal answer and the end of the restart") {
  bus::SubscriberOptions o = in_line();
  o.lane.max_in_flight = 4;
  o.lane.delivery.breaker = {1, 1ns};
  Gate gate;
  std::atomic<int> step{0};
  std::atomic<bool> restarting{false}, beside{false};
  World w;
  Listener& a = w.add(
      "a",
      [&](const hark_delivery&, hark_error*) -> hark_result {
        if (restarting) beside = true;
        switch (step++) {
          case 0: return HARK_RETRY;    // opens the breaker: from here on it is queued for
          case 1: return HARK_PENDING;  // the probe
          default: return HARK_OK;
        }
      },
      o, "");
  a.on_restart = [&] {
    restarting = true;
    gate.pass();
    restarting = false;
    return true;
  };
  w.hear(a, "**", true);
  w.publish("n", "0");
  REQUIRE(eventually([&] { return a.count() == 2; }));
  // The answer of the probe arrives together with a fatal one.
  const std::uint64_t probe = a.got()[1].ticket;
  a.lane().call([&] {
    core::Stamp stamp;
    stamp.uid = stamp.root = core::make_uid(1);
    hark_event event;
    event = core::view_message(message("n", "1"), core::str("/x"), stamp);
    core::Record* record = core::solo_record(event, stamp);
    CHECK(a.subscriber.inbox().credits().reserve(record->total));
    a.subscriber.inbox().matched_elsewhere.add();
    a.lane().hand_over({{record, 0, 1, 0}, HARK_FATAL, "broken"});
    a.complete(probe, HARK_OK);
  });
  REQUIRE(eventually([&] { return gate.waiting() == 1; }));
  w.publish("n", "2");
  CHECK_FALSE(a.lane().in_line.allowed());
  gate.open();
  REQUIRE(w.quiet());
  CHECK_FALSE(beside);
  CHECK(eventually([&] { return a.lane().in_line.allowed(); }));
}
