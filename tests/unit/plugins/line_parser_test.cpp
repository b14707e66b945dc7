#include <catch2/catch.hpp>

#include <string>

#include "parsed_line.h"

using hark::input::LineOptions;
using hark::test::ParsedLine;

namespace {

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("an object is an event of the type its type field names, with the object as it stood for data") {
  const std::string line = R"(  {"type" : "error_occurred", "n": 1.0e0, "s": "aA" }  )";
  const ParsedLine parsed(line);
  REQUIRE(parsed.accepted);
  CHECK(parsed.type() == "error_occurred");
  CHECK(parsed.data() == R"({"type" : "error_occurred", "n": 1.0e0, "s": "aA" })");
  CHECK(parsed.content_type().empty());
  CHECK(parsed.message.flags == HARK_M_DATA_CHECKED);
  CHECK(parsed.message.time_ns == HARK_TIME_ABSENT);
  CHECK(parsed.message.size == sizeof(hark_message));
  CHECK(parsed.message.id.n == 0);
}

TEST_CASE("a type is decoded from its JSON escapes") {
  const ParsedLine parsed(R"({"\u0074ype":"a\u002eb\ud83d\ude00"})");
  REQUIRE(parsed.accepted);
  CHECK(parsed.type() == "a.b\xF0\x9F\x98\x80");
}

TEST_CASE("the type field has the name that the option gives it") {
  const ParsedLine parsed(R"({"type":"no","event":"yes"})", LineOptions{"event", "", "line"});
  REQUIRE(parsed.accepted);
  CHECK(parsed.type() == "yes");
}

TEST_CASE("the data field is copied as it stood") {
  const LineOptions options{"type", "payload", "line"};
  const auto data = [&options](const std::string& value) {
    const ParsedLine parsed(R"({"x":[{"payload":0},"}\\\"],{"],"payload": )" + value + R"( ,"type":"t"})", options);
    REQUIRE(parsed.accepted);
    CHECK(parsed.message.flags == HARK_M_DATA_CHECKED);
    return parsed.data();
  };
  for (const std::string value : {"1.000000000000000000000000000000000001", "1e0", "-0", "null", "true",
                                  R"("a\"]},\\")", R"({"a":[1, {"b":"}"} ], "c":{}})", "[]", "{}", R"("")"}) {
    CHECK(data(value) == value);
  }
}

TEST_CASE("an object without the data field is refused") {
  const ParsedLine parsed(R"({"type":"t"})", LineOptions{"type", "payload", "line"});
  CHECK_FALSE(parsed.accepted);
  CHECK(contains(parsed.reason, "`payload` is missing"));
}

TEST_CASE("what is no object is text") {
  for (const std::string line : {"hello world", "[1,2]", "\"text\"", "42", "null", " leading and trailing ", "]", "}",
                                 "caf\xC3\xA9", "a \"quote\"", "tru"}) {
    const ParsedLine parsed(line);
    REQUIRE(parsed.accepted);
    CHECK(parsed.type() == "line");
    CHECK(parsed.content_type() == "text/plain");
    CHECK(parsed.data() == line);
    CHECK(parsed.message.flags == 0);
  }
}

TEST_CASE("the type of text lines is an option") {
  CHECK(ParsedLine("x", LineOptions{"type", "", "syslog.line"}).type() == "syslog.line");
}

TEST_CASE("text may hold NUL bytes") {
  const std::string line("a\0b", 3);
  const ParsedLine parsed(line);
  REQUIRE(parsed.accepted);
  CHECK(parsed.data() == line);
}

TEST_CASE("text that is not UTF-8 is refused") {
  for (const std::string line : {"\xFF", "ok \xC3", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80"}) {
    const ParsedLine parsed(line);
    CHECK_FALSE(parsed.accepted);
    CHECK(parsed.reason == "not UTF-8");
  }
}

TEST_CASE("a line that begins like an object and is none is refused with place and reason") {
  const auto reason = [](const std::string& line) {
    const ParsedLine parsed(line);
    CHECK_FALSE(parsed.accepted);
    return parsed.reason;
  };
  CHECK(reason(R"({"type":"x"},"source":"/admin")") == "not JSON at byte 13: text after the end of the document");
  CHECK(reason(R"({"type":"x"} trailing)") == "not JSON at byte 14: text after the end of the document");
  CHECK(reason(R"({"type":"x"}{"type":"y"})") == "not JSON at byte 13: text after the end of the document");
  CHECK(reason(R"({"type":"x")") == "not JSON at byte 12: expected `,` or `}`, found the end");
  CHECK(reason(R"({"type":"x",})") == "not JSON at byte 13: expected a name in double quotes, found `}`");
  CHECK(reason(R"({"type":tru})") == "not JSON at byte 9: expected a value, found `t`");
  CHECK(reason(R"({'type':"x"})") == "not JSON at byte 2: expected a name in double quotes, found `'`");
  CHECK(reason(R"({"type":00})") == "not JSON at byte 9: a number with a leading zero");
  CHECK(reason("{") == "not JSON at byte 2: expected a name in double quotes, found the end");
  CHECK(reason("{\"type\":\"a\tb\"}") == "not JSON at byte 11: a bare control character in a string");
  CHECK(reason(std::string("{\"type\":\"a\0b\"}", 14)) == "not JSON at byte 11: a bare control character in a string");
  CHECK(reason("{\"type\":\"\xC3\"}") == "not JSON at byte 10: invalid UTF-8");
  CHECK(contains(reason(R"({"type":"\ud800"})"), "byte 10: a lone surrogate"));
  CHECK(contains(reason(R"({"type":"\udc00"})"), "byte 10: a lone surrogate"));
  CHECK(contains(reason(R"({"type":"\ud800\u0041"})"), "byte 10: a lone surrogate"));
}

TEST_CASE("a number beyond 64 bits is refused and said to be one") {
  for (const std::string number : {"18446744073709551616", "-9223372036854775809", "123456789012345678901234567890"}) {
    const ParsedLine parsed(R"({"type":"t","n":)" + number + "}");
    CHECK_FALSE(parsed.accepted);
    CHECK(parsed.reason == "not JSON at byte 17: an integer beyond 64 bits (write it as text)");
  }
  const ParsedLine parsed(R"({"type":"t","n":1e400})");
  CHECK_FALSE(parsed.accepted);
  CHECK(contains(parsed.reason, "beyond the range of a 64-bit float"));
  CHECK(ParsedLine(R"({"type":"t","n":[18446744073709551615,-9223372036854775808,1e-400]})").accepted);
}

TEST_CASE("an object is refused from the depth on that the host cannot read") {
  for (const std::size_t levels : {std::size_t{999}, std::size_t{1000}}) {
    const ParsedLine parsed("{\"type\":\"a\",\"x\":" + std::string(levels, '[') + std::string(levels, ']') + "}");
    CHECK(parsed.accepted == (levels == 999));
  }
}

TEST_CASE("an object nested 100000 levels deep is refused by its depth") {
  std::string line = R"({"type":"t","a":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
  const ParsedLine parsed(line);
  CHECK_FALSE(parsed.accepted);
  CHECK(contains(parsed.reason, "nested deeper than"));
}

TEST_CASE("a type or data field that stands there twice refuses the line") {
  const ParsedLine type(R"({"type":"a","x":1,"t\u0079pe":"b"})");
  CHECK_FALSE(type.accepted);
  CHECK(type.reason == "field `type` stands there twice");
  const ParsedLine data(R"({"type":"a","d":1,"d":2})", LineOptions{"type", "d", "line"});
  CHECK_FALSE(data.accepted);
  CHECK(data.reason == "field `d` stands there twice");
  CHECK(ParsedLine(R"({"type":"a","x":1,"x":2})").accepted);
}

TEST_CASE("an object without a type says which option names the field") {
  for (const std::string line : {R"({})", R"({"kind":"x"})", R"({"type":5})", R"({"type":null})", R"({"type":""})"}) {
    const ParsedLine parsed(line);
    CHECK_FALSE(parsed.accepted);
    CHECK(contains(parsed.reason, "`type`"));
    CHECK(contains(parsed.reason, "option type_field"));
  }
}

TEST_CASE("a parser is not disturbed by the lines it refused") {
  hark::input::LineParser parser{LineOptions{}};
  hark_message message{};
  const auto parse = [&](std::string line) {
    const std::size_t size = line.size();
    line.resize(size + hark::input::LineParser::padding);
    const bool accepted = parser.parse(std::string_view(line).substr(0, size), message);
    return accepted ? hark::test::text(message.type) : "refused";
  };
  CHECK(parse(R"({"type":"a"})") == "a");
  CHECK(parse(R"({"type":)") == "refused");
  CHECK(parse(R"({"specversion":"1.0","id":"1","source":"/s","type":"b","ext":7,"data":1})") == "b");
  CHECK(parse(R"({"type":"c"})") == "c");
  CHECK(message.n_attributes == 0);
  CHECK(message.id.n == 0);
  CHECK(parse(R"({"type":")" + std::string(300'000, 'x') + "\"}").size() == 300'000);
  CHECK(parse("plain") == "line");
}
