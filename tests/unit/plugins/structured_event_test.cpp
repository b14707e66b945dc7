#include <catch2/catch.hpp>

#include <string>

#include "parsed_line.h"

using hark::test::ParsedLine;
using hark::test::text;

namespace {

bool contains(const std::string& whole, std::string_view part) { return whole.find(part) != std::string::npos; }

// A minimal event with further members, each written with a leading comma.
std::string event(const std::string& members) {
  return R"({"specversion":"1.0","id":"7","source":"/s","type":"t")" + members + "}";
}

std::string reason(const std::string& line) {
  const ParsedLine parsed(line);
  CHECK_FALSE(parsed.accepted);
  return parsed.reason;
}

}  // namespace

TEST_CASE("a structured CloudEvent keeps its attributes") {
  const ParsedLine parsed(
      event(R"(,"subject":"sub\/ject","time":"2018-04-05T17:31:00.5+01:00","dataschema":"http://x/y",)"
            R"("datacontenttype":"application/vnd.x+json","partitionkey":"k","data":{"a": 1.0})"));
  REQUIRE(parsed.accepted);
  CHECK(text(parsed.message.id) == "7");
  CHECK(text(parsed.message.source) == "/s");
  CHECK(parsed.type() == "t");
  CHECK(text(parsed.message.subject) == "sub/ject");
  CHECK(text(parsed.message.time_text) == "2018-04-05T17:31:00.5+01:00");
  CHECK(parsed.message.time_ns == HARK_TIME_ABSENT);
  CHECK(text(parsed.message.schema) == "http://x/y");
  CHECK(text(parsed.message.key) == "k");
  CHECK(parsed.data() == R"({"a": 1.0})");
  CHECK(parsed.message.flags == HARK_M_DATA_CHECKED);
}

TEST_CASE("extension attributes keep their kinds") {
  const ParsedLine parsed(
      event(R"(,"a1":"text","b":2147483647,"c":-2147483648,"d":true,"e":false,"f":null,"g":"","h":-0)"));
  REQUIRE(parsed.accepted);
  CHECK(parsed.attribute("a1") == "0:text");
  CHECK(parsed.attribute("b") == "1:2147483647");
  CHECK(parsed.attribute("c") == "1:-2147483648");
  CHECK(parsed.attribute("d") == "2:true");
  CHECK(parsed.attribute("e") == "2:false");
  CHECK(parsed.attribute("f") == "absent");
  CHECK(parsed.attribute("g") == "0:");
  CHECK(parsed.attribute("h") == "1:0");
}

TEST_CASE("an attribute that is no text and no 32-bit integer and no boolean is refused") {
  for (const std::string value :
       {"2147483648", "-2147483649", "18446744073709551615", "1.5", "1.0", "1e3", "{}", "[1]"}) {
    CHECK(contains(reason(event(R"(,"ext":)" + value)), "attribute `ext` is neither text"));
  }
}

TEST_CASE("attributes of the specification are text that is not empty") {
  for (const std::string name : {"subject", "time", "datacontenttype", "dataschema", "partitionkey"}) {
    CHECK(reason(event(",\"" + name + R"(":"")")) == "attribute `" + name + "` is empty");
    CHECK(reason(event(",\"" + name + R"(":5)")) == "attribute `" + name + "` is not text");
    CHECK(ParsedLine(event(",\"" + name + R"(":null)")).accepted);
  }
}

TEST_CASE("id and source and type are required") {
  CHECK(reason(R"({"specversion":"1.0","source":"/s","type":"t"})") == "attribute `id` is missing");
  CHECK(reason(R"({"specversion":"1.0","id":"1","type":"t"})") == "attribute `source` is missing");
  CHECK(reason(R"({"specversion":"1.0","id":"1","source":"/s"})") == "attribute `type` is missing");
  CHECK(reason(R"({"specversion":"1.0","id":null,"source":"/s","type":"t"})") == "attribute `id` is missing");
}

TEST_CASE("another specversion is refused") {
  for (const std::string version : {R"("")", R"("0.3")", R"("1.0.2")", "1.0", "null", "[]"}) {
    CHECK(contains(reason(R"({"specversion":)" + version + R"(,"id":"1","source":"/s","type":"t"})"),
                   "specversion is not \"1.0\""));
  }
}

TEST_CASE("an attribute name outside a-z and 0-9 is refused and quoted in short") {
  for (const std::string name : {"MyExt", "my.ext", "my_ext", "", "caf\xC3\xA9", "a b"}) {
    CHECK(contains(reason(event(",\"" + name + R"(":"x")")), "is not made of a-z and 0-9"));
  }
  CHECK(reason(event(",\"" + std::string(100'000, 'X') + R"(":"x")")).size() < 200);
}

TEST_CASE("a member that stands there twice is refused") {
  CHECK(reason(event(R"(,"id":"8")")) == "`id` stands there twice");
  CHECK(reason(event(R"(,"sourc\u0065":"/admin")")) == "`source` stands there twice");
  CHECK(reason(event(R"(,"ext":1,"ext":1)")) == "`ext` stands there twice");
  CHECK(reason(event(R"(,"data":1,"data":2)")) == "`data` stands there twice");
  CHECK(reason(event(R"(,"subject":null,"subject":"x")")) == "`subject` stands there twice");
  CHECK(reason(event(R"(,"specversion":"1.0")")) == "`specversion` stands there twice");
}

TEST_CASE("a repeated member is found among a hundred thousand in passable time") {
  std::string members;
  for (int i = 0; i < 100'000; ++i) members += ",\"x" + std::to_string(i) + "\":1";
  CHECK(ParsedLine(event(members)).accepted);
  CHECK(reason(event(members + R"(,"x77":1)")) == "`x77` stands there twice");
}

TEST_CASE("data keeps its JSON text whatever it is") {
  for (const std::string value : {"null", "1e0", "\"I'm \\u0061 string\"", "[1,\t2]", "123456789.123456789123456789",
                                  "false", R"({"data":{"data":"}"}})"}) {
    const ParsedLine parsed(event(R"(,"zz":"}{\"","data":)" + value + R"(,"yy":1)"));
    REQUIRE(parsed.accepted);
    CHECK(parsed.data() == value);
  }
}

TEST_CASE("an event without data has none") {
  CHECK(ParsedLine(event("")).message.data.p == nullptr);
  CHECK(ParsedLine(event(R"(,"data_base64":null)")).message.data.p == nullptr);
}

TEST_CASE("data of a text type is the content of the string") {
  const ParsedLine parsed(event(R"(,"data":"a\nb","datacontenttype":"text/plain")"));
  REQUIRE(parsed.accepted);
  CHECK(parsed.data() == "a\nb");
  CHECK(parsed.message.flags == 0);
  const ParsedLine empty(event(R"(,"data":"","datacontenttype":"text/plain")"));
  CHECK(empty.message.data.p != nullptr);
  CHECK(empty.message.data.n == 0);
}

TEST_CASE("data of a text type that is no string is refused") {
  CHECK(contains(reason(event(R"(,"data":{"a":1},"datacontenttype":"text/xml")")), "`data` must be a string"));
}

TEST_CASE("data_base64 gives bytes") {
  const ParsedLine parsed(event(R"(,"data_base64":"AP8Q")"));
  REQUIRE(parsed.accepted);
  CHECK(parsed.data() == std::string("\0\xFF\x10", 3));
  CHECK(parsed.message.flags == HARK_M_DATA_BINARY);
  CHECK(ParsedLine(event(R"(,"data_base64":"TWE=")")).data() == "Ma");
  CHECK(ParsedLine(event(R"(,"data_base64":"TQ==")")).data() == "M");
  const ParsedLine empty(event(R"(,"data_base64":"")"));
  CHECK(empty.message.data.p != nullptr);
  CHECK(empty.message.data.n == 0);
}

TEST_CASE("data_base64 that is not base64 is refused") {
  for (const std::string value :
       {R"("TWE")", R"("T===")", R"("====")", R"("TW E")", R"("TW=E")", R"("-_-_")", "5", "{}"}) {
    CHECK(reason(event(R"(,"data_base64":)" + value)) == "`data_base64` is not base64 text");
  }
}

TEST_CASE("data and data_base64 together are refused") {
  CHECK(reason(event(R"(,"data":"x","data_base64":"TWE=")")) == "both `data` and `data_base64`");
  CHECK(reason(event(R"(,"data":null,"data_base64":"TWE=")")) == "both `data` and `data_base64`");
}
