#include "input/json_fault.h"

#include <catch2/catch.hpp>

#include <simdjson.h>
#include <random>
#include <string>

using namespace std::string_literals;
using hark::input::find_json_fault;
using hark::input::max_nesting;

namespace {

bool simdjson_accepts(simdjson::dom::parser& parser, const std::string& text) {
  return parser.parse(simdjson::padded_string(text)).error() == simdjson::SUCCESS;
}

}  // namespace

TEST_CASE("a valid document has no fault") {
  for (const std::string text : {R"({"a":[1,-2.5e+3,true,false,null,"\ud83d\ude00\n"],"b":{},"c":[]})", "[]", "0", "-0",
                                 " \t\r\n\"x\" ", "[[[]],{}]"}) {
    CHECK_FALSE(find_json_fault(text).has_value());
  }
}

TEST_CASE("the depth that is a fault is the one at which the parser gives up") {
  simdjson::dom::parser parser;
  REQUIRE(parser.allocate(4096, hark::input::parser_depth) == simdjson::SUCCESS);
  for (std::size_t depth = max_nesting - 2; depth < max_nesting + 3; ++depth) {
    const std::string text = std::string(depth, '[') + std::string(depth, ']');
    CHECK(simdjson_accepts(parser, text) == !find_json_fault(text).has_value());
  }
}

TEST_CASE("what the parser refuses has a fault and what it accepts has none") {
  const std::string seeds[] = {
      R"({"type":"error.disk","n":[1,2.5,-3e10,0,18446744073709551615],"ok":true,"no":null,"s":"a\"\\\u00e9\ud83d\ude00"})",
      "{\"k\":\"caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80\",\"x\":{\"y\":[[],{},[{}]]}, \"z\" : false }",
      R"([0.1e-5,-9223372036854775808,1E+2,"","\b\f\/",[[1]]])"};
  const std::string alphabet = "{}[]:,\"\\u0123456789dDcC8+-.eEtrufalsn \t\n\0\x01\xC3\xA9\xED\xA0\x80\xFF"s;
  std::mt19937 random(20240501);
  simdjson::dom::parser parser;
  std::size_t disagreements = 0;
  std::size_t accepted = 0;
  std::string example;
  for (int round = 0; round < 60'000; ++round) {
    std::string text = seeds[random() % std::size(seeds)];
    for (auto changes = 1 + random() % 3; changes != 0; --changes) {
      const std::size_t at = random() % text.size();
      const char byte = alphabet[random() % alphabet.size()];
      switch (random() % 4) {
        case 0: text[at] = byte; break;
        case 1: text.insert(at, 1, byte); break;
        case 2: text.erase(at, 1 + random() % 4); break;
        default: text.resize(at + 1); break;
      }
      if (text.empty()) text = "1";
    }
    const bool parses = simdjson_accepts(parser, text);
    accepted += parses ? 1 : 0;
    if (parses == find_json_fault(text).has_value() && disagreements++ == 0) example = text;
  }
  INFO(example);
  CHECK(disagreements == 0);
  CHECK(accepted > 1000);
}
