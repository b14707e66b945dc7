// How far a run has come, as one line.
#include "app/progress_text.h"

#include <catch2/catch.hpp>

using namespace hark;
using app::Phase;
using app::Snapshot;

namespace {

bus::PublisherReading publisher(std::string name, std::uint64_t admitted) {
  bus::PublisherReading p;
  p.name = std::move(name);
  p.offered = p.admitted = admitted;
  return p;
}
bus::SubscriberReading subscriber(std::string name, std::uint64_t queued, std::uint64_t spilled = 0) {
  bus::SubscriberReading s;
  s.name = std::move(name);
  s.queued = queued;
  s.spilled = spilled;
  s.matched = queued + spilled;
  return s;
}
std::string text_of(std::uint64_t events, std::uint64_t before, std::int64_t elapsed_ns) {
  return app::progress_text({elapsed_ns, {{publisher("in", events)}, {}}}, {0, {{publisher("in", before)}, {}}},
                            Phase::reading);
}

}  // namespace

TEST_CASE("the rate is of the last second and not of the whole run") {
  CHECK(text_of(1'234'567, 422'567, 1'000'000'000) == "1 234 567 events  812k/s");
  CHECK(text_of(1'234'567, 1'234'567, 1'000'000'000) == "1 234 567 events  0/s");
  CHECK(text_of(100, 0, 500'000'000) == "100 events  200/s");
  CHECK(text_of(7, 7, 0) == "7 events  0/s");  // the first look of all
}

TEST_CASE("a rate has a unit and two or three digits") {
  const auto rate = [](std::uint64_t n) {
    const std::string text = text_of(n, 0, 1'000'000'000);
    return text.substr(text.rfind("  ") + 2);
  };
  CHECK(rate(999) == "999/s");
  CHECK(rate(1000) == "1.0k/s");
  CHECK(rate(9949) == "9.9k/s");
  CHECK(rate(9960) == "10k/s");
  CHECK(rate(999'499) == "999k/s");
  CHECK(rate(999'500) == "1.0M/s");
  CHECK(rate(12'345'678) == "12M/s");
}

TEST_CASE("what the host itself publishes is not among the events") {
  const Snapshot before;
  const Snapshot now{1'000'000'000, {{publisher("in", 10), publisher("hark", 500), publisher("echo", 5)}, {}}};
  CHECK(app::progress_text(now, before, Phase::reading) == "15 events  15/s");
}

TEST_CASE("queues that hold something are shown with the quarantined and the deepest first") {
  Snapshot now{1'000'000'000, {{publisher("in", 5)}, {}}};
  now.ledger.subscribers = {subscriber("empty", 0), subscriber("alerter", 3), subscriber("mailer", 9998, 120'331),
                            subscriber("away", 0), subscriber("later", 0)};
  now.ledger.subscribers[3].quarantined = true;
  now.ledger.subscribers[4].retrying = 4;
  CHECK(app::progress_text(now, {}, Phase::reading) ==
        "5 events  5/s  away quarantined  mailer 9 998 + 120 331 on disk  later 4  alerter 3");
}

TEST_CASE("what went wrong stands before the queues") {
  Snapshot now{1'000'000'000, {{publisher("in", 5)}, {subscriber("a", 1)}}};
  bus::SubscriberReading& s = now.ledger.subscribers[0];
  s.failures = 12;
  s.dead[static_cast<std::size_t>(bus::Reason::attempts)] = 3;
  s.dropped[static_cast<std::size_t>(bus::Reason::drop_newest)] = 2;
  s.lost[static_cast<std::size_t>(bus::Reason::unwritable)] = 1;
  now.ledger.publishers[0].refused[static_cast<std::size_t>(bus::Refusal::input)] = 4;
  now.ledger.publishers[0].refused[static_cast<std::size_t>(bus::Refusal::again)] = 999;  // it comes again
  CHECK(app::progress_text(now, {}, Phase::reading) ==
        "5 events  5/s  1 LOST  12 failed  3 dead-lettered  2 dropped  4 refused  a 1");
}

TEST_CASE("while draining the line counts what is left and how fast it goes") {
  Snapshot before{0, {{publisher("in", 100)}, {subscriber("a", 100)}}};
  Snapshot now{2'000'000'000, {{publisher("in", 100)}, {subscriber("a", 20), subscriber("stuck", 50)}}};
  now.ledger.subscribers[0].acknowledged = 79;
  now.ledger.subscribers[0].in_flight = 1;
  now.ledger.subscribers[0].matched = 100;
  now.ledger.subscribers[1].quarantined = true;  // nobody waits for it
  CHECK(app::progress_text(now, before, Phase::draining) == "draining  21 left  40/s  stuck quarantined 50  a 20");
  CHECK(app::progress_text(now, before, Phase::stopping) == "stopping  stuck quarantined 50  a 20");
}
