// Timers of an instance on its lane: when they fire, beside what they never do, and what their answers mean.
#include <random>
#include <stdexcept>
#include <thread>

#include "world.h"

using namespace hark;
using namespace hark::test;

namespace {

using OnTimer = std::function<hark_result(hark_error*)>;

// `user` is the function to call: so each timer of a test has one of its own.
void tick(Listener& l) {
  l.table.on_timer = [](hark_instance*, std::uint64_t user, hark_error* e) {
    return (*reinterpret_cast<const OnTimer*>(user))(e);
  };
}
std::uint64_t start(Listener& l, const OnTimer& f, std::int64_t delay_ns, std::int64_t period_ns = 0) {
  std::uint64_t id = 0;
  CHECK(l.lane().start_timer(delay_ns, period_ns, reinterpret_cast<std::uintptr_t>(&f), id) == HARK_OK);
  return id;
}

}  // namespace

TEST_CASE("a timer fires on an idle lane after its delay and not before") {
  std::atomic<std::int64_t> fired_at{0};
  const OnTimer f = [&](hark_error*) {
    fired_at = core::now_ns();
    return HARK_OK;
  };
  World w;
  Listener& a = w.add("a", answers(HARK_OK));
  tick(a);
  const std::int64_t before = core::now_ns();
  start(a, f, 5 * ms);
  REQUIRE(eventually([&] { return fired_at != 0; }));
  CHECK(fired_at >= before + 5 * ms);
}

TEST_CASE("a timer starts and cancels others and nothing follows its own cancel") {
  bus::Lane* lane = nullptr;
  std::atomic<int> first{0}, second{0}, third{0};
  std::uint64_t own = 0, other = 0;
  const OnTimer never = [&](hark_error*) { return ++third, HARK_OK; };
  const OnTimer once = [&](hark_error*) {
    lane->cancel_timer(other);
    return ++second, HARK_OK;
  };
  const OnTimer thrice = [&](hark_error*) {
    if (++first != 3) return HARK_OK;
    if (!lane->cancel_timer(own)) return HARK_FATAL;
    std::uint64_t id = 0;
    return lane->start_timer(ms, 0, reinterpret_cast<std::uintptr_t>(&once), id);
  };
  World w;
  Listener& a = w.add("a", answers(HARK_OK));
  tick(a);
  lane = &a.lane();
  a.lane().call([&] {
    other = start(a, never, 3600'000 * ms);
    own = start(a, thrice, 0, ms / 10);
  });
  REQUIRE(eventually([&] { return second == 1; }));
  CHECK(first == 3);
  CHECK_FALSE(a.lane().cancel_timer(other));
  CHECK(third == 0);
}

TEST_CASE("a full queue does not keep timers from firing between two deliveries") {
  bus::SubscriberOptions o = quick();
  std::atomic<int> ticks{0}, inside{0}, overlaps{0};
  std::atomic<std::size_t> handled{0}, handled_at_first_tick{0};
  Gate gate;
  const OnTimer f = [&](hark_error*) {
    if (inside.exchange(1) != 0) ++overlaps;
    if (++ticks == 1) handled_at_first_tick = handled.load();
    inside = 0;
    return HARK_OK;
  };
  World w;
  Listener& a = w.add(
      "a",
      [&](const hark_delivery& d, hark_error*) {
        if (inside.exchange(1) != 0) ++overlaps;
        if (core::view(d.event->data) == "0") gate.pass();
        const std::int64_t until = core::now_ns() + 2 * ms;
        while (core::now_ns() < until) {
        }
        ++handled;
        inside = 0;
        return HARK_OK;
      },
      o);
  tick(a);
  for (int i = 0; i < 60; ++i) w.publish("n", std::to_string(i));
  start(a, f, 10 * ms, 5 * ms);
  gate.open();
  REQUIRE(w.quiet());
  CHECK(ticks >= 2);
  CHECK(handled_at_first_tick < 60);
  CHECK(overlaps == 0);
}

TEST_CASE("a pending timer does not keep the bus from being quiet") {
  std::atomic<int> ticks{0};
  const OnTimer f = [&](hark_error*) { return ++ticks, HARK_OK; };
  World w;
  Listener& a = w.add("a", answers(HARK_OK));
  tick(a);
  start(a, f, 3600'000 * ms, 3600'000 * ms);
  w.publish("n");
  CHECK(w.quiet());
  w.end();
  CHECK(ticks == 0);
}

TEST_CASE("timers of a quarantined subscriber and of one that is paused go on") {
  for (const hark_result answer : {HARK_RETRY, HARK_AGAIN}) {
    bus::SubscriberOptions o = quick();
    o.lane.delivery.retry = {1000, 1h, 1h, false};
    o.lane.delivery.breaker = {1, 1h};
    std::atomic<int> ticks{0};
    const OnTimer f = [&](hark_error*) { return ++ticks, HARK_OK; };
    World w;
    Listener& a = w.add("a", answers(answer), o);
    tick(a);
    w.publish("n");
    REQUIRE(eventually([&] { return !w.seen.notes(answer == HARK_AGAIN ? "held a" : "quarantined a").empty(); }));
    start(a, f, 0, ms);
    CHECK(eventually([&] { return ticks >= 3; }));
    CHECK(a.count() == 1);
  }
}

TEST_CASE("FATAL from on_timer and what it throws restart the instance before anything else is called") {
  for (const bool throws : {false, true}) {
    std::atomic<int> ticks{0}, ticks_at_restart{-1};
    const OnTimer breaks = [&](hark_error* e) -> hark_result {
      if (throws) throw std::runtime_error("thrown");
      return say(e, "lost my connection"), HARK_FATAL;
    };
    const OnTimer other = [&](hark_error*) { return ++ticks, HARK_OK; };
    World w;
    Listener& a = w.add("a", answers(HARK_OK));
    tick(a);
    a.on_restart = [&] {
      ticks_at_restart = ticks.load();
      return true;
    };
    a.lane().call([&] {
      start(a, breaks, 0);
      start(a, other, 0);
    });
    CHECK(eventually([&] { return ticks == 1; }));
    CHECK(ticks_at_restart == 0);
    w.publish("n");
    REQUIRE(w.quiet());
    CHECK(a.restarts() == 1);
    CHECK(w.read(a).acknowledged == 1);
  }
}

TEST_CASE("a code that on_timer may not give is told and changes nothing") {
  std::atomic<int> ticks{0};
  const OnTimer f = [&](hark_error* e) { return say(e, "cannot now"), ++ticks, HARK_RETRY; };
  World w;
  Listener& a = w.add("a", answers(HARK_OK));
  tick(a);
  start(a, f, 0, ms);
  CHECK(eventually([&] { return ticks >= 2; }));
  CHECK(a.restarts() == 0);
  CHECK(w.seen.notes("misbehaved a on_timer: cannot now (answered neither OK nor FATAL)").size() >= 1);
}

TEST_CASE("when the restart is refused no timer fires any more and none can be started") {
  std::atomic<int> ticks{0};
  const OnTimer other = [&](hark_error*) { return ++ticks, HARK_OK; };
  const OnTimer breaks = [&](hark_error*) { return HARK_FATAL; };
  World w;
  Listener& a = w.add("a", answers(HARK_OK));
  tick(a);
  a.on_restart = [] { return false; };
  start(a, other, 3600'000 * ms);
  start(a, breaks, 0);
  REQUIRE(eventually([&] { return w.read(a).quarantined; }));
  std::uint64_t id = 0;
  CHECK(a.lane().start_timer(0, 0, 0, id) == HARK_CLOSING);
  CHECK(ticks == 0);
}

TEST_CASE("a timer that overstays is told and costs the others nothing") {
  bus::SubscriberOptions o = quick();
  o.lane.delivery.timeout = 10ms;
  Gate gate;
  const OnTimer f = [&](hark_error*) { return gate.pass(), HARK_OK; };
  World w;
  Listener& a = w.add("a", answers(HARK_OK), o, "");
  Listener& b = w.add("b", answers(HARK_OK));
  tick(a);
  start(a, f, 0);
  CHECK(eventually([&] { return !w.seen.notes("overstays a").empty(); }));
  for (int i = 0; i < 10; ++i) w.publish("n");
  CHECK(eventually([&] { return b.count() == 10; }));
  gate.open();
}

// The lane goes idle just when another thread starts a timer: whoever looks last must see it.
TEST_CASE("a timer started from another thread is never slept through") {
  std::atomic<int> ticks{0};
  const OnTimer f = [&](hark_error*) { return ++ticks, HARK_OK; };
  World w;
  Listener& a = w.add("a", answers(HARK_OK));
  tick(a);
  std::minstd_rand random(7);
  for (int i = 1; i <= 2000; ++i) {
    if (random() % 2 == 0) w.publish("n");
    start(a, f, static_cast<std::int64_t>(random() % 20'000));
    REQUIRE(eventually([&] { return ticks == i; }));
  }
}

// Regression: the alarm that the thread set replaced the lane's own, rang while the lane was still busy, and woke
// nobody.
TEST_CASE("a period started from another thread goes on however the lane is busy") {
  std::atomic<int> ticks{0};
  const OnTimer f = [&](hark_error*) { return ++ticks, HARK_OK; };
  World w;
  Listener& a = w.add("a", answers(HARK_OK));
  tick(a);
  for (int i = 0; i < 3000; ++i) {
    if (i % 2 == 0) w.publish("n");
    const int before = ticks;
    const std::uint64_t id = start(a, f, 0, 30'000);
    REQUIRE(eventually([&] { return ticks >= before + 3; }));
    a.lane().cancel_timer(id);
  }
}

TEST_CASE("threads that start and cancel at random leave nothing firing after the stop") {
  std::atomic<int> inside{0}, overlaps{0}, ticks{0}, late{0};
  std::atomic<bool> stopped{false};
  const auto body = [&] {
    if (inside.exchange(1) != 0) ++overlaps;
    if (stopped) ++late;
    inside = 0;
    return HARK_OK;
  };
  const OnTimer f = [&](hark_error*) { return ++ticks, body(); };
  World w;
  Listener& a = w.add("a", [&](const hark_delivery&, hark_error*) { return body(); });
  tick(a);
  std::atomic<int> refused{0}, odd{0};
  std::vector<std::thread> threads;
  for (unsigned seed = 1; seed <= 3; ++seed) {
    threads.emplace_back([&, seed] {
      std::minstd_rand random(seed);
      std::vector<std::uint64_t> ids;
      for (int i = 0; refused < 30; ++i) {
        std::uint64_t id = 0;
        const std::int64_t period = random() % 3 == 0 ? 50'000 : 0;
        const hark_result r = a.lane().start_timer(static_cast<std::int64_t>(random() % 200'000), period,
                                                   reinterpret_cast<std::uintptr_t>(&f), id);
        if (r == HARK_OK) ids.push_back(id);
        if (r == HARK_CLOSING) ++refused;
        if (r != HARK_OK && r != HARK_AGAIN && r != HARK_CLOSING) ++odd;
        if (!ids.empty() && random() % 2 == 0) {
          const std::size_t at = random() % ids.size();
          a.lane().cancel_timer(ids[at]);
          ids[at] = ids.back();
          ids.pop_back();
        }
        if (i % 16 == 0) w.publish("n");
      }
    });
  }
  REQUIRE(eventually([&] { return ticks > 2000; }));
  w.stop(a);
  stopped = true;
  for (std::thread& t : threads) t.join();
  CHECK(overlaps == 0);
  CHECK(late == 0);
  CHECK(odd == 0);
}
