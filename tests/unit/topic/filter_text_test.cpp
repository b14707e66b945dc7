// A `where` as a person reads it.
#include "topic/filter_text.h"

#include <catch2/catch.hpp>

#include <cstdint>
#include <string>

using hark::topic::FilterTest;
using hark::topic::to_text;
using Op = FilterTest::Op;
using namespace std::string_literals;

namespace {

std::string text_of(Op op, std::vector<hark::topic::FilterValue> values, bool negated = false) {
  return to_text("data.a", {op, negated, std::move(values)});
}
constexpr std::int64_t five = 5;

}  // namespace

TEST_CASE("each operator of a where has words or a sign and so has its opposite") {
  CHECK(text_of(Op::equals, {"x"s}) == R"(data.a = "x")");
  CHECK(text_of(Op::equals, {"x"s}, true) == R"(data.a != "x")");
  CHECK(text_of(Op::equals, {"x"s, five}) == R"(data.a in ["x", 5])");
  CHECK(text_of(Op::equals, {"x"s, five}, true) == R"(data.a not in ["x", 5])");
  CHECK(text_of(Op::prefix, {"x"s}) == R"(data.a starts with "x")");
  CHECK(text_of(Op::prefix, {"x"s}, true) == R"(data.a does not start with "x")");
  CHECK(text_of(Op::prefix, {"x"s, "y"s}) == R"(data.a starts with any of ["x", "y"])");
  CHECK(text_of(Op::prefix, {"x"s, "y"s}, true) == R"(data.a does not start with any of ["x", "y"])");
  CHECK(text_of(Op::gt, {five}) == "data.a > 5");
  CHECK(text_of(Op::gte, {five}) == "data.a >= 5");
  CHECK(text_of(Op::lt, {0.5}) == "data.a < 0.5");
  CHECK(text_of(Op::lte, {five}) == "data.a <= 5");
  CHECK(text_of(Op::gt, {five}, true) == "not (data.a > 5)");  // which a missing field meets: not <=
  CHECK(text_of(Op::gte, {five}, true) == "not (data.a >= 5)");
  CHECK(text_of(Op::lt, {five}, true) == "not (data.a < 5)");
  CHECK(text_of(Op::lte, {"2018-04-05T17:31:00Z"s}, true) == R"(not (data.a <= "2018-04-05T17:31:00Z"))");
  CHECK(text_of(Op::exists, {true}) == "data.a exists");
  CHECK(text_of(Op::exists, {false}) == "data.a is missing");
  CHECK(text_of(Op::exists, {true}, true) == "data.a is missing");
  CHECK(text_of(Op::exists, {false}, true) == "data.a exists");
}

TEST_CASE("values and names in the text of a where are whole and in one line") {
  CHECK(text_of(Op::equals, {true}) == "data.a = true");
  CHECK(text_of(Op::equals, {false}) == "data.a = false");
  CHECK(text_of(Op::equals, {1e300}) == "data.a = 1e+300");
  CHECK(text_of(Op::equals, {INT64_MIN}) == "data.a = -9223372036854775808");
  CHECK(text_of(Op::equals, {"a \"b\"\n\\"s}) == R"(data.a = "a \"b\"\n\\")");
  CHECK(text_of(Op::equals, {std::string(500, 'x')}).size() == 500 + std::string(R"(data.a = "")").size());
  CHECK(to_text("data.n\xc3\xa4me", {Op::exists, false, {true}}) == "data.n\xc3\xa4me exists");
  CHECK(to_text("data.a = 1 and\nb", {Op::exists, false, {true}}) == R"("data.a = 1 and\nb" exists)");
}

TEST_CASE("all tests of all fields have a text in the order of the file") {
  CHECK(hark::topic::to_texts({{{"data.n", {{Op::gte, false, {five}}, {Op::lt, false, {std::int64_t{9}}}}},
                                {"subject", {{Op::exists, false, {true}}}}}}) ==
        std::vector<std::string>{"data.n >= 5", "data.n < 9", "subject exists"});
  CHECK(hark::topic::to_texts({}).empty());
}
