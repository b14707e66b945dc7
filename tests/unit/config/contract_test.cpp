// Two shapes of one event, compared: a row for each way in which they may differ.
#include "config/contract.h"

#include <catch2/catch.hpp>
#include <hark/sdk/schema.hpp>

using namespace hark::config;

namespace {

EventShape shape(const std::string& schema) {
  auto read = read_event_shape(schema);
  REQUIRE(read);
  return std::move(*read);
}
// Of one field f.
std::string field(const std::string& schema, bool required = true) {
  return R"({"type":"object","properties":{"f":)" + schema + "}" + (required ? R"(,"required":["f"]})" : "}");
}
std::vector<Mismatch> compare_fields(const std::string& published, const std::string& heard) {
  return compare(shape(field(published)), shape(field(heard)));
}
// The one mismatch as a person reads it, or "fine".
std::string told(const std::vector<Mismatch>& mismatches) {
  std::string text;
  for (const Mismatch& m : mismatches) text += (text.empty() ? "" : "; ") + m.field + ": " + m.heard + ", but " + m.but;
  return text.empty() ? "fine" : text;
}
std::string told(const std::string& published, const std::string& heard) {
  return told(compare_fields(published, heard));
}

const std::string text = R"({"type":"string"})", boolean = R"({"type":"boolean"})", integer = R"({"type":"integer"})",
                  number = R"({"type":"number"})", any = "{}";
std::string words(const std::string& list) { return R"({"type":"string","enum":[)" + list + "]}"; }
std::string list(const std::string& of) { return R"({"type":"array","items":)" + of + "}"; }
std::string map(const std::string& of) { return R"({"type":"object","additionalProperties":)" + of + "}"; }

}  // namespace

TEST_CASE("a field of the same kind fits and one of another is told") {
  for (const std::string& same : {text, boolean, integer, number, list(text), map(text)})
    CHECK(told(same, same) == "fine");
  CHECK(told(text, integer) == "f: integer, but publishes it as text");
  CHECK(told(integer, text) == "f: text, but publishes it as integer");
  CHECK(told(boolean, number) == "f: number, but publishes it as boolean");
  CHECK(told(list(text), text) == "f: text, but publishes it as list of text");
  CHECK(told(map(text), list(text)) == "f: list of text, but publishes it as map of text");
}

TEST_CASE("an integer is a number and a number is no integer") {
  CHECK(told(integer, number) == "fine");
  CHECK(told(number, integer) == "f: integer, but publishes it as number");
}

TEST_CASE("a field that the subscriber requires must always be published") {
  const EventShape always = shape(field(text)), sometimes = shape(field(text, false)),
                   never = shape(R"({"type":"object","properties":{"g":{"type":"string"}}})");
  CHECK(compare(always, always).empty());
  CHECK(compare(always, sometimes).empty());
  CHECK(compare(sometimes, sometimes).empty());
  CHECK(compare(never, sometimes).empty());
  CHECK(told(compare(sometimes, always)) == "f: text, required, but does not always publish it");
  CHECK(told(compare(never, always)) == "f: text, required, but never publishes it");
}

TEST_CASE("a word that the subscriber does not know is told and one that it needs not is fine") {
  CHECK(told(words(R"("a","b")"), words(R"("a","b","c")")) == "fine");
  CHECK(told(words(R"("a","b","c","d")"), words(R"("a","b")")) == "f: one of `a`, `b`, but may publish it as `c`, `d`");
  CHECK(told(words(R"("a")"), text) == "fine");
  CHECK(told(text, words(R"("a")")) == "f: one of `a`, but publishes it as text");
  CHECK(told(integer, words(R"("a")")) == "f: one of `a`, but publishes it as integer");
}

TEST_CASE("a number past the range of the subscriber is told") {
  const std::string byte = R"({"type":"integer","minimum":0,"maximum":255})",
                    int32 = R"({"type":"integer","minimum":-2147483648,"maximum":2147483647})";
  CHECK(told(byte, int32) == "fine");
  CHECK(told(byte, integer) == "fine");
  CHECK(told(int32, byte) == "f: integer from 0 to 255, but publishes it as integer from -2147483648 to 2147483647");
  CHECK(told(integer, int32) == "f: integer from -2147483648 to 2147483647, but publishes it as integer");
  CHECK(told(text, R"({"type":["string","integer"],"minimum":0})") == "fine");
}

TEST_CASE("elements of lists and values of maps are compared by their path") {
  CHECK(told(list(text), list(integer)) == "f[]: integer, but publishes it as text");
  CHECK(told(list(list(text)), list(list(integer))) == "f[][]: integer, but publishes it as text");
  CHECK(told(map(text), map(integer)) == "f.*: integer, but publishes it as text");
  CHECK(told(map(list(text)), map(list(integer))) == "f.*[]: integer, but publishes it as text");
  CHECK(told(list(R"({"type":["integer","null"]})"), list(integer)) ==
        "f[]: integer, but publishes it as integer or null");
  CHECK(told(list(integer), list(R"({"type":["integer","null"]})")) == "fine");
}

TEST_CASE("structs inside are compared field by field") {
  const std::string item_text = field(text), item_integer = field(integer), item_maybe = field(text, false);
  CHECK(told(item_text, item_text) == "fine");
  CHECK(told(item_text, item_integer) == "f.f: integer, but publishes it as text");
  CHECK(told(list(item_text), list(item_integer)) == "f[].f: integer, but publishes it as text");
  CHECK(told(list(item_maybe), list(item_text)) == "f[].f: text, required, but does not always publish it");
}

TEST_CASE("a struct and a map are compared by what they hold") {
  CHECK(told(field(text), map(text)) == "fine");
  CHECK(told(field(text), map(integer)) == "f.f: integer, but publishes it as text");
  CHECK(told(map(text), field(text)) == "f.f: text, required, but does not always publish it");
  CHECK(told(map(text), field(integer, false)) == "f.f: integer, but publishes it as text");
}

TEST_CASE("an optional field is left out and so its null is no mismatch") {
  const EventShape maybe = shape(field(R"({"type":["string","null"]})", false)), fallback = shape(field(text, false));
  CHECK(compare(maybe, fallback).empty());
  CHECK(told(R"({"type":["string","null"]})", text) == "f: text, but publishes it as text or null");
  CHECK(told(text, R"({"type":["integer","null"]})") == "f: integer, but publishes it as text");
}

TEST_CASE("what a schema leaves open is no mismatch") {
  CHECK(told(any, text) == "fine");
  CHECK(told(text, any) == "fine");
  CHECK(told(list(any), R"({"type":"array"})") == "fine");
  CHECK(compare(shape(R"({"type":"object"})"), shape(field(text))).empty());
  CHECK(compare(shape(field(text)), shape(R"({"type":"object"})")).empty());
}

TEST_CASE("every mismatch is told and not only the first") {
  CHECK(compare(shape(R"({"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}}})"),
                shape(R"({"type":"object","properties":{"b":{"type":"integer"},"a":{"type":"boolean"},
                          "c":{"type":"string"}},"required":["c"]})")) ==
        std::vector<Mismatch>{{"b", "integer", "publishes it as text"},
                              {"a", "boolean", "publishes it as text"},
                              {"c", "text, required", "never publishes it"}});
}

namespace {

HARK_ENUM(Wide, info, warning, critical);
HARK_ENUM(Narrow, info, warning);
struct SoldItem {
  std::string name;
  std::optional<double> price;
  std::int64_t count = 0;
};
HARK_FIELDS(SoldItem, name, price, count);
struct Sold {
  std::vector<SoldItem> items;
  Wide severity;
  std::map<std::string, std::string> labels;
};
HARK_EVENT(Sold, "order.sold", items, severity, labels);

struct BookedItem {
  std::string name;
  double price;
  int count;
};
HARK_FIELDS(BookedItem, name, price, count);
struct Booked {
  std::vector<BookedItem> items;
  Narrow severity = Narrow::info;
  std::map<std::string, int> labels;
  std::optional<bool> done;
};
HARK_EVENT(Booked, "order.sold", items, HARK_DEFAULT(severity), labels, done);

}  // namespace

TEST_CASE("schemas that the SDK makes are compared as their structs differ") {
  const EventShape sold = shape(hark::event<Sold>.schema()), booked = shape(hark::event<Booked>.schema());
  CHECK(compare(sold, sold).empty());
  CHECK(compare(booked, booked).empty());
  CHECK(compare(sold, booked) ==
        std::vector<Mismatch>{{"items[].price", "number, required", "does not always publish it"},
                              {"items[].count", "integer from -2147483648 to 2147483647", "publishes it as integer"},
                              {"severity", "one of `info`, `warning`", "may publish it as `critical`"},
                              {"labels.*", "integer", "publishes it as text"}});
}
