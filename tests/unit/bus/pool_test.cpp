// Lanes on threads: stuck ones delay nobody, AFFINE ones stay where they are.
#include <thread>

#include "bus/pool.h"
#include "world.h"

using namespace hark;
using namespace hark::test;

TEST_CASE("more stuck subscribers than threads delay nobody else") {
  Gate gate;
  World w({16, 1u << 20, 2});
  for (int i = 0; i < 6; ++i) {
    w.add("stuck" + std::to_string(i), [&](const hark_delivery&, hark_error*) {
      gate.pass();
      return HARK_OK;
    });
  }
  Listener& well = w.add("well", answers(HARK_OK));
  for (int i = 0; i < 100; ++i) CHECK(w.publish("n", std::to_string(i)) == Publish::ok);
  CHECK(eventually([&] { return well.count() == 100; }));
  CHECK(eventually([&] { return gate.waiting() == 6; }));
  gate.open();
  CHECK(w.quiet());
}

TEST_CASE("control calls that take their time delay nobody else") {
  Gate gate;
  World w({16, 1u << 20, 2});
  Listener& well = w.add("well", answers(HARK_OK));
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) {
    Listener& l = w.add("slow" + std::to_string(i), answers(HARK_OK), quick(), "");
    callers.emplace_back([&] { l.lane().call([&] { gate.pass(); }); });
  }
  REQUIRE(eventually([&] { return gate.waiting() >= 2; }));
  w.publish("n");
  CHECK(eventually([&] { return well.count() == 1; }));
  CHECK(eventually([&] { return gate.waiting() == 4; }));
  gate.open();
  for (auto& t : callers) t.join();
}

TEST_CASE("a call that overstays its timeout is told once") {
  Gate gate;
  bus::SubscriberOptions o = quick();
  o.lane.delivery.timeout = 10ms;
  World w;
  w.add(
      "slow",
      [&](const hark_delivery&, hark_error*) {
        gate.pass();
        return HARK_OK;
      },
      o);
  w.publish("n");
  CHECK(eventually([&] { return w.seen.notes("overstays slow").size() == 1; }));
  gate.open();
  REQUIRE(w.quiet());
  CHECK(w.seen.notes("overstays").size() == 1);
}

TEST_CASE("an affine plugin sees one thread for everything") {
  bus::SubscriberOptions o = quick();
  o.own_thread = true;
  World w;
  Listener& a =
      w.add("a", [](const hark_delivery& d, hark_error*) { return d.attempt == 1 ? HARK_RETRY : HARK_OK; }, o);
  std::thread::id control;
  a.lane().call([&] { control = std::this_thread::get_id(); });
  CHECK(control != std::this_thread::get_id());
  std::vector<std::thread> publishers;
  for (int p = 0; p < 3; ++p) {
    publishers.emplace_back([&] {
      for (int i = 0; i < 50; ++i) w.publish_wait("n", "1");
    });
  }
  for (auto& t : publishers) t.join();
  REQUIRE(w.quiet());
  CHECK(a.count() == 300);
  bool one = true;
  for (const Got& g : a.got()) one = one && g.thread == control;
  CHECK(one);
}

TEST_CASE("the deliveries of one subscriber never run at the same time") {
  std::atomic<int> inside{0};
  std::atomic<bool> together{false};
  bus::SubscriberOptions o = quick();
  o.queue.events = 50;
  World w({16, 1u << 20, 4});
  Listener& a = w.add(
      "a",
      [&](const hark_delivery&, hark_error*) {
        if (++inside != 1) together = true;
        std::this_thread::yield();
        --inside;
        return HARK_OK;
      },
      o);
  std::vector<std::thread> publishers;
  for (int p = 0; p < 4; ++p) {
    publishers.emplace_back([&] {
      for (int i = 0; i < 500; ++i) w.publish_wait("n", "1");
    });
  }
  for (int i = 0; i < 200; ++i)
    a.lane().call([&] {
      if (++inside != 1) together = true;
      --inside;
    });
  for (auto& t : publishers) t.join();
  REQUIRE(w.quiet());
  CHECK(a.count() == 2000);
  CHECK_FALSE(together);
}

TEST_CASE("a call from within the lane runs at once") {
  Listener* self = nullptr;
  std::atomic<bool> ran{false};
  World w;
  Listener& a = w.add(
      "a",
      [&](const hark_delivery&, hark_error*) {
        self->lane().call([&] { ran = true; });
        return ran ? HARK_OK : HARK_REJECT;
      },
      quick(), "");
  self = &a;
  w.hear(a, "**", true);
  w.publish("n");
  REQUIRE(w.quiet());
  CHECK(w.read(a).acknowledged == 1);
}

TEST_CASE("a pool stops twice without harm and runs nothing afterwards") {
  Observed seen;
  bus::Pool pool(seen, 3);
  CHECK(pool.threads() == 3);
  pool.stop();
  pool.stop();
}
