// Subscriptions that come and go while others publish.
#include <thread>

#include "world.h"

using namespace hark;
using namespace hark::test;

TEST_CASE("a dynamic subscription is named in its deliveries and the configured one is 0") {
  World w;
  Listener& a = w.add("a", answers(HARK_OK), quick(), "one");
  const std::uint64_t id = w.hear(a, "two");
  w.publish("one");
  w.publish("two");
  REQUIRE(w.quiet());
  CHECK(a.got()[0].subscription == 0);
  CHECK(a.got()[1].subscription == id);
  CHECK(w.bus.registry().remove(a.subscriber, id));
  CHECK_FALSE(w.bus.registry().remove(a.subscriber, id));
  w.publish("two");
  CHECK(w.bus.read().publishers.at(0).unmatched == 1);
}

TEST_CASE("a subscriber takes back its own subscriptions only") {
  World w;
  Listener& a = w.add("a", answers(HARK_OK), quick(), "");
  Listener& b = w.add("b", answers(HARK_OK), quick(), "");
  const std::uint64_t id = w.hear(a, "n");
  CHECK_FALSE(w.bus.registry().remove(b.subscriber, id));
  CHECK_FALSE(w.bus.registry().remove(b.subscriber, 0));
  CHECK(w.bus.registry().is_live(id));
}

TEST_CASE("after a handler has unsubscribed no delivery of that subscription starts") {
  Gate gate;
  std::atomic<std::uint64_t> id{0};
  std::atomic<int> after{0};
  Listener* self = nullptr;
  World w;
  Listener& a = w.add(
      "a",
      [&](const hark_delivery& d, hark_error*) {
        if (d.subscription == 0) {
          gate.pass();
          w.bus.registry().remove(self->subscriber, id);
          id = 0;
        } else if (id == 0) {
          ++after;
        }
        return HARK_OK;
      },
      quick(), "stop");
  self = &a;
  id = w.hear(a, "n");
  w.publish("stop");
  for (int i = 0; i < 20; ++i) w.publish("n");
  gate.open();
  REQUIRE(w.quiet());
  CHECK(after == 0);
  CHECK(w.dropped(a, Reason::unsubscribed) == 20);
}

// Regression: one that waited for its next attempt was delivered all the same.
TEST_CASE("a delivery that waits for its next attempt ends with its subscription") {
  bus::SubscriberOptions o = quick();
  o.lane.delivery.retry = {5, 20ms, 20ms, false};
  World w;
  Listener& a = w.add("a", answers(HARK_RETRY), o, "");
  const std::uint64_t id = w.hear(a, "n");
  w.publish("n");
  REQUIRE(eventually([&] { return w.read(a).retrying == 1; }));
  CHECK(w.bus.registry().remove(a.subscriber, id));
  const std::size_t before = a.count();
  REQUIRE(w.quiet());
  CHECK(a.count() == before);
  CHECK(w.dropped(a, Reason::unsubscribed) == 1);
}

TEST_CASE("subscriptions come and go while others publish and every event is accounted for") {
  World w;
  Listener& steady = w.add("steady", answers(HARK_OK));
  Listener& moody = w.add("moody", answers(HARK_OK), quick(), "");
  std::atomic<bool> done{false};
  std::vector<std::thread> publishers;
  for (int p = 0; p < 2; ++p) {
    publishers.emplace_back([&] {
      for (int i = 0; i < 3000; ++i) w.publish_wait(i % 2 == 0 ? "a.b" : "c", "1");
    });
  }
  std::thread changes([&] {
    while (!done) {
      const std::uint64_t one = w.hear(moody, "a.*"), two = w.hear(moody, "**");
      std::this_thread::yield();
      w.bus.registry().remove(moody.subscriber, one);
      w.bus.registry().remove(moody.subscriber, two);
    }
  });
  for (auto& t : publishers) t.join();
  done = true;
  changes.join();
  REQUIRE(w.quiet());
  CHECK(steady.count() == 6000);
  CHECK(w.read(moody).matched == moody.count() + w.dropped(moody, Reason::unsubscribed));
  CHECK(w.bus.registry().size() == 1);
}

TEST_CASE("when revoke returns no publish pushes to the subscriber any more") {
  std::atomic<bool> done{false};
  World w;
  std::thread speaks([&] {
    while (!done) w.publish_wait("n", "1");
  });
  for (int round = 0; round < 100; ++round) {
    bus::SubscriberOptions o = quick();
    o.queue.events = 8;
    Listener& a = w.add("a" + std::to_string(round), answers(HARK_OK), o);
    REQUIRE(eventually([&] { return a.count() > 3; }));
    w.stop(a);
    const std::uint64_t matched = w.read(a).matched;
    for (int i = 0; i < 10; ++i) std::this_thread::yield();
    CHECK(w.read(a).matched == matched);
  }
  done = true;
  speaks.join();
}
