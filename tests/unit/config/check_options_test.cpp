#include <catch2/catch.hpp>

#include "config_text.h"

using namespace hark::config;
using namespace hark::config::testing;

namespace {

constexpr const char* log_file = R"({
  "$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "required": ["path"],
  "additionalProperties": false,
  "properties": {
    "path": {"type": "string", "minLength": 1, "maxLength": 10},
    "format": {"enum": ["json", "text"]},
    "mode": {"type": ["string", "integer"]},
    "size": {"type": "integer", "minimum": 1, "maximum": 100},
    "ratio": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    "tags": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 3},
    "version": {"const": 1},
    "headers": {"type": "object", "additionalProperties": {"type": "string"}, "maxProperties": 2},
    "servers": {"type": "array", "items": {"type": "object", "required": ["host"], "additionalProperties": false,
      "properties": {"host": {"type": "string"}, "port": {"type": "integer"}}}}
  }})";

// options of [subscribers.out], in line 5, against a schema.
std::vector<std::string> checked(const std::string& options, const char* schema = log_file) {
  Loaded loaded = with_subscriber("options = " + options + "\n");
  REQUIRE(told(loaded.report).empty());
  check_options(loaded.config.subscribers[0], schema, loaded.report);
  return told(loaded.report);
}

std::string schema_message(const char* schema) {
  const auto problems = checked("{}", schema);
  if (problems.empty()) return {};
  CHECK(problems.size() == 1);
  return problems[0].substr(0, problems[0].find(" | "));
}

using Told = std::vector<std::string>;

}  // namespace

TEST_CASE("options that fit their schema are fine") {
  CHECK(checked(R"({ path = "a", format = "json", mode = 5, size = 100, ratio = 0.5, tags = ["x"], version = 1 })")
            .empty());
  CHECK(checked(R"({ path = "a", headers = { a = "1" }, servers = [{ host = "h", port = 1 }, { host = "h" }] })")
            .empty());
  CHECK(checked("{ anything = 1 }", nullptr).empty());
  CHECK(checked("{ anything = 1 }", "{}").empty());
}

TEST_CASE("a value of the wrong kind is told at the value in words of the file") {
  CHECK(checked("{ path = 5 }") == Told{"5:20 subscribers.out.options.path: expected text, found integer"});
  CHECK(checked("{ path = \"a\", mode = true }") ==
        Told{"5:32 subscribers.out.options.mode: expected text or integer, found boolean"});
  CHECK(checked("{ path = \"a\", size = 1.0 }") ==
        Told{"5:32 subscribers.out.options.size: expected integer, found number"});
  CHECK(checked("{ path = \"a\", tags = \"x\" }") ==
        Told{"5:32 subscribers.out.options.tags: expected list, found text"});
  CHECK(checked("{ path = \"a\", headers = [] }") ==
        Told{"5:35 subscribers.out.options.headers: expected table, found list"});
}

TEST_CASE("a missing key is told at the table that lacks it") {
  CHECK(checked("{}") == Told{"5:11 subscribers.out.options: missing key `path`"});
  CHECK(checked("{ path = \"a\", servers = [{ host = \"h\" }, { port = 1 }] }") ==
        Told{"5:52 subscribers.out.options.servers[1]: missing key `host`"});
  Loaded loaded = with_subscriber("");
  check_options(loaded.config.subscribers[0], log_file, loaded.report);
  CHECK(told(loaded.report) == Told{"3:1 subscribers.out.options: missing key `path`"});
}

TEST_CASE("an unknown key is told at the key with the right word") {
  CHECK(checked("{ path = \"a\", fromat = \"json\" }") ==
        Told{"5:25 subscribers.out.options: unknown key `fromat` | did you mean `format`?"});
  CHECK(checked("{ path = \"a\", x1 = 1, x2 = 2 }").size() == 2);
  CHECK(checked("{ path = \"a\", servers = [{ host = \"h\", prot = 1 }] }") ==
        Told{"5:50 subscribers.out.options.servers[0]: unknown key `prot` | did you mean `port`?"});
}

TEST_CASE("words and bounds are told with what is allowed") {
  CHECK(checked("{ path = \"a\", format = \"jsn\" }") ==
        Told{"5:34 subscribers.out.options.format: must be one of \"json\", \"text\" | did you mean `json`?"});
  CHECK(checked("{ path = \"a\", size = 0 }") == Told{"5:32 subscribers.out.options.size: must be at least 1, is 0"});
  CHECK(checked("{ path = \"a\", size = 101 }") ==
        Told{"5:32 subscribers.out.options.size: must be at most 100, is 101"});
  CHECK(checked("{ path = \"a\", ratio = 0.0 }") ==
        Told{"5:33 subscribers.out.options.ratio: must be more than 0, is 0.0"});
  CHECK(checked("{ path = \"a\", ratio = 1 }") ==
        Told{"5:33 subscribers.out.options.ratio: must be less than 1, is 1"});
  CHECK(checked("{ path = \"a\", version = 2 }") == Told{"5:35 subscribers.out.options.version: must be 1"});
  CHECK(checked("{ path = \"\" }") ==
        Told{"5:20 subscribers.out.options.path: must have at least 1 characters, has 0"});
  CHECK(checked("{ path = \"\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\" }").empty());  // 6 characters, 12 bytes
  CHECK(checked("{ path = \"12345678901\" }") ==
        Told{"5:20 subscribers.out.options.path: must have at most 10 characters, has 11"});
  CHECK(checked("{ path = \"a\", tags = [] }") ==
        Told{"5:32 subscribers.out.options.tags: must have at least 1 elements, has 0"});
  CHECK(checked("{ path = \"a\", headers = { a = \"\", b = \"\", c = \"\" } }") ==
        Told{"5:35 subscribers.out.options.headers: must have at most 2 keys, has 3"});
}

TEST_CASE("all violations are told and each at the deepest place") {
  CHECK(checked("{ size = 0, tags = [1, \"x\", true], headers = { a = 1 }, bad = 1 }") ==
        Told{"5:11 subscribers.out.options: missing key `path`",
             "5:20 subscribers.out.options.size: must be at least 1, is 0",
             "5:31 subscribers.out.options.tags[0]: expected text, found integer",
             "5:39 subscribers.out.options.tags[2]: expected text, found boolean",
             "5:62 subscribers.out.options.headers.a: expected text, found integer",
             "5:67 subscribers.out.options: unknown key `bad`"});
}

TEST_CASE("keys with brackets and slashes are found again") {
  CHECK(checked("{ \"a[0]/~\" = 1 }", R"({"properties": {"a[0]/~": {"type": "string"}}})") ==
        Told{"5:24 subscribers.out.options.\"a[0]/~\": expected text, found integer"});
}

TEST_CASE("a schema that is not one is blamed on the plugin") {
  const std::string lead = "4:10 plugin `print` has a broken options schema: ";
  CHECK(schema_message("") == lead + "not JSON");
  CHECK(schema_message("{") == lead + "not JSON");
  CHECK(schema_message("5") == lead + "the schema at the top is not an object");
  CHECK(schema_message("[]") == lead + "the schema at the top is not an object");
  CHECK(schema_message("true") == lead + "the schema at the top is not an object");
  CHECK(schema_message(R"({"type": "array"})") == lead + "`type` at the top must be object");
  CHECK(schema_message(R"({"type": "text"})").starts_with(lead + "keyword `type` at the top must be"));
  CHECK(schema_message(R"({"properties": []})") == lead + "keyword `properties` at the top must be an object");
  CHECK(schema_message(R"({"properties": {"a": 5}})") == lead + "the schema at /properties/a is not an object");
  CHECK(schema_message(R"({"required": "a"})") == lead + "keyword `required` at the top must be a list of texts");
  CHECK(schema_message(R"({"minProperties": -1})") ==
        lead + "keyword `minProperties` at the top must be a whole number from 0, below 2^63");
  CHECK(schema_message(R"({"properties": {"a": {"enum": []}}})") ==
        lead + "keyword `enum` at /properties/a must be a list that is not empty");
  CHECK(schema_message(R"({"properties": {"a": {"items": [{}]}}})") ==
        lead + "keyword `items` at /properties/a must be one schema");
}

TEST_CASE("keywords outside the subset are refused and not ignored") {
  for (const std::string keyword : {"pattern",
                                    "patternProperties",
                                    "format",
                                    "$ref",
                                    "$id",
                                    "allOf",
                                    "anyOf",
                                    "oneOf",
                                    "not",
                                    "if",
                                    "uniqueItems",
                                    "multipleOf",
                                    "contains",
                                    "dependencies",
                                    "propertyNames",
                                    "unevaluatedProperties",
                                    "dependentRequired",
                                    "prefixItems",
                                    "$defs",
                                    "requird"}) {
    const std::string schema = R"({"properties": {"a": {")" + keyword + R"(": "x"}}})";
    CHECK(schema_message(schema.c_str()) == "4:10 plugin `print` has a broken options schema: keyword `" + keyword +
                                                "` at /properties/a is not supported");
  }
}

TEST_CASE("schemas that are deep or have absurd numbers are no crash") {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += R"({"items":)";
  CHECK(schema_message(deep.c_str()).ends_with("not JSON"));
  for (int i = 0; i < 100'000; ++i) deep += (i == 0 ? "{}}" : "}");
  CHECK(schema_message(deep.c_str()).ends_with("nested more than 32 deep"));
  CHECK(schema_message(R"({"properties": {"a": {"maxLength": 9223372036854775807, "minimum": 1e308}}})").empty());
  CHECK(checked("{ a = \"\" }", R"({"properties": {"a": {"minLength": 9223372036854775807}}})").size() == 1);
  // Past 2^63 valijson would wrap: refused instead.
  CHECK(schema_message(R"({"properties": {"a": {"minimum": 18446744073709551615}}})").find("`minimum`") !=
        std::string::npos);
  CHECK(schema_message(R"({"properties": {"a": {"maxItems": 9223372036854775808}}})").find("`maxItems`") !=
        std::string::npos);
}

TEST_CASE("a list of a hundred thousand wrong values is told in bounded time and space") {
  std::string list;
  for (int i = 0; i < 100'000; ++i) list += "1,";
  const auto problems =
      checked("{ path = \"a\", tags = [" + list + "] }", R"({"properties": {"tags": {"items": {"type": "string"}}}})");
  CHECK(problems.size() == 200);
}
