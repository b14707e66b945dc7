// A queue that overflows to disk: who waits, in which order, what is left for the next host, who is told.
#include <thread>

#include "world.h"

using namespace hark;
using namespace hark::test;

namespace {

std::vector<std::string> numbers(int from, int to) {
  std::vector<std::string> all;
  for (int i = from; i < to; ++i) all.push_back(std::to_string(i));
  return all;
}

bus::SubscriberOptions spilling_to(const std::filesystem::path& folder, std::uint64_t events = 10) {
  bus::SubscriberOptions o = quick();
  o.queue.events = events;
  o.queue.when_full = flow::WhenFull::spill;
  o.queue.max_wait = 10ms;
  o.spool = folder;
  return o;
}

Listener::Handle held_at(Gate& gate) {
  return [&gate](const hark_delivery&, hark_error*) {
    gate.pass();
    return HARK_OK;
  };
}

// Of the next host: what it finds in the spool is delivered before it begins.
std::vector<std::string> delivered_by_the_next(const std::filesystem::path& spool, std::size_t n) {
  World w;
  Listener& l = w.add("slow", answers(HARK_OK), spilling_to(spool), {});
  std::vector<std::string> notes;
  const auto recovered = l.subscriber.recover(notes);
  REQUIRE(recovered);
  CHECK(*recovered == n);
  CHECK(notes.empty());
  l.lane().poke();
  REQUIRE(w.quiet());
  CHECK(w.read(l).matched == n);
  CHECK(w.read(l).acknowledged == n);
  return l.data();
}

}  // namespace

TEST_CASE("a stuck subscriber that spills costs the others nothing and gets everything in order") {
  World w;
  Gate gate;
  Listener& slow = w.add("slow", held_at(gate), spilling_to(w.folder.path() / "spool"));
  Listener& fast = w.add("fast", answers(HARK_OK));
  for (int i = 0; i < 20'000; ++i) REQUIRE(w.publish_wait("n", std::to_string(i)) == Publish::ok);
  REQUIRE(eventually([&] { return fast.count() == 20'000; }));
  CHECK(fast.data() == numbers(0, 20'000));
  CHECK(slow.count() == 1);
  CHECK(w.read(slow).spilled > 19'900);
  CHECK(w.seen.notes("spill slow began").size() == 1);
  gate.open();
  REQUIRE(w.quiet());
  CHECK(slow.data() == numbers(0, 20'000));
  CHECK(w.read(slow).spilled == 0);
  CHECK(w.seen.notes("spill slow ended").size() == 1);
}

TEST_CASE("a publisher waits max_wait once and then no more") {
  World w;
  Gate gate;
  bus::SubscriberOptions o = spilling_to(w.folder.path() / "spool", 2);
  o.queue.max_wait = 300ms;
  w.add("slow", held_at(gate), o);
  const std::int64_t began = core::now_ns();
  for (int i = 0; i < 3; ++i) REQUIRE(w.publish_wait("n", "0") == Publish::ok);
  const std::int64_t waited = core::now_ns() - began;
  CHECK(waited >= 300 * ms);
  for (int i = 0; i < 1000; ++i) REQUIRE(w.publish_wait("n", "0") == Publish::ok);
  CHECK(w.seen.notes("spill slow began").size() == 1);
  gate.open();
  REQUIRE(w.quiet());
}

TEST_CASE("a subscriber that catches up within max_wait does not spill") {
  World w;
  bus::SubscriberOptions o = spilling_to(w.folder.path() / "spool", 2);
  o.queue.max_wait = 60s;
  Listener& a = w.add("a", answers(HARK_OK), o);
  for (int i = 0; i < 5000; ++i) REQUIRE(w.publish_wait("n", std::to_string(i)) == Publish::ok);
  REQUIRE(w.quiet());
  CHECK(a.data() == numbers(0, 5000));
  CHECK(w.seen.notes("spill").empty());
  CHECK_FALSE(std::filesystem::exists(w.folder.path() / "spool"));
}

TEST_CASE("a publish that may not wait spills at once") {
  World w;
  Gate gate;
  Listener& slow = w.add("slow", held_at(gate), spilling_to(w.folder.path() / "spool", 2));
  for (int i = 0; i < 100; ++i) REQUIRE(w.publish("n", std::to_string(i)) == Publish::ok);
  CHECK(w.read(slow).spilled == 98);
  gate.open();
  REQUIRE(w.quiet());
  CHECK(slow.data() == numbers(0, 100));
}

TEST_CASE("several publishers each keep their order through spilling and catching up again and again") {
  World w;
  bus::SubscriberOptions o = spilling_to(w.folder.path() / "spool", 4);
  o.queue.max_wait = 0ms;
  Listener& a = w.add("a", answers(HARK_OK), o);
  std::atomic<int> refused{0};
  std::vector<std::thread> threads;
  for (int p = 0; p < 3; ++p) {
    threads.emplace_back([&, p] {
      for (int i = 0; i < 5000; ++i) {
        if (w.publish_wait("p" + std::to_string(p), std::to_string(i)) != Publish::ok) ++refused;
      }
    });
  }
  for (auto& t : threads) t.join();
  REQUIRE(w.quiet());
  CHECK(refused == 0);
  for (int p = 0; p < 3; ++p) {
    std::vector<std::string> mine;
    for (const Got& g : a.got()) {
      if (g.type == "p" + std::to_string(p)) mine.push_back(g.data);
    }
    CHECK(mine == numbers(0, 5000));
  }
}

TEST_CASE("what is left at the end is kept for the next host in order and nothing is dead-lettered") {
  const TempFolder folder;
  {
    World w;
    Gate gate;
    int handled = 0;
    Listener& slow = w.add(
        "slow",
        [&](const hark_delivery&, hark_error*) {
          if (++handled > 5) return HARK_AGAIN;
          return HARK_OK;
        },
        spilling_to(folder.path() / "spool"));
    for (int i = 0; i < 1000; ++i) REQUIRE(w.publish("n", std::to_string(i)) == Publish::ok);
    REQUIRE(eventually([&] { return w.read(slow).acknowledged == 5 && !w.seen.notes("held").empty(); }));
    w.end();
    CHECK(w.read(slow).spilled == 995);
    CHECK(w.seen.letters().empty());
  }
  CHECK(delivered_by_the_next(folder.path() / "spool", 995) == numbers(5, 1000));
}

TEST_CASE("a subscriber that never spilled leaves its queue to the next host all the same") {
  const TempFolder folder;
  {
    World w;
    Listener& a = w.add("a", answers(HARK_AGAIN), spilling_to(folder.path() / "spool"));
    for (int i = 0; i < 5; ++i) REQUIRE(w.publish("n", std::to_string(i)) == Publish::ok);
    REQUIRE(eventually([&] { return a.count() >= 1; }));
    w.end();
    CHECK(w.read(a).spilled == 5);
  }
  CHECK(delivered_by_the_next(folder.path() / "spool", 5) == numbers(0, 5));
}

TEST_CASE("a retry that waits is kept with its attempts") {
  const TempFolder folder;
  {
    World w;
    bus::SubscriberOptions o = spilling_to(folder.path() / "spool");
    o.lane.delivery.retry = {3, 60s, 60s, false};
    Listener& a = w.add("a", answers(HARK_RETRY), o);
    REQUIRE(w.publish("n", "1") == Publish::ok);
    REQUIRE(eventually([&] { return w.read(a).retrying == 1; }));
    w.end();
  }
  World w;
  Listener& l = w.add("a", answers(HARK_OK), spilling_to(folder.path() / "spool"), {});
  std::vector<std::string> notes;
  REQUIRE(l.subscriber.recover(notes));
  l.lane().poke();
  REQUIRE(w.quiet());
  REQUIRE(l.count() == 1);
  CHECK(l.got()[0].attempt == 2);
  CHECK(l.got()[0].flags == HARK_D_REDELIVERED);
}

TEST_CASE("a quarantined subscriber spills at once and when its spool is full the newest are dead-lettered") {
  World w;
  bus::SubscriberOptions o = spilling_to(w.folder.path() / "spool", 2);
  o.queue.max_wait = 60s;
  o.queue.spill_bytes = 1u << 20;
  o.lane.delivery.breaker = {1, 60s};
  o.lane.delivery.retry.attempts = 1;
  Listener& bad = w.add("bad", answers(HARK_RETRY), o);
  REQUIRE(w.publish("n") == Publish::ok);
  REQUIRE(eventually([&] { return w.read(bad).quarantined; }));
  const std::string data = "\"" + std::string(100'000, 'x') + "\"";
  for (int i = 0; i < 30; ++i) REQUIRE(w.publish_wait("n", data) == Publish::ok);
  CHECK(w.dead(bad, Reason::quarantined) > 0);
  CHECK(w.read(bad).spilled > 0);
  CHECK(w.bus.read().balances());
}

TEST_CASE("a publisher that asks is told when its event is handled or on disk and not before") {
  World w;
  std::mutex mutex;
  std::vector<std::uint64_t> told;
  w.from.outcomes.open([] {});
  const auto take = [&] {
    const auto taken = w.from.outcomes.take();
    const std::lock_guard lock(mutex);
    told.insert(told.end(), taken.kept.begin(), taken.kept.end());
    CHECK(taken.lost.empty());
    return told.size();
  };
  const auto publish = [&](std::uint64_t token) {
    hark_message m = message("n");
    m.flags = HARK_M_TELL_KEPT;
    m.token = token;
    std::string why;
    return w.bus.publish(w.from, m, nullptr, nullptr, why);
  };
  REQUIRE(publish(1) == Publish::ok);  // nobody hears it
  CHECK(take() == 1);
  Gate gate;
  Listener& slow = w.add("slow", held_at(gate), spilling_to(w.folder.path() / "spool", 2));
  w.add("fast", answers(HARK_OK));
  for (std::uint64_t i = 2; i < 7; ++i) REQUIRE(publish(i) == Publish::ok);
  REQUIRE(eventually([&] { return take() == 4; }));  // 4, 5, 6 are on disk
  CHECK(told == std::vector<std::uint64_t>{1, 4, 5, 6});
  CHECK(slow.count() <= 1);
  gate.open();
  REQUIRE(w.quiet());
  CHECK(eventually([&] { return take() == 6; }));
  CHECK(told == std::vector<std::uint64_t>{1, 4, 5, 6, 2, 3});
}

TEST_CASE("an event that is dropped or dead-lettered is told as well and each exactly once") {
  World w;
  std::atomic<std::size_t> told{0};
  w.from.outcomes.open([] {});
  bus::SubscriberOptions newest = quick();
  newest.queue = {1, 1u << 20, flow::WhenFull::drop_newest};
  bus::SubscriberOptions oldest = quick();
  oldest.queue = {1, 1u << 20, flow::WhenFull::drop_oldest};
  Gate gate;
  w.add("newest", held_at(gate), newest);
  w.add("oldest", held_at(gate), oldest);
  w.add("rejects", answers(HARK_REJECT));
  w.add("retries", answers(HARK_RETRY));
  hark_message m = message("n");
  m.flags = HARK_M_TELL_KEPT;
  std::string why;
  for (int i = 0; i < 100; ++i) {
    m.token = static_cast<std::uint64_t>(i);
    REQUIRE(w.bus.publish(w.from, m, nullptr, nullptr, why) == Publish::ok);
  }
  gate.open();
  REQUIRE(w.quiet());
  CHECK(eventually([&] { return (told += w.from.outcomes.take().kept.size()) == 100; }));
}
