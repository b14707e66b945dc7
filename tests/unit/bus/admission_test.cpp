// Who takes an event in: order, all or none, what a full queue does, what is refused.
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

bus::SubscriberOptions queue_of(std::uint64_t events, flow::WhenFull when_full = flow::WhenFull::block) {
  bus::SubscriberOptions o = quick();
  o.queue.events = events;
  o.queue.when_full = when_full;
  return o;
}

// Holds its first delivery at the gate.
Listener::Handle held_at(Gate& gate) {
  return [&gate](const hark_delivery&, hark_error*) {
    gate.pass();
    return HARK_OK;
  };
}

}  // namespace

TEST_CASE("the events of one publisher arrive in the order in which it published them") {
  World w;
  Listener& a = w.add("a", answers(HARK_OK), queue_of(10'000));
  for (int i = 0; i < 5000; ++i) REQUIRE(w.publish("n", std::to_string(i)) == Publish::ok);
  REQUIRE(w.quiet());
  CHECK(a.data() == numbers(0, 5000));
}

TEST_CASE("each of several publishers keeps its own order") {
  World w;
  Listener& a = w.add("a", answers(HARK_OK), queue_of(100));
  std::atomic<int> refused{0};
  std::vector<std::thread> threads;
  for (int p = 0; p < 3; ++p) {
    threads.emplace_back([&, p] {
      for (int i = 0; i < 1000; ++i) {
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
    CHECK(mine == numbers(0, 1000));
  }
}

TEST_CASE("an event that one queue has no room for is taken by nobody") {
  Gate gate;
  World w;
  Listener& roomy = w.add("roomy", answers(HARK_OK));
  Listener& full = w.add("full", held_at(gate), queue_of(2));
  Listener& dropping = w.add("dropping", answers(HARK_OK), queue_of(100, flow::WhenFull::drop_oldest));
  CHECK(w.publish("n", "0") == Publish::ok);
  CHECK(w.publish("n", "1") == Publish::ok);
  CHECK(w.publish("n", "2") == Publish::again);
  CHECK(w.refused(Refusal::again) == 1);
  gate.open();
  REQUIRE(w.quiet());
  CHECK(w.publish("n", "3") == Publish::ok);
  REQUIRE(w.quiet());
  const std::vector<std::string> taken{"0", "1", "3"};
  CHECK(full.data() == taken);
  CHECK(roomy.data() == taken);
  CHECK(dropping.data() == taken);
  CHECK(w.read(dropping).matched == 3);
}

TEST_CASE("publishing returns at once while a subscriber is stuck and the others get everything") {
  Gate gate;
  World w;
  Listener& stuck = w.add("stuck", held_at(gate), queue_of(1000));
  Listener& well = w.add("well", answers(HARK_OK), queue_of(1000));
  for (int i = 0; i < 500; ++i) REQUIRE(w.publish("n", std::to_string(i)) == Publish::ok);
  CHECK(eventually([&] { return well.count() == 500; }));
  CHECK(stuck.count() <= 1);
  gate.open();
  REQUIRE(w.quiet());
  CHECK(stuck.count() == 500);
}

TEST_CASE("a full queue with drop_newest keeps the oldest and counts the loss") {
  Gate gate;
  World w;
  Listener& a = w.add("a", held_at(gate), queue_of(3, flow::WhenFull::drop_newest));
  for (int i = 0; i < 10; ++i) CHECK(w.publish("n", std::to_string(i)) == Publish::ok);
  gate.open();
  REQUIRE(w.quiet());
  CHECK(a.data() == numbers(0, 3));
  CHECK(w.dropped(a, Reason::drop_newest) == 7);
  CHECK(w.read(a).matched == 10);
  CHECK(w.seen.notes("dropped a drop_newest").size() == 7);
}

TEST_CASE("a full queue with drop_oldest keeps the newest and counts the loss") {
  Gate gate;
  World w;
  Listener& a = w.add("a", held_at(gate), queue_of(3, flow::WhenFull::drop_oldest));
  CHECK(w.publish("n", "0") == Publish::ok);
  REQUIRE(eventually([&] { return gate.waiting() == 1; }));
  for (int i = 1; i < 10; ++i) CHECK(w.publish("n", std::to_string(i)) == Publish::ok);
  gate.open();
  REQUIRE(w.quiet());
  CHECK(a.data() == std::vector<std::string>{"0", "8", "9"});
  CHECK(w.dropped(a, Reason::drop_oldest) == 7);
  CHECK(w.seen.notes("dropped a drop_oldest").front() == "dropped a drop_oldest 1");
}

TEST_CASE("with drop_oldest and all room in the hands of the lane the new event is the one to go") {
  Gate gate;
  World w;
  Listener& a = w.add("a", held_at(gate), queue_of(1, flow::WhenFull::drop_oldest));
  CHECK(w.publish("n", "0") == Publish::ok);
  REQUIRE(eventually([&] { return gate.waiting() == 1; }));
  CHECK(w.publish("n", "1") == Publish::ok);
  gate.open();
  REQUIRE(w.quiet());
  CHECK(a.data() == std::vector<std::string>{"0"});
  CHECK(w.dropped(a, Reason::drop_oldest) == 1);
}

TEST_CASE("a queue is full in bytes as well as in events") {
  Gate gate;
  bus::SubscriberOptions o = queue_of(1000);
  o.queue.bytes = 2000;
  World w;
  Listener& a = w.add("a", held_at(gate), o);
  const std::string big = "\"" + std::string(1500, 'x') + "\"", huge = "\"" + std::string(5000, 'x') + "\"";
  CHECK(w.publish("n", big) == Publish::ok);
  CHECK(w.publish("n", big) == Publish::again);
  CHECK(w.publish("n", huge) == Publish::again);
  gate.open();
  REQUIRE(w.quiet());
  CHECK(w.publish("n", huge) == Publish::ok);  // larger than the queue: fits when it is empty
  REQUIRE(w.quiet());
  CHECK(a.count() == 2);
}

TEST_CASE("publish_wait waits for room") {
  Gate gate;
  World w;
  Listener& a = w.add("a", held_at(gate), queue_of(1));
  CHECK(w.publish("n", "0") == Publish::ok);
  Publish answer = Publish::again;
  std::thread waiting([&] { answer = w.publish_wait("n", "1"); });
  REQUIRE(eventually([&] { return a.subscriber.inbox().credits().has_waiters(); }));
  gate.open();
  waiting.join();
  CHECK(answer == Publish::ok);
  REQUIRE(w.quiet());
  CHECK(a.data() == numbers(0, 2));
}

TEST_CASE("publish_wait gives up at its deadline and counts one refusal") {
  Gate gate;
  World w;
  w.add("a", held_at(gate), queue_of(1));
  CHECK(w.publish("n", "0") == Publish::ok);
  const std::int64_t until = core::now_ns() + 20 * ms;
  CHECK(w.publish_wait("n", "1", until) == Publish::again);
  CHECK(core::now_ns() >= until);
  CHECK(w.refused(Refusal::again) == 1);
  CHECK(w.publish_wait("n", "2", 0) == Publish::again);  // long over: like publish
  gate.open();
}

TEST_CASE("publish_wait ends when its publisher is closed") {
  Gate gate;
  World w;
  Listener& a = w.add("a", held_at(gate), queue_of(1));
  CHECK(w.publish("n", "0") == Publish::ok);
  Publish answer = Publish::ok;
  std::thread waiting([&] { answer = w.publish_wait("n", "1"); });
  REQUIRE(eventually([&] { return a.subscriber.inbox().credits().has_waiters(); }));
  w.bus.close_publisher(w.from);
  waiting.join();
  CHECK(answer == Publish::closing);
  CHECK(w.refused(Refusal::closing) == 1);
  gate.open();
}

TEST_CASE("room is that of the fullest queue that would have to be waited for") {
  Gate gate;
  World w;
  w.add("small", held_at(gate), queue_of(5), "n");
  w.add("large", answers(HARK_OK), queue_of(50), "n");
  w.add("dropping", answers(HARK_OK), queue_of(1, flow::WhenFull::drop_newest), "n");
  std::uint64_t events = 0, bytes = 0;
  w.bus.room("n", events, bytes);
  CHECK(events == 5);
  CHECK(w.publish("n", "0") == Publish::ok);
  w.bus.room("n", events, bytes);
  CHECK(events == 4);
  CHECK(bytes < bus::SubscriberOptions{}.queue.bytes);
  w.bus.room("other", events, bytes);
  CHECK(events == UINT64_MAX);
  gate.open();
}

TEST_CASE("what is refused is counted by its reason and reaches nobody") {
  World w({16, 1000, 2});
  Listener& a = w.add("a", answers(HARK_OK));
  const auto try_it = [&](const hark_message& m) {
    std::string why;
    const Publish p = w.bus.publish(w.from, m, nullptr, nullptr, why);
    CHECK_FALSE(why.empty());
    return p;
  };
  CHECK(try_it(message("hark.host.started")) == Publish::denied);
  CHECK(try_it(message("hark")) == Publish::denied);
  CHECK(try_it(message("n", "{\"a\":1},\"x\"")) == Publish::invalid);
  CHECK(try_it(message("n", "tru")) == Publish::invalid);
  CHECK(try_it(message("n", std::string(1000, '1'))) == Publish::too_big);
  CHECK(try_it(message("")) == Publish::invalid);
  hark_message m = message("n");
  m.size = 8;
  CHECK(try_it(m) == Publish::invalid);
  m = message("n");
  m.n_attributes = 3;
  CHECK(try_it(m) == Publish::invalid);
  m = message("n");
  m.type = {nullptr, 5};
  CHECK(try_it(m) == Publish::invalid);
  m = message("n");
  m.data = {nullptr, 5};
  CHECK(try_it(m) == Publish::invalid);
  m.data = {"0", UINT64_MAX - 1};  // with the type's, lengths that wrap around
  CHECK(try_it(m) == Publish::too_big);
  m.subject = {"s", 4};
  CHECK(try_it(m) == Publish::too_big);
  CHECK(w.refused(Refusal::denied) == 2);
  CHECK(w.refused(Refusal::invalid) == 7);
  CHECK(w.refused(Refusal::too_big) == 3);
  REQUIRE(w.quiet());
  CHECK(a.count() == 0);
}

TEST_CASE("bytes need not be JSON and no data is not empty data") {
  std::vector<std::pair<bool, std::uint32_t>> shapes;
  std::mutex mutex;
  World w;
  w.add("a", [&](const hark_delivery& d, hark_error*) {
    const std::lock_guard lock(mutex);
    shapes.emplace_back(d.event->data.p != nullptr, d.event->flags);
    return HARK_OK;
  });
  std::string why;
  hark_message m = message("n", "\x01\x02");
  m.flags = HARK_M_DATA_BINARY;
  CHECK(w.bus.publish(w.from, m, nullptr, nullptr, why) == Publish::ok);
  m.data = {"", 0};
  CHECK(w.bus.publish(w.from, m, nullptr, nullptr, why) == Publish::ok);
  m = message("n");
  m.data = {nullptr, 0};
  CHECK(w.bus.publish(w.from, m, nullptr, nullptr, why) == Publish::ok);
  REQUIRE(w.quiet());
  CHECK(shapes == decltype(shapes){{true, HARK_E_DATA_BINARY}, {true, HARK_E_DATA_BINARY}, {false, 0}});
}

TEST_CASE("a plugin that declares its types may publish no other") {
  World w;
  bus::Publisher& p = w.bus.add_publisher("declared");
  p.allowed.push_back(topic::Pattern::parse("a.*").value());
  std::string why;
  CHECK(w.bus.publish(p, message("a.b"), nullptr, nullptr, why) == Publish::ok);
  CHECK(w.bus.publish(p, message("a.b.c"), nullptr, nullptr, why) == Publish::denied);
  CHECK(why.find("`a.b.c`") != std::string::npos);
}

TEST_CASE("an event that nobody hears is admitted and counted as unmatched") {
  World w;
  w.add("a", answers(HARK_OK), quick(), "other");
  CHECK(w.publish("n") == Publish::ok);
  const auto p = w.bus.read().publishers.at(w.from.index);
  CHECK(p.admitted == 1);
  CHECK(p.unmatched == 1);
}

TEST_CASE("input that never became an event is dead-lettered without a subscriber") {
  World w;
  w.bus.refuse_input(w.from, "{broken", "stdin line 12", "not JSON");
  CHECK(w.refused(Refusal::input) == 1);
  REQUIRE(w.seen.letters().size() == 1);
  const auto letter = w.seen.letters()[0];
  CHECK(letter.subscriber.empty());
  CHECK(letter.reason == "input");
  CHECK(letter.data == "{broken");
  CHECK(text_of_file(w.letters.path()).find("\"subject\":\"stdin line 12\"") != std::string::npos);
}
