// When timers are due: time is handed in, so nothing here waits.
#include "bus/timers.h"

#include <catch2/catch.hpp>

#include <vector>

using hark::bus::Timers;
using hark::core::never_ns;

namespace {

std::uint64_t start(Timers& t, std::int64_t now, std::int64_t delay, std::int64_t period = 0, std::uint64_t user = 0) {
  std::uint64_t id = 0;
  REQUIRE(t.start(now, delay, period, user, id) == HARK_OK);
  return id;
}

std::vector<std::uint64_t> take_all(Timers& t, std::int64_t now) {
  std::vector<std::uint64_t> users;
  while (const auto user = t.take(now)) users.push_back(*user);
  return users;
}

using Users = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("a timer without a period is due once after its delay") {
  Timers t;
  CHECK(t.next_due() == never_ns);
  start(t, 100, 10, 0, 7);
  CHECK(t.next_due() == 110);
  CHECK_FALSE(t.take(109));
  CHECK(t.take(110) == 7u);
  CHECK_FALSE(t.take(1'000'000));
  CHECK(t.next_due() == never_ns);
}

TEST_CASE("timers are taken by their times and equal ones in the order of their starts") {
  Timers t;
  start(t, 0, 30, 0, 1);
  start(t, 0, 10, 0, 2);
  start(t, 10, 20, 0, 3);
  start(t, 0, 20, 0, 4);
  CHECK(take_all(t, 30) == Users{2, 4, 1, 3});
}

TEST_CASE("a period that was missed fires once and keeps its phase") {
  Timers t;
  start(t, 0, 100, 50, 9);
  CHECK(take_all(t, 100) == Users{9});
  CHECK(t.next_due() == 150);
  CHECK(take_all(t, 337) == Users{9});  // 150, 200, 250 and 300 are one
  CHECK(t.next_due() == 350);
  CHECK(take_all(t, 350) == Users{9});
  CHECK(t.next_due() == 400);
}

TEST_CASE("a cancelled timer is not taken and its id is stale from then on") {
  Timers t;
  const std::uint64_t first = start(t, 0, 10, 0, 1);
  const std::uint64_t second = start(t, 0, 20, 5, 2);
  CHECK(t.cancel(first));
  CHECK_FALSE(t.cancel(first));
  CHECK(t.next_due() == 20);
  CHECK(take_all(t, 20) == Users{2});
  CHECK(t.cancel(second));
  CHECK(t.next_due() == never_ns);
  CHECK_FALSE(t.cancel(0));
}

TEST_CASE("a timer that has fired for the last time is stale and another instance's is so always") {
  Timers t, other;
  const std::uint64_t id = start(t, 0, 1);
  CHECK_FALSE(other.cancel(id));
  CHECK(take_all(t, 1).size() == 1);
  CHECK_FALSE(t.cancel(id));
  CHECK(start(other, 0, 1) > id);
}

TEST_CASE("negative times are refused and those beyond the clock never come") {
  Timers t;
  std::uint64_t id = 0;
  CHECK(t.start(5, -1, 0, 0, id) == HARK_INVALID);
  CHECK(t.start(5, 0, -1, 0, id) == HARK_INVALID);
  CHECK(id == 0);
  start(t, 5, INT64_MAX);
  CHECK(t.next_due() == never_ns);
  start(t, 5, 0, INT64_MAX, 3);
  CHECK(take_all(t, 6) == Users{3});
  CHECK(t.next_due() == never_ns);
}

TEST_CASE("an instance has 1024 timers at most and one that ended makes room") {
  Timers t;
  std::uint64_t id = 0;
  for (std::size_t i = 0; i < Timers::most; ++i) id = start(t, 0, 10 + static_cast<std::int64_t>(i));
  CHECK(t.start(0, 1, 0, 0, id) == HARK_AGAIN);
  CHECK(t.take(10));
  CHECK(t.start(0, 1, 0, 0, id) == HARK_OK);
  CHECK(t.start(0, 1, 0, 0, id) == HARK_AGAIN);
}

TEST_CASE("what is cleared is gone and after close nothing starts") {
  Timers t;
  const std::uint64_t id = start(t, 0, 1, 1);
  t.clear();
  CHECK(t.next_due() == never_ns);
  CHECK_FALSE(t.cancel(id));
  start(t, 0, 1);
  t.close();
  CHECK_FALSE(t.take(never_ns));
  std::uint64_t late = 0;
  CHECK(t.start(0, 1, 0, 0, late) == HARK_CLOSING);
}
