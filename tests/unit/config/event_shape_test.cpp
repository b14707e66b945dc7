// From a schema to a shape, and to words for people.
#include "config/event_shape.h"

#include <catch2/catch.hpp>

using namespace hark::config;

namespace {

std::string described(const std::string& property, const std::string& more = "") {
  const auto shape = read_event_shape(R"({"type":"object","properties":{"f":)" + property + "}" + more + "}");
  REQUIRE(shape);
  REQUIRE(shape->fields.size() == 1);
  return describe(shape->fields[0]);
}
const std::string required = R"(,"required":["f"])";

}  // namespace

TEST_CASE("a field is described by kind and by what becomes of it when it is absent") {
  CHECK(described(R"({"type":"string"})", required) == "text");
  CHECK(described(R"({"type":["integer","null"]})") == "integer, optional");
  CHECK(described(R"({"type":"string","default":"ERROR"})") == "text, default \"ERROR\"");
  CHECK(described(R"({"type":"array","items":{"type":["number","null"]}})", required) == "list of number or null");
  CHECK(described(R"({"type":"object","additionalProperties":{"type":"boolean"}})", required) == "map of boolean");
  CHECK(described(R"({"type":"object","properties":{"a":{}}})", required) == "object");
  CHECK(described(R"({"type":["string","null"],"enum":["a","b",null]})") == "one of `a`, `b`, optional");
  CHECK(described("{}", required) == "anything");
  CHECK(described("true", required) == "anything");
  CHECK(described(R"({"enum":["a",1]})", required) == "one of `a` or integer");
  CHECK(described(R"({"type":["string","integer"]})", required) == "text or integer");
}

TEST_CASE("fields keep the order of their schema") {
  const auto shape = read_event_shape(R"({"type":"object","properties":{"z":{},"a":{},"m":{}}})");
  REQUIRE(shape->fields.size() == 3);
  CHECK(shape->fields[0].name == "z");
  CHECK(shape->fields[2].name == "m");
}

TEST_CASE("a schema that describes no object is refused") {
  CHECK(read_event_shape("nonsense").error().message == "not JSON");
  CHECK(read_event_shape("").error().message == "not JSON");
  CHECK_FALSE(read_event_shape("[]"));
  CHECK_FALSE(read_event_shape(R"({"type":"string"})"));
  CHECK(read_event_shape(R"({"type":"object","properties":3,"required":4,"additionalProperties":false})"));
}

TEST_CASE("a schema nested past the limit is read to the limit and no further") {
  std::string schema = R"({"type":"string"})";
  for (int i = 0; i < 10'000; ++i) schema = R"({"type":"array","items":)" + schema + "}";
  const auto shape = read_event_shape(R"({"type":"object","properties":{"f":)" + schema + "}}");
  REQUIRE(shape);
  CHECK(describe(shape->fields[0].shape).find("list of anything") != std::string::npos);
}
