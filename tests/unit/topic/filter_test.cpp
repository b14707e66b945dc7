#include "topic/filter.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

using hark::topic::EventJson;
using hark::topic::Filter;
using hark::topic::FilterSpec;
using hark::topic::FilterTest;
using hark::topic::FilterValue;
using Op = FilterTest::Op;
using namespace std::string_literals;

namespace {

hark_str str(std::string_view s) { return {s.data(), s.size()}; }

FilterTest test(Op op, FilterValue value) { return {op, false, {std::move(value)}}; }
FilterTest any(std::vector<FilterValue> values, Op op = Op::equals) { return {op, false, std::move(values)}; }
FilterTest is_not(FilterTest t) {
  t.negated = true;
  return t;
}
FilterTest equals(FilterValue value) { return test(Op::equals, std::move(value)); }
FilterValue number(std::int64_t i) { return i; }

FilterSpec where(std::string path, std::vector<FilterTest> tests) { return {{{std::move(path), std::move(tests)}}}; }
FilterSpec where(std::string path, FilterTest t) { return where(std::move(path), std::vector{std::move(t)}); }

// An event with texts that outlive it.
struct Event {
  hark_event event{};
  std::vector<hark_attr> attributes;

  explicit Event(std::string_view data = {}) {
    event.size = sizeof event;
    event.type = str("deploy.failed");
    event.source = str("/ci/prod");
    event.time_ns = HARK_TIME_ABSENT;
    if (!data.empty()) event.data = {data.data(), data.size()};
  }
  Event& with(std::string_view name, std::string_view value, std::uint32_t kind = HARK_ATTR_STRING) {
    attributes.push_back({str(name), str(value), kind, 0});
    event.attributes = attributes.data();
    event.n_attributes = static_cast<std::uint32_t>(attributes.size());
    return *this;
  }
};

Filter compile(const FilterSpec& spec) {
  auto filter = Filter::compile(spec);
  if (!filter) FAIL(filter.error().message);
  return *filter;
}

bool passes(const FilterSpec& spec, const Event& e) {
  EventJson json(e.event);
  const Filter filter = compile(spec);
  const bool passed = filter.matches(e.event, json);
  bool all = true;
  for (const auto& condition : filter.explain(e.event, json)) all = all && condition.met;
  CHECK(all == passed);  // an explanation never contradicts the decision
  return passed;
}

bool passes(const FilterSpec& spec, std::string_view data) { return passes(spec, Event(data)); }

std::string error_of(const FilterSpec& spec) {
  const auto filter = Filter::compile(spec);
  return filter ? "fine" : filter.error().message;
}

}  // namespace

TEST_CASE("a filter without conditions passes everything") {
  CHECK(passes(FilterSpec{}, "{not json"));
  CHECK(compile({}).empty());
}

TEST_CASE("core attributes are compared as text") {
  Event e;
  e.event.subject = str("s");
  e.event.content_type = str("text/plain");
  e.event.schema = str("urn:x");
  e.event.key = {"k", 1};
  CHECK(passes(where("type", equals("deploy.failed"s)), e));
  CHECK(passes(where("source", test(Op::prefix, "/ci/"s)), e));
  CHECK(passes(where("subject", equals("s"s)), e));
  CHECK(passes(where("datacontenttype", equals("text/plain"s)), e));
  CHECK(passes(where("dataschema", equals("urn:x"s)), e));
  CHECK(passes(where("partitionkey", equals("k"s)), e));
  CHECK(passes(where("specversion", equals("1.0"s)), e));
  CHECK_FALSE(passes(where("subject", equals("S"s)), e));
  CHECK_FALSE(passes(where("type", test(Op::prefix, "failed"s)), e));
}

TEST_CASE("an absent attribute makes a test false and its negation true") {
  const Event e;
  CHECK_FALSE(passes(where("subject", equals(""s)), e));
  CHECK_FALSE(passes(where("subject", test(Op::prefix, ""s)), e));
  CHECK(passes(where("subject", is_not(equals("x"s))), e));
  CHECK(passes(where("subject", test(Op::exists, false)), e));
  CHECK_FALSE(passes(where("subject", test(Op::exists, true)), e));
  CHECK(passes(where("subject", is_not(test(Op::exists, true))), e));
}

TEST_CASE("the id of an event without one is the text of its uid") {
  Event e;
  for (std::uint8_t i = 0; i < 16; ++i) e.event.uid[i] = static_cast<std::uint8_t>(i * 17);
  CHECK(passes(where("id", equals("00112233-4455-6677-8899-aabbccddeeff"s)), e));
  e.event.id = str("given");
  CHECK(passes(where("id", equals("given"s)), e));
}

TEST_CASE("extension attributes keep their kinds") {
  Event e;
  e.with("level", "5", HARK_ATTR_INTEGER).with("dry", "true", HARK_ATTR_BOOLEAN).with("text", "5").with("flag", "true");
  CHECK(passes(where("level", equals(number(5))), e));
  CHECK(passes(where("level", equals(5.0)), e));
  CHECK(passes(where("level", test(Op::gte, number(5))), e));
  CHECK_FALSE(passes(where("level", equals("5"s)), e));
  CHECK(passes(where("dry", equals(true)), e));
  CHECK_FALSE(passes(where("dry", equals("true"s)), e));
  CHECK_FALSE(passes(where("text", equals(number(5))), e));
  CHECK_FALSE(passes(where("text", test(Op::gt, number(1))), e));
  CHECK(passes(where("text", equals("5"s)), e));
  CHECK_FALSE(passes(where("flag", equals(true)), e));
  CHECK(passes(where("nothere", test(Op::exists, false)), e));
}

TEST_CASE("a partition key given as an extension is found too") {
  Event e;
  e.with("partitionkey", "p");
  CHECK(passes(where("partitionkey", equals("p"s)), e));
}

TEST_CASE("times compare as instants with a timestamp") {
  Event e;
  e.event.time_text = str("2018-04-05T18:31:00+01:00");
  CHECK(passes(where("time", equals("2018-04-05T17:31:00Z"s)), e));
  CHECK(passes(where("time", test(Op::gt, "2018-04-05T17:30:59.9Z"s)), e));
  CHECK_FALSE(passes(where("time", test(Op::lt, "2018-04-05T17:31:00Z"s)), e));
  CHECK(passes(where("time", test(Op::prefix, "2018-04-05T18"s)), e));
  Event stamped;
  stamped.event.time_ns = 1522949460'000'000'000;
  CHECK(passes(where("time", equals("2018-04-05T17:31:00Z"s)), stamped));
  CHECK(passes(where("time", test(Op::prefix, "2018-04-05T17"s)), stamped));
  CHECK_FALSE(passes(where("time", test(Op::exists, true)), Event{}));
  Event extension;
  extension.with("expires", "2030-01-01T00:00:00Z", HARK_ATTR_TIMESTAMP).with("text", "2030-01-01T00:00:00Z");
  CHECK(passes(where("expires", test(Op::lt, "2031-01-01T00:00:00Z"s)), extension));
  CHECK_FALSE(passes(where("text", test(Op::lt, "2031-01-01T00:00:00Z"s)), extension));
}

TEST_CASE("fields of the data are reached by dots and digits") {
  const char* data = R"({"user":{"name":"ana","tags":["x","y"]},"took_ms":900})";
  CHECK(passes(where("data.user.name", equals("ana"s)), data));
  CHECK(passes(where("data.user.tags.1", equals("y"s)), data));
  CHECK(passes(where("data.took_ms", {test(Op::gte, number(500)), test(Op::lt, number(1000))}), data));
  CHECK_FALSE(passes(where("data.took_ms", {test(Op::gte, number(500)), test(Op::lt, number(600))}), data));
  CHECK_FALSE(passes(where("data.user.tags.2", equals("y"s)), data));
  CHECK(passes(where("data", equals("word"s)), R"("word")"));
}

TEST_CASE("all fields must hold") {
  FilterSpec spec{{{"data.a", {equals(number(1))}}, {"type", {equals("deploy.failed"s)}}}};
  CHECK(passes(spec, R"({"a":1})"));
  CHECK_FALSE(passes(spec, R"({"a":2})"));
  spec.fields[1].tests = {equals("other"s)};
  CHECK_FALSE(passes(spec, R"({"a":1})"));
}

TEST_CASE("a list means any of its values") {
  const FilterTest list = any({"a"s, number(7), true});
  for (const char* data : {R"({"x":"a"})", R"({"x":7})", R"({"x":7.0})", R"({"x":true})"}) {
    CHECK(passes(where("data.x", list), data));
    CHECK_FALSE(passes(where("data.x", is_not(list)), data));
  }
  for (const char* data : {R"({"x":"b"})", R"({"x":8})", R"({"x":false})", R"({"x":["a"]})", R"({"y":1})"}) {
    CHECK_FALSE(passes(where("data.x", list), data));
    CHECK(passes(where("data.x", is_not(list)), data));
  }
  CHECK(passes(where("data.x", any({"ab"s, "xy"s}, Op::prefix)), R"({"x":"xyz"})"));
}

TEST_CASE("null is missing") {
  const char* data = R"({"x":null})";
  CHECK_FALSE(passes(where("data.x", test(Op::exists, true)), data));
  CHECK(passes(where("data.x", test(Op::exists, false)), data));
  CHECK(passes(where("data.x", is_not(equals("a"s))), data));
  CHECK_FALSE(passes(where("data.x", test(Op::lt, number(1))), data));
}

TEST_CASE("objects and arrays exist and equal nothing") {
  for (const char* data : {R"({"x":{}})", R"({"x":[]})"}) {
    CHECK(passes(where("data.x", test(Op::exists, true)), data));
    CHECK_FALSE(passes(where("data.x", equals(""s)), data));
    CHECK_FALSE(passes(where("data.x", test(Op::prefix, ""s)), data));
  }
}

TEST_CASE("data that is not JSON has no fields") {
  CHECK_FALSE(passes(where("data.x", equals("a"s)), "{broken"));
  CHECK(passes(where("data.x", is_not(equals("a"s))), "{broken"));
  Event text("{\"x\":\"a\"}");
  text.event.content_type = str("text/plain");
  CHECK_FALSE(passes(where("data.x", equals("a"s)), text));
  CHECK(passes(where("data", test(Op::exists, false)), Event{}));
}

TEST_CASE("numbers are equal by value across their spellings") {
  for (const char* one : {"1", "1.0", "1e0", "10e-1"}) {
    const std::string data = "{\"x\":"s + one + "}";
    CHECK(passes(where("data.x", equals(number(1))), data));
    CHECK(passes(where("data.x", equals(1.0)), data));
    CHECK_FALSE(passes(where("data.x", equals(true)), data));
    CHECK_FALSE(passes(where("data.x", equals("1"s)), data));
    CHECK_FALSE(passes(where("data.x", test(Op::gt, number(1))), data));
    CHECK(passes(where("data.x", test(Op::gte, 1.0)), data));
    CHECK(passes(where("data.x", test(Op::lt, 1.5)), data));
  }
  CHECK(passes(where("data.x", equals(number(0))), R"({"x":-0.0})"));
}

TEST_CASE("64-bit integers are compared exactly") {
  const auto x = [](const char* n) { return "{\"x\":"s + n + "}"; };
  const std::int64_t odd = 9'007'199'254'740'993;  // 2^53 + 1: its nearest double is 2^53
  CHECK(passes(where("data.x", equals(number(odd))), x("9007199254740993")));
  CHECK_FALSE(passes(where("data.x", equals(number(odd))), x("9007199254740992")));
  CHECK_FALSE(passes(where("data.x", equals(9'007'199'254'740'992.0)), x("9007199254740993")));
  CHECK(passes(where("data.x", test(Op::gt, 9'007'199'254'740'992.0)), x("9007199254740993")));
  CHECK(passes(where("data.x", test(Op::lt, number(odd))), x("9007199254740992.0")));
  CHECK_FALSE(passes(where("data.x", equals(0x1p63)), x("9223372036854775807")));
  CHECK(passes(where("data.x", test(Op::lt, 0x1p63)), x("9223372036854775807")));
  CHECK(passes(where("data.x", equals(0x1p63)), x("9223372036854775808")));
  CHECK(passes(where("data.x", equals(-0x1p63)), x("-9223372036854775808")));
  CHECK(passes(where("data.x", test(Op::gt, number(INT64_MAX))), x("18446744073709551615")));
  CHECK(passes(where("data.x", test(Op::lt, 0x1p64)), x("18446744073709551615")));
  CHECK(passes(where("data.x", test(Op::gt, -1.0)), x("18446744073709551615")));
  CHECK(passes(where("data.x", test(Op::lt, 2.5)), x("2")));
  CHECK(passes(where("data.x", test(Op::gt, 2.5)), x("3")));
  CHECK(passes(where("data.x", test(Op::gt, -2.5)), x("-2")));
  CHECK(passes(where("data.x", test(Op::lt, -2.5)), x("-3")));
  CHECK(passes(where("data.x", test(Op::lt, std::numeric_limits<double>::infinity())), x("9223372036854775807")));
}

TEST_CASE("texts that look like numbers are not numbers") {
  CHECK_FALSE(passes(where("data.x", test(Op::gt, number(1))), R"({"x":"5"})"));
  CHECK_FALSE(passes(where("data.x", equals(number(5))), R"({"x":"5"})"));
  CHECK_FALSE(passes(where("data.x", test(Op::prefix, "5"s)), R"({"x":55})"));
}

TEST_CASE("conditions that can never work are refused with the field and the reason") {
  const auto says = [](const FilterSpec& spec, std::string_view part) {
    const std::string error = error_of(spec);
    CAPTURE(error);
    CHECK(error.find(part) != error.npos);
    CHECK(error.starts_with("`" + spec.fields[0].path + "`: "));
  };
  says(where("", equals("x"s)), "needs the name of a field");
  says(where("data.", equals("x"s)), "empty name between the dots");
  says(where("data..a", equals("x"s)), "empty name between the dots");
  says(where("took_ms", equals("x"s)), "`data.took_ms`");
  says(where("Type", equals("x"s)), "no attribute is called so");
  says(where("a.b", equals("x"s)), "`data.a.b`");
  says(where("data.x", any({})), "an empty list never matches");
  says(where("data.x", std::vector<FilterTest>{}), "no test for it");
  says(where("data.x", any({}, Op::gt)), "a value is missing");
  says(where("data.x", any({number(1), number(2)}, Op::gt)), "one value, not a list");
  says(where("data.x", test(Op::gt, "5"s)), "need a number");
  says(where("data.x", test(Op::gt, "2018-04-05T17:31:00Z"s)), "need a number");
  says(where("data.x", test(Op::lte, true)), "need a number");
  says(where("data.x", test(Op::prefix, number(1))), "prefix needs text");
  says(where("data.x", test(Op::exists, "yes"s)), "exists is true or false");
  says(where("data.x", equals(std::nan(""))), "nan compares with nothing");
  says(where("data.x", test(Op::gt, std::nan(""))), "nan compares with nothing");
  says(where("subject", equals(number(1))), "is text, and never equals");
  says(where("type", test(Op::gt, number(1))), "is text, and gt");
  says(where("time", test(Op::gt, number(1))), "RFC 3339");
  says(where("time", test(Op::gt, "yesterday"s)), "RFC 3339");
  says(where("myext", test(Op::gt, "soon"s)), "need a number");
}

TEST_CASE("an explanation shows each condition with the value it met") {
  const Event e(R"({"took_ms":480,"user":"an\"a\u0001","o":{},"n":null})");
  const FilterSpec spec{{{"data.took_ms", {test(Op::gte, number(500))}},
                         {"data.user", {is_not(test(Op::prefix, "bot-"s))}},
                         {"source", {any({"/a"s, "/ci/prod"s})}},
                         {"data.o", {test(Op::exists, true)}},
                         {"data.n", {equals(1.5)}},
                         {"data.z", {equals(true)}}}};
  EventJson json(e.event);
  const auto told = compile(spec).explain(e.event, json);
  REQUIRE(told.size() == 6);
  const auto line = [&told](std::size_t i) {
    return told[i].condition + (told[i].met ? " met " : " not met ") + told[i].actual;
  };
  CHECK(line(0) == R"(source in ["/a", "/ci/prod"] met "/ci/prod")");
  CHECK(line(1) == "data.took_ms >= 500 not met 480");
  CHECK(line(2) == R"(data.user does not start with "bot-" met "an\"a\u0001")");
  CHECK(line(3) == "data.o exists met an object");
  CHECK(line(4) == "data.n = 1.5 not met null");
  CHECK(line(5) == "data.z = true not met missing");
}

TEST_CASE("a long value is cut in an explanation without splitting a character") {
  std::string text(119, 'a');
  for (int i = 0; i < 100; ++i) text += "\xc3\xbc";
  const std::string data = "{\"x\":\"" + text + "\"}";
  const Event e(data);
  EventJson json(e.event);
  const auto told = compile(where("data.x", test(Op::exists, true))).explain(e.event, json);
  CHECK(told[0].actual == "\"" + std::string(119, 'a') + "...\"");
}
