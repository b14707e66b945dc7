#include "config/units.h"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using namespace hark::config;

TEST_CASE("sizes are whole numbers with a unit of a thousand or of 1024") {
  CHECK(parse_size("0B") == 0u);
  CHECK(parse_size("10kB") == 10'000u);
  CHECK(parse_size("64MiB") == 64u << 20);
  CHECK(parse_size("1GiB") == 1u << 30);
  CHECK(parse_size("2TB") == 2'000'000'000'000u);
}

TEST_CASE("durations are whole numbers with a unit") {
  CHECK(parse_duration("100us") == 100us);
  CHECK(parse_duration("200ms") == 200ms);
  CHECK(parse_duration("30s") == 30s);
  CHECK(parse_duration("5m") == 5min);
  CHECK(parse_duration("1h") == 1h);
  CHECK(parse_duration("7d") == 168h);
  CHECK(parse_duration("1w") == 168h);
  CHECK(parse_duration("0s") == 0s);
}

TEST_CASE("what is not a size or duration is refused with the way to write it") {
  for (const char* text : {"", "B", "MiB", "-1MiB", "+1MiB", "1.5GiB", "64 MiB", " 64MiB", "64mib", "64MiBs", "0x10B",
                           "1_000B", "NaNB", "10"}) {
    INFO(text);
    REQUIRE_FALSE(parse_size(text));
    CHECK(parse_size(text).error().message.find("64MiB") != std::string::npos);
  }
  for (const char* text : {"", "s", "30", "-1s", "1.5s", "30 s", "30sec", "1h30m", "30S"}) {
    INFO(text);
    REQUIRE_FALSE(parse_duration(text));
    CHECK(parse_duration(text).error().message.find("30s") != std::string::npos);
  }
}

TEST_CASE("numbers that overflow are refused and do not wrap") {
  for (const char* text :
       {"18446744073709551616B", "99999999999999999999999999B", "16777216TiB", "9223372036854775808B"}) {
    INFO(text);
    REQUIRE_FALSE(parse_size(text));
    CHECK(parse_size(text).error().message == "the number is too large");
  }
  CHECK(parse_size("9223372036854775807B") == 9223372036854775807u);
  CHECK_FALSE(parse_duration("15251w"));  // 2^63 ns are 15250.28 weeks
  CHECK(parse_duration("15250w"));
}

TEST_CASE("sizes and durations are shown in the largest unit that divides them") {
  CHECK(format_size(0) == "0B");
  CHECK(format_size(64u << 20) == "64MiB");
  CHECK(format_size(1500) == "1500B");
  CHECK(format_size(10'000) == "10kB");
  CHECK(format_duration(0s) == "0s");
  CHECK(format_duration(90s) == "90s");
  CHECK(format_duration(1500ms) == "1500ms");
  CHECK(format_duration(120s) == "2m");
}
