// One plugin's flood of lines.
#include "app/rate_limit.h"

#include <catch2/catch.hpp>

#include "core/clock.h"
#include "support/eventually.h"

using hark::app::RateLimit;

TEST_CASE("past the limit lines of one kind about one name are held back and told later") {
  RateLimit limit;
  std::uint64_t held = 99;
  std::uint32_t passed = 0;
  const std::int64_t began = hark::core::now_ns();
  for (int i = 0; i < 50; ++i) passed += limit.allow("a", "failed", held) ? 1u : 0u;
  const bool in_one_second = hark::core::now_ns() - began < 900'000'000;
  CHECK(passed >= RateLimit::per_second);
  if (!in_one_second) return;  // a very slow machine: the window has moved
  CHECK(passed == RateLimit::per_second);
  CHECK(held == 0);
  CHECK(limit.untold() == 50 - passed);
  CHECK(limit.allow("b", "failed", held));   // another name
  CHECK(limit.allow("a", "dropped", held));  // another kind
  REQUIRE(hark::test::eventually([&] { return limit.allow("a", "failed", held); }));
  CHECK(held >= 50 - passed);
  CHECK(limit.untold() == 0);
}
