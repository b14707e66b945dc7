#include "core/timestamp.h"

#include <catch2/catch.hpp>

#include <climits>
#include <cstdint>
#include <string>

using hark::core::format_timestamp;
using hark::core::is_timestamp;
using hark::core::parse_timestamp;

TEST_CASE("a timestamp is read as Unix nanoseconds") {
  CHECK(parse_timestamp("1970-01-01T00:00:00Z") == 0);
  CHECK(parse_timestamp("2018-04-05T17:31:00Z") == 1522949460'000'000'000);
  CHECK(parse_timestamp("1969-12-31T23:59:59.5Z") == -500'000'000);
  CHECK(parse_timestamp("2000-02-29T12:00:00z") == 951825600'000'000'000);
  CHECK(parse_timestamp("2018-04-05t17:31:00Z") == 1522949460'000'000'000);
}

TEST_CASE("offsets of a timestamp are taken to UTC") {
  CHECK(parse_timestamp("2018-04-05T18:31:00+01:00") == 1522949460'000'000'000);
  CHECK(parse_timestamp("2018-04-05T12:01:00-05:30") == 1522949460'000'000'000);
  CHECK(parse_timestamp("1970-01-01T00:00:00-00:00") == 0);
  CHECK(parse_timestamp("1970-01-01T23:59:00+23:59") == 0);
}

TEST_CASE("a fraction has any number of digits and the tenth is cut off") {
  CHECK(parse_timestamp("1970-01-01T00:00:00.1Z") == 100'000'000);
  CHECK(parse_timestamp("1970-01-01T00:00:00.123456789Z") == 123'456'789);
  CHECK(parse_timestamp("1970-01-01T00:00:00.1234567899999Z") == 123'456'789);
  CHECK(parse_timestamp("1970-01-01T00:00:00." + std::string(5000, '0') + "Z") == 0);
}

TEST_CASE("a leap second reads as the last nanosecond before it and only at the end of a UTC day") {
  CHECK(parse_timestamp("1990-12-31T23:59:60Z") == *parse_timestamp("1991-01-01T00:00:00Z") - 1);
  CHECK(parse_timestamp("1990-12-31T15:59:60.25-08:00") == *parse_timestamp("1991-01-01T00:00:00Z") - 1);
  CHECK(parse_timestamp("1965-12-31T23:59:60Z") == *parse_timestamp("1966-01-01T00:00:00Z") - 1);
  CHECK_FALSE(is_timestamp("1990-12-31T12:59:60Z"));
  CHECK_FALSE(is_timestamp("1990-12-31T23:59:60+01:00"));
  CHECK_FALSE(is_timestamp("1990-12-31T23:59:61Z"));
}

TEST_CASE("what RFC 3339 does not allow is no timestamp") {
  const auto text =
      GENERATE(as<std::string>{}, "", "lunchtime", "2018-04-05", "2018-04-05T18:31Z", "2018-04-05T18:31:00X",
               "2018-04-05T18:31:00", "2018-04-05T18:31:00+25:00", "2018-04-05T18:31:00+24:00",
               "2018-04-05T18:31:00+xx:00", "2018-04-05T18:31:00+05", "2018-04-05T18:31:00+05:60",
               "2018-04-05T18:31:00+0500", "2018-04-05 18:31:00Z", "2018-04-05T18:31:00.Z", "2018-04-05T18:31:00 Z",
               "2018-04-05T18:31:00ZZ", " 2018-04-05T18:31:00Z", "2018-13-05T18:31:00Z", "2018-00-05T18:31:00Z",
               "2018-04-31T18:31:00Z", "2018-02-29T18:31:00Z", "1900-02-29T18:31:00Z", "2018-04-00T18:31:00Z",
               "2018-04-05T24:00:00Z", "2018-04-05T18:60:00Z", "18-04-05T18:31:00Z", "12018-04-05T18:31:00Z",
               "-018-04-05T18:31:00Z", "2018-04-05T18:31:00,5Z", "2018-4-5T18:31:00Z", "2018-04-05T18:31:0Z");
  CAPTURE(text);
  CHECK_FALSE(is_timestamp(text));
  CHECK_FALSE(parse_timestamp(text));
}

TEST_CASE("a timestamp with a NUL inside is none") {
  CHECK_FALSE(is_timestamp(std::string("2018-04-05T18:31:00Z\0", 21)));
}

TEST_CASE("a timestamp that 64 bits cannot hold is one but has no nanoseconds") {
  for (const char* text : {"0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", "1677-09-21T00:12:43.145224191Z",
                           "2262-04-11T23:47:16.854775808Z", "0000-01-01T00:00:00+23:59"}) {
    CAPTURE(text);
    CHECK(is_timestamp(text));
    CHECK_FALSE(parse_timestamp(text));
  }
  CHECK(parse_timestamp("2262-04-11T23:47:16.854775807Z") == INT64_MAX);
  CHECK(parse_timestamp("1677-09-21T00:12:43.145224193Z") == INT64_MIN + 1);
  CHECK_FALSE(parse_timestamp("1677-09-21T00:12:43.145224192Z"));  // INT64_MIN means absent
}

TEST_CASE("a time is written with as few fraction digits as say it exactly") {
  CHECK(format_timestamp(0).view() == "1970-01-01T00:00:00Z");
  CHECK(format_timestamp(1522949460'000'000'000).view() == "2018-04-05T17:31:00Z");
  CHECK(format_timestamp(1'500'000'000).view() == "1970-01-01T00:00:01.500Z");
  CHECK(format_timestamp(1'000'001'000).view() == "1970-01-01T00:00:01.000001Z");
  CHECK(format_timestamp(1).view() == "1970-01-01T00:00:00.000000001Z");
  CHECK(format_timestamp(-1).view() == "1969-12-31T23:59:59.999999999Z");
  CHECK(format_timestamp(INT64_MAX).view() == "2262-04-11T23:47:16.854775807Z");
  CHECK(format_timestamp(INT64_MIN).view() == "1677-09-21T00:12:43.145224192Z");
}

TEST_CASE("every time that is written is read back the same") {
  std::uint64_t state = 1;
  for (int i = 0; i < 20'000; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    const auto ns = static_cast<std::int64_t>(state);
    if (ns == INT64_MIN) continue;
    const std::int64_t at = i % 3 == 0 ? ns / 1'000'000'000 * 1'000'000'000 : ns;
    REQUIRE(parse_timestamp(format_timestamp(at).view()) == at);
  }
}
