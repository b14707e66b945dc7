// A schema as a person reads it.
#include "config/schema_rows.h"

#include <catch2/catch.hpp>

using hark::config::schema_rows;

namespace {

std::vector<std::string> rows(const char* schema) {
  const auto r = schema_rows(schema);
  if (!r) return {"broken: " + r.error().message};
  std::vector<std::string> lines;
  for (const auto& row : *r) lines.push_back(row.key + " | " + row.rule + " | " + row.about);
  return lines;
}

}  // namespace

TEST_CASE("each key has its kind and whether it must be there and what holds without it") {
  CHECK(rows(R"({"type":"object","required":["path"],"properties":{
    "path":{"type":"string","description":"file to append to"},
    "format":{"enum":["json","text"],"default":"json"},
    "n":{"type":["integer","string"],"minimum":1,"maximum":9},
    "least":{"type":"number","minimum":0.5},
    "version":{"const":1},
    "any":{}}})") == std::vector<std::string>{"any | anything | ",
                                              "format | one of \"json\", \"text\"; \"json\" when absent | ",
                                              "least | number from 0.5 | ", "n | integer or text from 1 to 9 | ",
                                              "path | text, required | file to append to", "version | always 1 | "});
}

TEST_CASE("what lies in tables and lists follows them") {
  CHECK(rows(R"({"properties":{"servers":{"type":"array","items":{"type":"object","required":["host"],
    "properties":{"host":{"type":"string"}}}},
    "headers":{"type":"object","additionalProperties":{"type":"string"}}}})") ==
        std::vector<std::string>{"headers | table | ", "headers.* | text | ", "servers | list | ",
                                 "servers[] | table | ", "servers[].host | text, required | "});
}

TEST_CASE("a schema without keys has no rows and a broken one says why") {
  CHECK(rows(R"({"type":"object"})").empty());
  CHECK(rows("{") == std::vector<std::string>{"broken: not JSON"});
  CHECK(rows(R"({"pattern":"a"})") ==
        std::vector<std::string>{"broken: keyword `pattern` at the top is not supported"});
}
