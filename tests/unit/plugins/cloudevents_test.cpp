#include <catch2/catch.hpp>
#include <hark/cloudevents.hpp>
#include <hark/plugin.hpp>  // both must be usable in one file

#include <initializer_list>
#include <string>
#include <string_view>

using namespace std::string_literals;

namespace {

hark_event event() {
  hark_event e{};
  e.size = sizeof e;
  e.time_ns = HARK_TIME_ABSENT;
  e.id = hark::str("7");
  e.source = hark::str("/s");
  e.type = hark::str("t");
  for (std::uint8_t i = 0; i < 16; ++i) e.uid[i] = e.root[i] = static_cast<std::uint8_t>(i * 16 + 1);
  return e;
}

std::string line(const hark_event& e, std::initializer_list<hark_kv> extra = {}) {
  std::string out;
  hark::append_cloudevent(out, e, extra.begin(), extra.size());
  return out;
}

std::string json_string(std::string_view s) {
  std::string out;
  hark::append_json_string(out, s);
  return out;
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// `text` with the uid of event() for each `$`.
std::string with_uid(std::string text) {
  constexpr std::string_view uid = "01112131-4151-6171-8191-a1b1c1d1e1f1";
  for (std::size_t at; (at = text.find('$')) != std::string::npos;) text.replace(at, 1, uid);
  return text;
}

}  // namespace

TEST_CASE("an event is one line of CloudEvents JSON with the host's attributes before its data") {
  hark_event e = event();
  e.data = hark::bytes("{\"a\":1}");
  CHECK(line(e) == with_uid(R"({"specversion":"1.0","id":"7","source":"/s","type":"t","harkuid":"$","harkroot":"$",)"
                            R"("harkhops":0,"correlationid":"$","data":{"a":1}})"));
}

TEST_CASE("an event without an id is called by its uid") {
  hark_event e = event();
  e.id = {};
  CHECK(contains(line(e), with_uid(R"("id":"$")")));
}

TEST_CASE("a cause is written when there is one") {
  hark_event e = event();
  CHECK_FALSE(contains(line(e), "harkcause"));
  e.cause[15] = 0xAB;
  e.hops = 12;
  CHECK(contains(line(e), R"("harkcause":"00000000-0000-0000-0000-0000000000ab","harkhops":12,)"));
  CHECK(contains(line(e), R"("causationid":"00000000-0000-0000-0000-0000000000ab")"));
  e.hops = 65535;
  CHECK(contains(line(e), R"("harkhops":65535,)"));
}

TEST_CASE("attributes keep their kinds and optional ones appear when set") {
  hark_event e = event();
  e.subject = hark::str("a \"b\"");
  e.content_type = hark::str("application/json");
  e.schema = hark::str("http://x/y");
  e.key = hark::bytes("k");
  const hark_attr list[] = {hark::attribute("s", "5"), hark::attribute("i", "-5", HARK_ATTR_INTEGER),
                            hark::attribute("b", "true", HARK_ATTR_BOOLEAN),
                            hark::attribute("u", "/x", HARK_ATTR_URI_REF)};
  e.attributes = list;
  e.n_attributes = 4;
  CHECK(contains(line(e),
                 R"("type":"t","subject":"a \"b\"","datacontenttype":"application/json","dataschema":"http://x/y",)"
                 R"("partitionkey":"k","s":"5","i":-5,"b":true,"u":"/x","harkuid")"));
}

TEST_CASE("a time without text is written with the digits it needs") {
  const auto time = [](std::int64_t ns) {
    std::string out;
    hark::append_rfc3339(out, ns);
    return out;
  };
  CHECK(time(0) == "1970-01-01T00:00:00Z");
  CHECK(time(1'700'000'000'000'000'000) == "2023-11-14T22:13:20Z");
  CHECK(time(1'709'164'799'120'000'000) == "2024-02-28T23:59:59.120Z");
  CHECK(time(1'709'164'800'000'001'000) == "2024-02-29T00:00:00.000001Z");
  CHECK(time(1'709'251'200'000'000'001) == "2024-03-01T00:00:00.000000001Z");
  CHECK(time(-1) == "1969-12-31T23:59:59.999999999Z");
  CHECK(time(INT64_MIN + 1) == "1677-09-21T00:12:43.145224193Z");
  CHECK(time(INT64_MAX) == "2262-04-11T23:47:16.854775807Z");
  hark_event e = event();
  e.time_ns = 0;
  CHECK(contains(line(e), R"("time":"1970-01-01T00:00:00Z")"));
  e.time_text = hark::str("1970-01-01T01:00:00+01:00");
  CHECK(contains(line(e), R"("time":"1970-01-01T01:00:00+01:00")"));
}

TEST_CASE("JSON data is verbatim but for line breaks") {
  hark_event e = event();
  e.data = hark::bytes("{\"a\":\r\n[1.0,\n 1e0]}");
  CHECK(contains(line(e), R"("data":{"a":  [1.0,  1e0]}})"));
  e.content_type = hark::str("application/vnd.x+json; charset=utf-8");
  CHECK(contains(line(e), R"("data":{"a":  [1.0,  1e0]}})"));
}

TEST_CASE("text data is a JSON string and other bytes are base64") {
  hark_event e = event();
  e.content_type = hark::str("text/plain");
  e.data = hark::bytes("caf\xC3\xA9\n");
  CHECK(contains(line(e), "\"data\":\"caf\xC3\xA9\\n\"}"));
  e.data = hark::bytes("\xFF\xFE");
  CHECK(contains(line(e), R"("data_base64":"//4="})"));
  e.data = hark::bytes("Ma");
  e.flags = HARK_E_DATA_BINARY;
  CHECK(contains(line(e), R"("data_base64":"TWE="})"));
}

TEST_CASE("no data and empty data differ") {
  hark_event e = event();
  CHECK_FALSE(contains(line(e), "data"));
  e.data = hark_bytes{"", 0};
  CHECK(contains(line(e), R"("data_base64":""})"));
  e.content_type = hark::str("text/plain");
  CHECK(contains(line(e), R"("data":""})"));
}

TEST_CASE("an event of a trace has its traceparent") {
  hark_event e = event();
  e.trace_id[0] = 0x4b;
  e.span_id[7] = 0xf0;
  e.trace_flags = 1;
  e.tracestate = hark::str("a=b");
  const hark_attr list[] = {hark::attribute("traceparent", "old")};
  e.attributes = list;
  e.n_attributes = 1;
  CHECK(contains(line(e),
                 R"("traceparent":"00-4b000000000000000000000000000000-00000000000000f0-01","tracestate":"a=b")"));
  CHECK_FALSE(contains(line(e), "old"));
}

TEST_CASE("our attributes replace those of a log that is read again and a correlation of the event's own stands") {
  hark_event e = event();
  const hark_attr list[] = {hark::attribute("harkuid", "old"), hark::attribute("harkhops", "3", HARK_ATTR_INTEGER),
                            hark::attribute("harkreason", "old"), hark::attribute("correlationid", "mine"),
                            hark::attribute("harkother", "stays")};
  e.attributes = list;
  e.n_attributes = 5;
  const std::string text = line(e, {{hark::str("harkreason"), hark::str("new \"x\"")}});
  CHECK_FALSE(contains(text, "old"));
  CHECK(contains(text, R"("harkhops":0)"));
  CHECK(contains(text, R"("correlationid":"mine")"));
  CHECK_FALSE(contains(text, R"("correlationid":"0)"));
  CHECK(contains(text, R"("harkother":"stays")"));
  CHECK(contains(text, R"("harkreason":"new \"x\""})"));
}

TEST_CASE("JSON strings escape what they must and replace what is not UTF-8") {
  CHECK(json_string("") == "\"\"");
  CHECK(json_string("plain text of more than eight bytes") == "\"plain text of more than eight bytes\"");
  CHECK(json_string("a\"b\\c\n\r\t\x01\x1F\x7F"s + "\0"s) == R"("a\"b\\c\n\r\t\u0001\u001f)"
                                                             "\x7F"
                                                             R"(\u0000")");
  CHECK(json_string("caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80 and more") ==
        "\"caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80 and more\"");
  CHECK(json_string("a\xC3") == "\"a\xEF\xBF\xBD\"");
  CHECK(json_string("\xED\xA0\x80x") == "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDx\"");
  for (std::size_t at = 0; at < 20; ++at) {  // wherever a block of eight ends
    std::string text(20, 'x');
    text[at] = '"';
    CHECK(json_string(text).size() == 23);
    text[at] = '\x1F';
    CHECK(json_string(text).size() == 27);
  }
}

TEST_CASE("base64 pads") {
  const auto base64 = [](std::string_view s) {
    std::string out = "=";
    hark::append_base64(out, s.data(), s.size());
    return out;
  };
  CHECK(base64("") == "=");
  CHECK(base64("f") == "=Zg==");
  CHECK(base64("fo") == "=Zm8=");
  CHECK(base64("foo") == "=Zm9v");
  CHECK(base64("foob\xFF\xEF") == "=Zm9vYv/v");
}

TEST_CASE("JSON content types are told from others") {
  for (const std::string type :
       {"", "application/json", "Application/JSON ; charset=utf-8", "text/json", "a/b+json", "A/B+Json;x=y"}) {
    CHECK(hark::is_json_content_type(type));
  }
  for (const std::string type : {"text/plain", "application/jsonl", "json", "x+json", "application/xml;a=/json"}) {
    CHECK_FALSE(hark::is_json_content_type(type));
  }
}
