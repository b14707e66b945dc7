// What append_cloudevent() writes, the line parser reads back.
#include <catch2/catch.hpp>
#include <hark/cloudevents.hpp>

#include <string>

#include "parsed_line.h"

using hark::test::ParsedLine;
using hark::test::text;

namespace {

// The event that a host would make of a message.
hark_event event_of(const hark_message& m) {
  hark_event e{};
  e.size = sizeof e;
  e.time_ns = m.time_ns;
  e.uid[0] = e.root[0] = 1;
  e.id = m.id;
  e.source = m.source;
  e.type = m.type;
  e.subject = m.subject;
  e.content_type = m.content_type;
  e.schema = m.schema;
  e.time_text = m.time_text;
  e.key = m.key;
  e.data = m.data;
  e.attributes = m.attributes;
  e.n_attributes = m.n_attributes;
  e.flags = (m.flags & HARK_M_DATA_BINARY) != 0 ? HARK_E_DATA_BINARY : 0;
  return e;
}

std::string written(const ParsedLine& parsed) {
  std::string line;
  hark::append_cloudevent(line, event_of(parsed.message));
  return line;
}

}  // namespace

TEST_CASE("an event that is written and read again keeps everything") {
  const std::string core = R"({"specversion":"1.0","id":"i \"1\"","source":"/s\u0009","type":"t.u")";
  for (
      const std::string members :
      {"", R"(,"data":null)", R"(,"data":{"n":1.000000000000000000001,"s":"\u00e9\n"})", R"(,"data":"text")",
       R"(,"datacontenttype":"text/plain","data":"\u0000\u001f\ud83d\ude00 \\ \" ")", R"(,"data_base64":"AP8Q")",
       R"(,"data_base64":"")", R"(,"datacontenttype":"text/plain","data":"")",
       R"(,"datacontenttype":"application/json","data_base64":"AP8Q")",
       R"(,"time":"2018-04-05T17:31:00.120+01:00","subject":"s","dataschema":"u:x","partitionkey":"k","a":1,"b":true,"c":"5")"}) {
    const ParsedLine first(core + members + "}");
    INFO(members);
    REQUIRE(first.accepted);
    const ParsedLine second(written(first));
    REQUIRE(second.accepted);
    CHECK(text(second.message.id) == text(first.message.id));
    CHECK(text(second.message.source) == text(first.message.source));
    CHECK(second.type() == first.type());
    CHECK(text(second.message.subject) == text(first.message.subject));
    CHECK(second.content_type() == first.content_type());
    CHECK(text(second.message.schema) == text(first.message.schema));
    CHECK(text(second.message.time_text) == text(first.message.time_text));
    CHECK(text(second.message.key) == text(first.message.key));
    CHECK(second.data() == first.data());
    CHECK((second.message.data.p == nullptr) == (first.message.data.p == nullptr));
    CHECK(second.message.flags == first.message.flags);
    for (const std::string name : {"a", "b", "c"}) CHECK(second.attribute(name) == first.attribute(name));
    CHECK(second.attribute("harkuid") == "0:01000000-0000-0000-0000-000000000000");
    CHECK(second.attribute("harkhops") == "1:0");
    // A second time around nothing piles up.
    CHECK(written(second).size() == written(first).size());
  }
}

TEST_CASE("a text line is written as an event and read again as the same text") {
  const std::string line = "plain \t text \x01 with \"quotes\" and \\";
  const ParsedLine first(line);
  hark_event e = event_of(first.message);
  e.source.p = "/s";
  e.source.n = 2;
  std::string out;
  hark::append_cloudevent(out, e);
  const ParsedLine second(out);
  REQUIRE(second.accepted);
  CHECK(second.data() == line);
  CHECK(second.type() == "line");
}
