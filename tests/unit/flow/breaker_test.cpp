// The transitions of the breaker.
#include "flow/breaker.h"

#include <catch2/catch.hpp>

#include "core/clock.h"

using namespace std::chrono_literals;
using hark::flow::Breaker;
using Change = Breaker::Change;
using State = Breaker::State;

TEST_CASE("a breaker opens after failures in a row") {
  Breaker b({3, 100ns});
  CHECK(b.failure(0) == Change::none);
  CHECK(b.failure(0) == Change::none);
  CHECK(b.success() == Change::none);
  CHECK(b.failures() == 0);
  CHECK(b.failure(0) == Change::none);
  CHECK(b.failure(0) == Change::none);
  CHECK(b.failure(7) == Change::opened);
  CHECK(b.state() == State::open);
  CHECK(b.probe_at_ns() == 107);
  CHECK(b.failures() == 3);
}

TEST_CASE("open it lets one probe through when it is due") {
  Breaker b({1, 100ns});
  CHECK_FALSE(b.begin_probe(1000));  // closed: nothing to probe
  b.failure(0);
  CHECK_FALSE(b.begin_probe(99));
  CHECK(b.begin_probe(100));
  CHECK(b.state() == State::probing);
  CHECK_FALSE(b.begin_probe(1000));
}

TEST_CASE("a probe that succeeds closes it and one that fails sets the next") {
  Breaker b({1, 100ns});
  b.failure(0);
  REQUIRE(b.begin_probe(100));
  CHECK(b.failure(150) == Change::none);
  CHECK(b.state() == State::open);
  CHECK(b.probe_at_ns() == 250);
  REQUIRE(b.begin_probe(250));
  CHECK(b.success() == Change::closed);
  CHECK(b.state() == State::closed);
  CHECK(b.failure(300) == Change::opened);
}

TEST_CASE("a probe that found nothing to probe with is due again at once") {
  Breaker b({1, 100ns});
  b.cancel_probe();
  CHECK(b.state() == State::closed);
  b.failure(0);
  REQUIRE(b.begin_probe(100));
  b.cancel_probe();
  CHECK(b.state() == State::open);
  CHECK(b.begin_probe(100));
}

TEST_CASE("what was under way when it opened does not put the probe off") {
  Breaker b({1, 100ns});
  b.failure(0);
  CHECK(b.failure(50) == Change::none);
  CHECK(b.probe_at_ns() == 100);
}

TEST_CASE("with 0 it never opens") {
  Breaker b({0, 100ns});
  for (int i = 0; i < 1000; ++i) CHECK(b.failure(i) == Change::none);
  CHECK(b.state() == State::closed);
}

TEST_CASE("open for good it is never probed and no late success closes it") {
  Breaker b({5, 100ns});
  b.open_for_good();
  CHECK(b.state() == State::open);
  CHECK_FALSE(b.begin_probe(hark::core::never_ns - 1));
  CHECK(b.success() == Change::none);
  CHECK(b.state() == State::open);
  CHECK(b.failure(3) == Change::none);
  CHECK_FALSE(b.begin_probe(hark::core::never_ns - 1));
}
