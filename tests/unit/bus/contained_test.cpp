// A callee in another process, as the lane sees it: runs of events, of which some may not have been begun, and that may
// end with the process.
#include <algorithm>

#include "bus/callee.h"
#include "world.h"

using namespace hark;
using namespace hark::test;

namespace {

using Run = std::vector<std::string>;

// What the process at the other end does with each event, by its data; what it was given, run by run.
struct Far {
  std::mutex mutex;
  std::vector<Run> runs;
  std::vector<std::uint32_t> flags;
  std::function<void(const std::string&)> before = [](const std::string&) {};
};
Far* far = nullptr;

hark_result answer(const std::string& data) {
  if (data == "\"retry\"") return HARK_RETRY;
  if (data == "\"pend\"") return HARK_PENDING;
  if (data == "\"crash\"") return bus::result_ended;
  return HARK_OK;
}

// As worker::RemotePlugin does it: ends the run at the first answer that is not OK.
hark_result far_batch(hark_instance* i, const hark_delivery* const* d, std::uint32_t n, hark_result* results,
                      hark_error* error) {
  Listener& l = Listener::self(i);
  Run run;
  hark_result whole = HARK_OK;
  for (std::uint32_t k = 0; k < n; ++k) {
    const std::string data(core::view(d[k]->event->data));
    run.push_back(data);
    if (k != 0 && results[k - 1] != HARK_OK) {
      results[k] = bus::result_not_begun;
      continue;
    }
    far->before(data);
    l.note(*d[k]);
    results[k] =
        data == "\"crash once\"" ? ((d[k]->flags & HARK_D_SUSPECT) != 0 ? HARK_OK : bus::result_ended) : answer(data);
    if (results[k] == bus::result_ended) say(error, "its process ended"), whole = bus::result_ended;
  }
  const std::lock_guard lock(far->mutex);
  far->runs.push_back(run);
  return whole;
}

bus::SubscriberOptions streams(std::uint32_t batch = 8) {
  bus::SubscriberOptions o = quick();
  o.lane.max_batch = batch;
  o.lane.stream = true;
  return o;
}

struct Apart {
  Apart() { far = &state; }
  Listener& add(World& w, const std::string& name, const bus::SubscriberOptions& o = streams()) {
    return w.add(name, answers(HARK_OK), o, "**", far_batch);
  }
  // All of them at once, so that they make one run.
  static void publish(World& w, Listener& l, const std::vector<std::string>& data) {
    l.lane().call([&] {
      for (const std::string& d : data) CHECK(w.publish("n", d) == Publish::ok);
    });
    CHECK(w.quiet());
  }
  Far state;
};

}  // namespace

TEST_CASE("a run is handed over at once whatever may be in flight, and what was not begun comes back in order") {
  Apart apart;
  World w;
  Listener& l = apart.add(w, "l");
  Apart::publish(w, l, {"1", "2", "\"retry\"", "3", "4", "5"});
  REQUIRE(apart.state.runs.size() >= 2);
  CHECK(apart.state.runs[0] == Run{"1", "2", "\"retry\"", "3", "4", "5"});
  CHECK(apart.state.runs[1] == Run{"3", "4", "5"});
  const auto got = l.got();
  CHECK(std::ranges::all_of(got, [](const Got& g) { return g.data == "\"retry\"" || g.attempt == 1; }));
  CHECK(w.read(l).acknowledged == 5);
  CHECK(w.dead(l, Reason::attempts) == 1);
}

TEST_CASE("no more is handed over than may be pending, also in runs") {
  Apart apart;
  World w;
  Listener& l = apart.add(w, "l");
  l.lane().call([&] {
    for (const char* d : {"1", "\"pend\"", "2"}) w.publish("n", d);
  });
  REQUIRE(eventually([&] { return l.count() == 2; }));
  l.lane().call([] {});
  CHECK(l.count() == 2);  // max_in_flight is 1
  CHECK(l.complete(l.got()[1].ticket, HARK_OK));
  CHECK(w.quiet());
  CHECK(l.data() == std::vector<std::string>{"1", "\"pend\"", "2"});
}

TEST_CASE("what ended its process is handled by the next, alone and flagged, before what came after it") {
  Apart apart;
  World w;
  Listener& l = apart.add(w, "l");
  Apart::publish(w, l, {"1", "\"crash once\"", "2", "3"});
  CHECK(l.data() == std::vector<std::string>{"1", "\"crash once\"", "\"crash once\"", "2", "3"});
  const Got again = l.got()[2];
  CHECK(again.attempt == 2);
  CHECK((again.flags & HARK_D_SUSPECT) != 0);
  CHECK((again.flags & HARK_D_REDELIVERED) != 0);
  CHECK(std::ranges::find(apart.state.runs, Run{"\"crash once\""}) != apart.state.runs.end());
  CHECK(l.got()[3].attempt == 1);
  CHECK(l.restarts() == 1);
  CHECK(w.read(l).acknowledged == 4);
}

TEST_CASE("what ends two processes is dead-lettered as crashed, with how it ended") {
  Apart apart;
  World w;
  Listener& l = apart.add(w, "l");
  Apart::publish(w, l, {"\"crash\"", "1"});
  CHECK(w.dead(l, Reason::crashed) == 1);
  CHECK(w.read(l).acknowledged == 1);
  CHECK(l.restarts() == 2);
  REQUIRE(w.seen.letters().size() == 1);
  CHECK(w.seen.letters()[0].error == "its process ended");
  CHECK(w.seen.letters()[0].attempts == 2);
}

TEST_CASE("with on_unknown = dead_letter what ended its process is not tried again") {
  Apart apart;
  World w;
  bus::SubscriberOptions o = streams();
  o.lane.delivery.on_unknown = flow::OnUnknown::dead_letter;
  Listener& l = apart.add(w, "l", o);
  Apart::publish(w, l, {"\"crash\"", "1"});
  CHECK(w.dead(l, Reason::outcome_unknown) == 1);
  CHECK(l.restarts() == 1);
}

TEST_CASE("what is pending when a process ends goes to the next as redelivered, its attempt unchanged") {
  Apart apart;
  World w;
  bus::SubscriberOptions o = streams();
  o.lane.max_in_flight = 2;
  Listener& l = apart.add(w, "l", o);
  l.lane().call([&] {
    for (const char* d : {"\"pend\"", "\"crash once\""}) w.publish("n", d);
  });
  REQUIRE(eventually([&] { return l.count() == 4; }));
  const auto got = l.got();
  const auto again =
      std::ranges::find_if(got.begin() + 1, got.end(), [](const Got& g) { return g.data == "\"pend\""; });
  REQUIRE(again != got.end());
  CHECK(again->attempt == 1);
  CHECK((again->flags & HARK_D_REDELIVERED) != 0);
  CHECK((again->flags & HARK_D_SUSPECT) == 0);
  CHECK(l.complete(again->ticket, HARK_OK));
  CHECK(w.quiet());
}

TEST_CASE("an event that has ended three subscribers' processes is kept from the others") {
  Apart apart;
  World w({16, 1u << 20, 2});
  Gate gate;
  apart.state.before = [&gate](const std::string& data) {
    if (data == "\"wait\"") gate.pass();
  };
  Listener& last = w.add("last", answers(HARK_OK), streams(), "", far_batch);
  w.hear(last, "wait", true);
  REQUIRE(w.publish("wait", "\"wait\"") == Publish::ok);
  REQUIRE(eventually([&] { return gate.waiting() == 1; }));
  w.hear(last, "n", true);
  std::vector<Listener*> others;
  for (const char* name : {"a", "b", "c"}) {
    others.push_back(&w.add(name, answers(HARK_OK), streams(), "", far_batch));
    w.hear(*others.back(), "n", true);
  }
  REQUIRE(w.publish("n", "\"crash\"") == Publish::ok);
  for (Listener* l : others) REQUIRE(eventually([&] { return w.dead(*l, Reason::crashed) == 1; }));
  gate.open();
  REQUIRE(w.quiet());
  CHECK(last.data() == std::vector<std::string>{"\"wait\""});
  CHECK(w.dead(last, Reason::crashed) == 1);
  const auto letters = w.seen.letters();
  CHECK(std::ranges::any_of(letters, [](const Observed::Letter& l) {
    return l.subscriber == "last" && l.error.starts_with("not handled: it has ended the processes of ");
  }));
}
