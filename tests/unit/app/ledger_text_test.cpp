// The final ledger as a person reads it.
#include "app/ledger_text.h"

#include <catch2/catch.hpp>

using namespace hark;

TEST_CASE("the ledger has a line for each that saw an event and says whether it balances") {
  bus::LedgerReading r;
  r.publishers.push_back({});
  r.publishers[0].name = "in";
  r.publishers[0].offered = 10;
  r.publishers[0].admitted = 7;
  r.publishers[0].unmatched = 2;
  r.publishers[0].refused[static_cast<std::size_t>(bus::Refusal::input)] = 3;
  r.publishers.push_back({});
  r.publishers[1].name = "silent";
  r.subscribers.push_back({});
  bus::SubscriberReading& s = r.subscribers[0];
  s.name = "out";
  s.matched = 9;
  s.acknowledged = 4;
  s.skipped = 1;
  s.failures = 6;
  s.quarantined = true;
  s.dead[static_cast<std::size_t>(bus::Reason::attempts)] = 2;
  s.dead[static_cast<std::size_t>(bus::Reason::rejected)] = 1;
  s.dropped[static_cast<std::size_t>(bus::Reason::drop_oldest)] = 1;
  CHECK(app::ledger_text(r, {}) ==
        "ledger:\n"
        "  from in: offered 10 = admitted 7, refused (3 input); heard by nobody 2\n"
        "  to out: matched 9 = acknowledged 4, skipped 1, dead-lettered (2 attempts, 1 rejected), dropped (1 "
        "drop_oldest); "
        "failed attempts 6; quarantined\n"
        "nothing lost; every event accounted for\n");
}

TEST_CASE("what is lost and what does not add up is said loudly") {
  bus::LedgerReading r;
  r.subscribers.push_back({});
  r.subscribers[0].name = "out";
  r.subscribers[0].matched = 5;
  r.subscribers[0].in_flight = 1;
  r.subscribers[0].lost[static_cast<std::size_t>(bus::Reason::unwritable)] = 3;
  const std::string text = app::ledger_text(r, {});
  CHECK(text.find("LOST (3 unwritable), in flight 1") != std::string::npos);
  CHECK(text.find("3 LOST; THE LEDGER DOES NOT BALANCE") != std::string::npos);
}

TEST_CASE("metrics are printed with instance labels and unit") {
  using store::MetricKind;
  const std::string text = app::ledger_text({}, {{"a", "sent", "", "to=\"x\"", MetricKind::counter, 1234567, 3, 0},
                                                 {"a", "took", "ms", "", MetricKind::histogram, 7, 2, 0}});
  CHECK(text.find("  a: sent{to=\"x\"} = 1234567\n") != std::string::npos);
  CHECK(text.find("  a: took = 2 values, mean 3.5 ms\n") != std::string::npos);
}
