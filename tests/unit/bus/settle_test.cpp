// What a subscriber's answer means: retries, dead letters, pauses, codes that may not be given, throws.
#include <stdexcept>

#include "world.h"

using namespace hark;
using namespace hark::test;

namespace {

std::vector<std::uint32_t> attempts_of(const Listener& l, std::string_view data) {
  std::vector<std::uint32_t> attempts;
  for (const Got& g : l.got()) {
    if (g.data == data) attempts.push_back(g.attempt);
  }
  return attempts;
}

}  // namespace

TEST_CASE("a transient failure is redelivered until it is acknowledged") {
  World w;
  Listener& a = w.add("a", [](const hark_delivery& d, hark_error*) { return d.attempt < 3 ? HARK_RETRY : HARK_OK; });
  w.publish("n", "1");
  REQUIRE(w.quiet());
  CHECK(attempts_of(a, "1") == std::vector<std::uint32_t>{1, 2, 3});
  CHECK(a.got()[0].flags == 0);
  CHECK(a.got()[2].flags == HARK_D_REDELIVERED);
  CHECK(a.got()[0].uid == a.got()[2].uid);
  CHECK(w.read(a).acknowledged == 1);
  CHECK(w.read(a).failures == 2);
  CHECK(w.seen.failures()[1].will_retry);
}

TEST_CASE("an event that waits for its next attempt holds up no other") {
  bus::SubscriberOptions o = quick();
  o.lane.delivery.retry = {5, 1h, 1h, true};
  World w;
  Listener& a = w.add(
      "a", [](const hark_delivery& d, hark_error*) { return core::view(d.event->data) == "0" ? HARK_RETRY : HARK_OK; },
      o);
  for (int i = 0; i < 6; ++i) w.publish("n", std::to_string(i));
  CHECK(eventually([&] { return w.read(a).acknowledged == 5; }));
  CHECK(eventually([&] { return w.read(a).retrying == 1; }));
  CHECK(w.bus.read().balances());
  w.end();
  CHECK(w.dead(a, Reason::shutdown) == 1);
}

TEST_CASE("when its attempts are used up a delivery is dead-lettered with the last error") {
  World w;
  Listener& a = w.add("a", [](const hark_delivery& d, hark_error* e) {
    say(e, "no luck " + std::to_string(d.attempt));
    return HARK_RETRY;
  });
  w.publish("n", "7");
  REQUIRE(w.quiet());
  CHECK(attempts_of(a, "7") == std::vector<std::uint32_t>{1, 2, 3});
  CHECK(w.dead(a, Reason::attempts) == 1);
  REQUIRE(w.seen.letters().size() == 1);
  const auto letter = w.seen.letters()[0];
  CHECK(letter.subscriber == "a");
  CHECK(letter.reason == "attempts");
  CHECK(letter.error == "no luck 3");
  CHECK(letter.attempts == 3);
  CHECK(letter.data == "7");
  CHECK_FALSE(w.seen.failures()[2].will_retry);
}

TEST_CASE("REJECT is dead-lettered at the first attempt and SKIP is counted apart") {
  World w;
  Listener& a = w.add("a", [](const hark_delivery& d, hark_error*) {
    return core::view(d.event->data) == "0" ? HARK_REJECT : HARK_SKIP;
  });
  w.publish("n", "0");
  w.publish("n", "1");
  REQUIRE(w.quiet());
  CHECK(w.dead(a, Reason::rejected) == 1);
  CHECK(w.read(a).skipped == 1);
  CHECK(a.count() == 2);
}

TEST_CASE("codes that may not be given have a meaning and are told") {
  World w;
  Listener& a =
      w.add("a", [](const hark_delivery& d, hark_error*) { return std::stoi(std::string(core::view(d.event->data))); });
  for (const char* unknown_positive : {"4", "77", "2147483647"}) w.publish("n", unknown_positive);
  REQUIRE(w.quiet());
  CHECK(w.read(a).acknowledged == 3);
  CHECK(w.seen.notes("misbehaved a answered an unknown code: 77 (read as OK)").size() == 1);
  for (const char* rejected : {"3", "-5", "-6", "-11", "-12", "-2147483648"}) w.publish("n", rejected);
  REQUIRE(w.quiet());
  CHECK(w.dead(a, Reason::rejected) == 6);
  CHECK(w.seen.notes("misbehaved a answered a code that handle() may not give: 3 (read as REJECT)").size() == 1);
  CHECK(w.seen.notes("misbehaved").size() == 9);
}

TEST_CASE("whatever a handler throws is a failed attempt with its text") {
  World w;
  Listener& a = w.add("a", [](const hark_delivery& d, hark_error*) -> hark_result {
    if (core::view(d.event->data) == "1") throw 42;
    throw std::runtime_error("out of cheese");
  });
  Listener& well = w.add("well", answers(HARK_OK));
  w.publish("n", "0");
  w.publish("n", "1");
  REQUIRE(w.quiet());
  CHECK(w.dead(a, Reason::attempts) == 2);
  CHECK(w.read(a).failures == 6);
  CHECK(well.count() == 2);
  std::vector<std::string> errors;
  for (const auto& l : w.seen.letters()) errors.push_back(l.error);
  std::sort(errors.begin(), errors.end());
  CHECK(errors == std::vector<std::string>{"out of cheese", "threw something that is not a std::exception"});
}

TEST_CASE("an error that claims to be longer than it can be is cut") {
  World w;
  w.add("a", [](const hark_delivery&, hark_error* e) {
    std::memset(e->msg, 'x', sizeof e->msg);
    e->len = 4'000'000'000u;
    return HARK_REJECT;
  });
  w.publish("n");
  REQUIRE(w.quiet());
  CHECK(w.seen.letters().at(0).error == std::string(508, 'x'));
}

TEST_CASE("AGAIN holds everything in order and counts no attempt") {
  std::atomic<int> refusals{3};
  World w;
  Listener& a = w.add("a", [&](const hark_delivery&, hark_error* e) {
    say(e, "disk full");
    return refusals-- > 0 ? HARK_AGAIN : HARK_OK;
  });
  for (int i = 0; i < 3; ++i) w.publish("n", std::to_string(i));
  REQUIRE(w.quiet());
  CHECK(a.data() == std::vector<std::string>{"0", "0", "0", "0", "1", "2"});
  for (const Got& g : a.got()) CHECK(g.attempt == 1);
  CHECK(w.read(a).failures == 0);
  CHECK(w.seen.failures().empty());
  CHECK(w.seen.notes("held a disk full").size() == 3);
}

TEST_CASE("a subscriber that answers AGAIN for ever loses nothing") {
  World w;
  Listener& a = w.add("a", answers(HARK_AGAIN));
  for (int i = 0; i < 3; ++i) w.publish("n", std::to_string(i));
  CHECK(eventually([&] { return a.count() > 5; }));
  w.end();
  CHECK(w.dead(a, Reason::shutdown) == 3);
  for (const std::string& d : a.data()) CHECK(d == "0");
}

TEST_CASE("with dead_letter off what is given up is counted as dropped") {
  bus::SubscriberOptions o = quick();
  o.lane.delivery.dead_letter = false;
  World w;
  Listener& a = w.add("a", answers(HARK_REJECT), o);
  w.publish("n");
  REQUIRE(w.quiet());
  CHECK(w.dropped(a, Reason::no_dead_letters) == 1);
  CHECK(w.seen.letters().empty());
}

TEST_CASE("a dead letter that cannot be kept is counted as lost") {
  World w;
  std::filesystem::create_directory(w.letters.path());  // a folder where the file should be
  Listener& a = w.add("a", answers(HARK_REJECT));
  w.publish("n");
  REQUIRE(w.quiet());
  CHECK(w.bus.read().lost() == 1);
  CHECK(w.read(a).lost[static_cast<std::size_t>(Reason::unwritable)] == 1);
  REQUIRE(w.seen.letters().size() == 1);
  CHECK_FALSE(w.seen.letters()[0].kept);
}

TEST_CASE("batch slots that were left alone take the return value and the others keep theirs") {
  Gate gate;
  bus::SubscriberOptions o = quick();
  o.lane.max_in_flight = 4;
  o.lane.max_batch = 8;
  std::vector<std::uint32_t> sizes;  // the lane's, read when it is quiet
  World w;
  Listener& a =
      w.add("a", answers(HARK_OK), o, "**",
            [](hark_instance* i, const hark_delivery* const* d, std::uint32_t n, hark_result* r, hark_error*) {
              for (std::uint32_t at = 0; at < n; ++at) {
                Listener::self(i).note(*d[at]);
                if (r[at] != HARK_UNSET) return HARK_REJECT;
                const std::string_view data = core::view(d[at]->event->data);
                if (data == "1") r[at] = HARK_REJECT;
                if (data == "2" && d[at]->attempt == 1) r[at] = HARK_RETRY;
                if (data == "3") r[at] = HARK_OK;
              }
              return HARK_SKIP;
            });
  for (int i = 0; i < 6; ++i) w.publish("n", std::to_string(i));
  REQUIRE(w.quiet());
  CHECK(w.dead(a, Reason::rejected) == 1);
  CHECK(w.read(a).acknowledged == 1);
  CHECK(w.read(a).skipped == 4);
  CHECK(w.read(a).failures == 2);
}

TEST_CASE("a batch that throws is retried event by event") {
  bus::SubscriberOptions o = quick();
  o.lane.max_in_flight = o.lane.max_batch = 4;
  World w;
  Listener& a = w.add(
      "a", answers(HARK_OK), o, "**",
      [](hark_instance* i, const hark_delivery* const* d, std::uint32_t n, hark_result*, hark_error*) -> hark_result {
        for (std::uint32_t at = 0; at < n; ++at) Listener::self(i).note(*d[at]);
        if (d[0]->attempt < 3) throw std::runtime_error("all of them");
        return HARK_OK;
      });
  for (int i = 0; i < 4; ++i) w.publish("n", std::to_string(i));
  REQUIRE(w.quiet());
  CHECK(w.read(a).acknowledged + w.dead(a, Reason::attempts) == 4);
}

TEST_CASE("AGAIN for a whole batch holds it in its order") {
  bus::SubscriberOptions o = quick();
  o.lane.max_in_flight = o.lane.max_batch = 4;
  std::atomic<int> refusals{2};
  static std::atomic<int>* left;
  left = &refusals;
  World w;
  Listener& a = w.add("a", answers(HARK_OK), o, "**",
                      [](hark_instance* i, const hark_delivery* const* d, std::uint32_t n, hark_result*, hark_error*) {
                        if ((*left)-- > 0) return HARK_AGAIN;
                        for (std::uint32_t at = 0; at < n; ++at) Listener::self(i).note(*d[at]);
                        return HARK_OK;
                      });
  for (int i = 0; i < 9; ++i) w.publish("n", std::to_string(i));
  REQUIRE(w.quiet());
  CHECK(a.data() == std::vector<std::string>{"0", "1", "2", "3", "4", "5", "6", "7", "8"});
}

// Seen: a pause of a millisecond, over before the last of the batch was settled, put the last before the first.
TEST_CASE("a batch keeps its order when its pause is over before the batch is settled") {
  bus::SubscriberOptions o = quick();
  o.lane.max_in_flight = o.lane.max_batch = 4;
  o.lane.delivery.retry.base = o.lane.delivery.retry.max = 0ms;
  static Gate* gate;
  static std::atomic<int> left;
  Gate published;
  gate = &published;
  left = 5;
  World w;
  Listener& a = w.add("a", answers(HARK_OK), o, "**",
                      [](hark_instance* i, const hark_delivery* const* d, std::uint32_t n, hark_result*, hark_error*) {
                        gate->pass();
                        if (left-- > 0) return HARK_AGAIN;
                        for (std::uint32_t at = 0; at < n; ++at) Listener::self(i).note(*d[at]);
                        return HARK_OK;
                      });
  for (int i = 0; i < 9; ++i) w.publish("n", std::to_string(i));
  published.open();
  REQUIRE(w.quiet());
  CHECK(a.data() == std::vector<std::string>{"0", "1", "2", "3", "4", "5", "6", "7", "8"});
}

// Regression: an alarm that went off between being set and the lane's going to sleep was lost, and the event with it.
TEST_CASE("an attempt that is due at once is not forgotten") {
  bus::SubscriberOptions o = quick();
  o.lane.delivery.retry = {200, 1us, 3us, true};
  World w;
  Listener& a =
      w.add("a", [](const hark_delivery& d, hark_error*) { return d.attempt < 150 ? HARK_RETRY : HARK_OK; }, o);
  Listener& b = w.add(
      "b", [n = 0](const hark_delivery&, hark_error*) mutable { return ++n % 150 != 0 ? HARK_AGAIN : HARK_OK; }, o);
  for (int i = 0; i < 40; ++i) {
    w.publish("n", std::to_string(i));
    REQUIRE(w.quiet());
  }
  CHECK(w.read(a).acknowledged == 40);
  CHECK(w.read(b).acknowledged == 40);
}
