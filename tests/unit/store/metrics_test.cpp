// What plugins count about themselves.
#include "store/metrics.h"

#include <catch2/catch.hpp>

#include <thread>

using hark::store::MetricKind;
using hark::store::Metrics;

TEST_CASE("counters add up gauges keep the last and histograms sum and count") {
  Metrics m;
  const auto counter = m.define("a", MetricKind::counter, "sent", "1");
  const auto gauge = m.define("a", MetricKind::gauge, "depth", "");
  const auto histogram = m.define("a", MetricKind::histogram, "took", "ms");
  for (const double v : {1.0, 2.0, 4.0}) {
    for (const auto id : {counter, gauge, histogram}) m.record("a", id, v, "");
  }
  const auto values = m.read();
  REQUIRE(values.size() == 3);
  CHECK(values[0].sum == 7);
  CHECK(values[1].sum == 4);
  CHECK(values[2].sum == 7);
  CHECK(values[2].count == 3);
  CHECK(values[2].unit == "ms");
}

TEST_CASE("the same name has the same id for one instance and another for another") {
  Metrics m;
  const auto a = m.define("a", MetricKind::counter, "n", "");
  CHECK(a != 0);
  CHECK(m.define("a", MetricKind::counter, "n", "") == a);
  CHECK(m.define("a", MetricKind::gauge, "n", "") == 0);
  CHECK(m.define("b", MetricKind::gauge, "n", "") != a);
  CHECK(m.define("a", MetricKind::counter, "", "") == 0);
}

TEST_CASE("an id that is not the instance's own is ignored") {
  Metrics m;
  const auto a = m.define("a", MetricKind::counter, "n", "");
  m.record("b", a, 5, "");
  m.record("a", 0, 5, "");
  m.record("a", a + 1, 5, "");
  m.record("a", UINT32_MAX, 5, "");
  CHECK(m.read().empty());
}

TEST_CASE("labels make series of their own up to a limit that is counted") {
  Metrics m;
  const auto id = m.define("a", MetricKind::counter, "n", "");
  for (std::size_t i = 0; i < Metrics::limit + 5; ++i) m.record("a", id, 1, "k=\"" + std::to_string(i) + "\"");
  m.record("a", id, 1, "k=\"0\"");  // one that is known goes on
  const auto values = m.read();
  REQUIRE(values.size() == Metrics::limit);
  CHECK(values[0].sum == 2);
  CHECK(values[0].refused == 5);
}

TEST_CASE("one instance cannot use up the metrics of another") {
  Metrics m;
  for (std::size_t i = 0; i < Metrics::limit; ++i)
    REQUIRE(m.define("greedy", MetricKind::counter, std::to_string(i), "") != 0);
  CHECK(m.define("greedy", MetricKind::counter, "one more", "") == 0);
  CHECK(m.define("greedy", MetricKind::counter, "0", "") != 0);
  CHECK(m.define("modest", MetricKind::counter, "mine", "") != 0);
}

TEST_CASE("threads count together exactly") {
  Metrics m;
  const auto id = m.define("a", MetricKind::counter, "n", "");
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) m.record("a", id, 1, "");
    });
  }
  for (auto& t : threads) t.join();
  CHECK(m.read().at(0).sum == 6000);
}
