// Lanes on threads: stuck ones delay nobody, AFFINE ones stay where they are.
#include <thread>

#include "bus/pool.h"
#include "core/pause.h"
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
  const auto stacks = w.seen.notes("stack of slow: ");
  REQUIRE(stacks.size() == 1);
  INFO(stacks[0]);
  CHECK(stacks[0].find("bus_tests+0x") != std::string::npos);
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

// Events that come every microsecond or so: their lanes are not woken for each, but looked at now and then.
TEST_CASE("lanes that wait for more of a stream lose nothing, keep its order, and delay no other lane") {
  const bool own_thread = GENERATE(false, true);
  bus::SubscriberOptions o = quick();
  o.own_thread = own_thread;
  o.queue.events = 10'000;
  World w({16, 1u << 20, 2});
  Listener& stream = w.add("stream", answers(HARK_OK), o, "s");
  Listener& rare = w.add("rare", answers(HARK_OK), quick(), "r");
  constexpr int n = 20'000;
  std::atomic<bool> done{false};
  std::thread publisher([&] {
    for (int i = 0; i < n; ++i) {
      w.publish_wait("s", std::to_string(i));
      for (const std::int64_t until = core::now_ns() + 500; core::now_ns() < until;) {
      }
    }
    done = true;
  });
  std::size_t asked = 0;
  while (!done) {
    w.publish_wait("r", "1");
    ++asked;
    REQUIRE(eventually([&] { return rare.count() == asked; }));
    stream.lane().call([] {});
  }
  publisher.join();
  REQUIRE(w.quiet());
  REQUIRE(stream.count() == n);
  const std::vector<std::string> data = stream.data();
  bool in_order = true;
  for (int i = 0; i < n; ++i) in_order = in_order && data[static_cast<std::size_t>(i)] == std::to_string(i);
  CHECK(in_order);
}

// Whether it was held to be slow after batches that took so long.
bool slow_after_batches(std::chrono::nanoseconds each) {
  static std::chrono::nanoseconds takes;
  takes = each;
  bus::SubscriberOptions o = quick();
  o.queue.events = 1000;
  o.lane.max_in_flight = o.lane.max_batch = 256;
  World w({16, 1u << 20, 2});
  Listener& a = w.add("a", answers(HARK_OK), o, "**",
                      [](hark_instance*, const hark_delivery* const*, std::uint32_t, hark_result*, hark_error*) {
                        core::pause_for(takes);
                        return HARK_OK;
                      });
  a.lane().call([&] {
    for (int i = 0; i < 1000; ++i) w.publish("n");
  });
  REQUIRE(w.quiet());
  return a.lane().is_slow();
}

TEST_CASE("a lane is slow by the time that an event takes it, not a batch") {
  CHECK(slow_after_batches(2ms));
#if !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)  // there the lane itself takes its time
  bool quick_once = false;                                           // another program may hold it up
  for (int i = 0; i < 10 && !quick_once; ++i) quick_once = !slow_after_batches(150us);
  CHECK(quick_once);
#endif
}

// How many calls of one lane came in a row, of two that have 40 of 256 events each and one thread.
[[maybe_unused]] std::size_t longest_turn() {
  static std::mutex mutex;
  static std::vector<char> calls;  // by whom
  calls.clear();
  bus::SubscriberOptions o = quick();
  o.queue.events = 20'000;
  o.lane.max_in_flight = o.lane.max_batch = 256;
  World w({16, 1u << 20, 1});
  constexpr auto one = [](hark_instance*, const hark_delivery* const*, std::uint32_t, hark_result*, hark_error*) {
    const std::lock_guard lock(mutex);
    calls.push_back('1');
    return HARK_OK;
  };
  constexpr auto two = [](hark_instance*, const hark_delivery* const*, std::uint32_t, hark_result*, hark_error*) {
    const std::lock_guard lock(mutex);
    calls.push_back('2');
    return HARK_OK;
  };
  Listener& first = w.add("first", answers(HARK_OK), o, "**", one);
  w.add("second", answers(HARK_OK), o, "**", two);
  first.lane().call([&] {
    for (int i = 0; i < 10'000; ++i) w.publish("n");
  });
  REQUIRE(w.quiet());
  std::size_t most = 0, in_a_row = 0;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    in_a_row = i != 0 && calls[i] == calls[i - 1] ? in_a_row + 1 : 1;
    most = std::max(most, in_a_row);
  }
  return most;
}

#if !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)  // there lanes are slow, and get a second thread
TEST_CASE("lanes that take whole batches take turns by their events") {
  std::size_t most = longest_turn();
  for (int i = 0; i < 10 && most > 10; ++i) most = longest_turn();  // another program may hold one up
  CHECK(most <= 10);
}
#endif

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

TEST_CASE("a call that overstays on a thread of its own is told too") {
  std::array<Gate, 2> gates;  // the second call comes after the watch has slept
  std::size_t calls = 0;
  bus::SubscriberOptions o = quick();
  o.own_thread = true;
  o.lane.delivery.timeout = 10ms;
  World w;
  w.add(
      "slow",
      [&](const hark_delivery&, hark_error*) {
        gates[calls++].pass();
        return HARK_OK;
      },
      o);
  for (std::size_t i = 0; i < gates.size(); ++i) {
    w.publish("n");
    CHECK(eventually([&] { return w.seen.notes("stack of slow: ").size() == i + 1; }));
    gates[i].open();
    REQUIRE(w.quiet());
  }
}

TEST_CASE("many calls that overstay at once are told and that they are over") {
  Gate gate;
  bus::SubscriberOptions o = quick();
  o.lane.delivery.timeout = 10ms;
  World w;
  for (std::size_t i = 0; i < bus::Pool::stuck_limit; ++i) {
    w.add(
        "slow" + std::to_string(i),
        [&](const hark_delivery&, hark_error*) {
          gate.pass();
          return HARK_OK;
        },
        o);
  }
  w.publish("n");
  CHECK(eventually([&] { return w.seen.notes("degraded 4").size() == 1; }));
  CHECK(w.seen.notes("well").empty());
  gate.open();
  CHECK(eventually([&] { return w.seen.notes("well ").size() == 1; }));
  CHECK(w.seen.notes("degraded").size() == 1);
}

TEST_CASE("a pool stops twice without harm and runs nothing afterwards") {
  Observed seen;
  bus::Cells cells;
  bus::Pool pool(seen, cells, 3);
  CHECK(pool.threads() == 3);
  pool.stop();
  pool.stop();
}
