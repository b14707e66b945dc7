#include "core/cloudevents.h"

#include <catch2/catch.hpp>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/string_rule.h"
#include "core/text.h"
#include "core/uri_rule.h"

using hark::core::check;
using hark::core::is_json;
using hark::core::str;
using hark::core::string_flaw;

namespace {

hark_message message(std::string_view type = "deploy.failed") {
  hark_message m{};
  m.size = sizeof m;
  m.time_ns = HARK_TIME_ABSENT;
  m.type = str(type);
  return m;
}

hark_attr attribute(std::string_view name, std::string_view value, std::uint32_t kind = HARK_ATTR_STRING) {
  return hark_attr{str(name), str(value), kind, 0};
}

// The complaint about a message, or "fine".
std::string complaint(const hark_message& m) {
  std::string why;
  return check(m, why) ? "fine" : why;
}

std::string complaint(std::initializer_list<hark_attr> attributes) {
  hark_message m = message();
  m.attributes = attributes.begin();
  m.n_attributes = static_cast<std::uint32_t>(attributes.size());
  return complaint(m);
}

std::string source(std::string_view text) {
  hark_message m = message();
  m.source = str(text);
  return complaint(m);
}

std::string content_type(std::string_view text) {
  hark_message m = message();
  m.content_type = str(text);
  return complaint(m);
}

}  // namespace

TEST_CASE("an event with only a type is fine and one without is not") {
  CHECK(complaint(message()) == "fine");
  CHECK(complaint(message("")) == "attribute `type`: empty");
}

TEST_CASE("an event with all core attributes is fine") {
  hark_message m = message("io.cloudevents.test");
  m.id = str("allCore");
  m.source = str("https://cloudevents.io");
  m.subject = str("tests");
  m.content_type = str("text/plain");
  m.schema = str("https://cloudevents.io/dataschema");
  m.time_text = str("2018-04-05T17:31:00Z");
  m.key = hark_bytes{"user-7", 6};
  CHECK(complaint(m) == "fine");
}

TEST_CASE("each text attribute is named when it has a control character") {
  hark_message m = message("a\nb");
  CHECK(complaint(m) == "attribute `type`: not a String: control character at byte 1");
  m = message();
  m.id = str("\x7f");
  CHECK(complaint(m) == "attribute `id`: not a String: control character at byte 0");
  m = message();
  m.subject = str("0123456789\t");
  CHECK(complaint(m) == "attribute `subject`: not a String: control character at byte 10");
  m = message();
  m.key = hark_bytes{"a\0b", 3};
  CHECK(complaint(m) == "attribute `partitionkey`: not a String: control character at byte 1");
}

TEST_CASE("a bad byte is found at every position and length") {
  for (std::size_t length = 1; length <= 40; ++length) {
    REQUIRE_FALSE(string_flaw(std::string(length, '~')));
    for (std::size_t at = 0; at < length; ++at) {
      for (const char bad : {'\0', '\x1f', '\x7f', '\x80', '\xff'}) {
        std::string s(length, ' ');
        s[at] = bad;
        const auto flaw = string_flaw(s);
        REQUIRE(flaw);
        REQUIRE(flaw.at == at);
      }
    }
  }
}

TEST_CASE("the characters that CloudEvents rules out are refused and their neighbours are not") {
  for (const char* good :
       {"\xc2\xa0", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xb7\x8f", "\xef\xb7\xb0",
        "\xef\xbf\xbd", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbd", "gr\xc3\xbc\xc3\x9f"}) {
    CHECK_FALSE(string_flaw(good));
  }
  using Bad = std::pair<const char*, const char*>;
  for (const auto& [text, what] : {Bad{"\xc2\x80", "control character"},
                                   Bad{"\xc2\x9f", "control character"},
                                   Bad{"\xc1\xbf", "invalid UTF-8"},
                                   Bad{"\xc0\x80", "invalid UTF-8"},
                                   Bad{"\xe0\x9f\xbf", "invalid UTF-8"},
                                   Bad{"\xed\xa0\x80", "invalid UTF-8"},
                                   Bad{"\xed\xbf\xbf", "invalid UTF-8"},
                                   Bad{"\xf0\x8f\xbf\xbf", "invalid UTF-8"},
                                   Bad{"\xf4\x90\x80\x80", "invalid UTF-8"},
                                   Bad{"\xf8\x88\x80\x80\x80", "invalid UTF-8"},
                                   Bad{"\x80", "invalid UTF-8"},
                                   Bad{"\xc3", "invalid UTF-8"},
                                   Bad{"\xe2\x82", "invalid UTF-8"},
                                   Bad{"\xf0\x9f\x98", "invalid UTF-8"},
                                   Bad{"\xc3(", "invalid UTF-8"},
                                   Bad{"\xef\xb7\x90", "Unicode noncharacter"},
                                   Bad{"\xef\xb7\xaf", "Unicode noncharacter"},
                                   Bad{"\xef\xbf\xbe", "Unicode noncharacter"},
                                   Bad{"\xef\xbf\xbf", "Unicode noncharacter"},
                                   Bad{"\xf0\x9f\xbf\xbf", "Unicode noncharacter"},
                                   Bad{"\xf4\x8f\xbf\xbe", "Unicode noncharacter"}}) {
    CAPTURE(text);
    const auto flaw = string_flaw(text);
    REQUIRE(flaw);
    CHECK(std::string(flaw.what) == what);
  }
}

TEST_CASE("every encodable code point is judged by its number alone") {
  for (std::uint32_t c = 0x80; c <= 0x10ffff; ++c) {
    if (c >= 0xd800 && c <= 0xdfff) continue;
    std::string s;
    if (c < 0x800) {
      s = {static_cast<char>(0xc0 | c >> 6), static_cast<char>(0x80 | (c & 63))};
    } else if (c < 0x10000) {
      s = {static_cast<char>(0xe0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 63)),
           static_cast<char>(0x80 | (c & 63))};
    } else {
      s = {static_cast<char>(0xf0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 63)),
           static_cast<char>(0x80 | (c >> 6 & 63)), static_cast<char>(0x80 | (c & 63))};
    }
    const bool bad = c < 0xa0 || (c >= 0xfdd0 && c <= 0xfdef) || (c & 0xfffe) == 0xfffe;
    if (static_cast<bool>(string_flaw(s)) != bad) FAIL("code point " << c);
  }
}

TEST_CASE("what RFC 3986 calls a URI-reference is a source") {
  for (const char* good : {"#fragment",
                           "/sensors/a",
                           "a/b:c",
                           "//authority/path",
                           "//authority",
                           "../x",
                           "?q=a/b?c",
                           "https://cloudevents.io",
                           "mailto:cncf-wg@lists.example.org",
                           "urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66",
                           "cloudevents/spec/pull/123",
                           "1-555-123-4567",
                           "https://user:pw@host.example:8080/p;x=1?q=%20#f",
                           "http://[::1]:80/",
                           "http://[v1.a:b]/",
                           "http://[2001:db8::1]",
                           "http://[::ffff:1.2.3.4]/",
                           "file:///etc",
                           "x:",
                           "x:a:b",
                           "http://host:/",
                           "//@host",
                           "a%2Fb",
                           ".",
                           "*",
                           "@",
                           "/hark/in",
                           "s3://b/k"}) {
    CAPTURE(good);
    CHECK(source(good) == "fine");
  }
  CHECK(source("") == "fine");  // absent
}

TEST_CASE("what is no URI-reference is told with the byte that breaks it") {
  using Bad = std::pair<const char*, const char*>;
  for (const auto& [text, what] : {Bad{"/my app", "space at byte 3"},
                                   Bad{" /a", "space at byte 0"},
                                   Bad{"/a\n", "control character at byte 2"},
                                   Bad{"/\xc3\xbc", "non-ASCII character (percent-encode it) at byte 1"},
                                   Bad{"/a%2", "`%` without two hexadecimal digits at byte 2"},
                                   Bad{"/a%zz", "`%` without two hexadecimal digits at byte 2"},
                                   Bad{"/a{b}", "unexpected character at byte 2"},
                                   Bad{"a#b#c", "unexpected character at byte 3"},
                                   Bad{"1a:b", "`:` after what is not a scheme at byte 2"},
                                   Bad{":x", "`:` after what is not a scheme at byte 0"},
                                   Bad{"http://[::1", "`[` without `]` at byte 7"},
                                   Bad{"http://[:::1]", "malformed IP literal at byte 8"},
                                   Bad{"http://[]", "malformed IP literal at byte 8"},
                                   Bad{"http://[v.a]", "malformed IP literal at byte 8"},
                                   Bad{"http://[::1]x", "unexpected character at byte 12"},
                                   Bad{"http://h:8a", "unexpected character at byte 10"},
                                   Bad{"http://a@b@c", "unexpected character at byte 10"},
                                   Bad{"//h:p", "unexpected character at byte 4"},
                                   Bad{"a[b]", "unexpected character at byte 1"},
                                   Bad{"http://h/\"", "unexpected character at byte 9"},
                                   Bad{"http://h\\x", "unexpected character at byte 8"}}) {
    CAPTURE(text);
    CHECK(source(text) == std::string("attribute `source`: not a URI-reference: ") + what);
  }
}

TEST_CASE("random bytes never pass as a URI-reference with a byte that none may have") {
  std::uint32_t state = 7;
  const std::string_view alphabet = "ab:/?#[]@%20!. {\x80v1";
  for (int i = 0; i < 50'000; ++i) {
    std::string s;
    for (int n = 0; n < 12; ++n) {
      state = state * 1664525u + 1013904223u;
      s += alphabet[(state >> 16) % alphabet.size()];
    }
    if (!hark::core::uri_reference_flaw(s)) REQUIRE(s.find_first_of(" {\x80") == s.npos);
  }
}

TEST_CASE("a schema needs a scheme") {
  hark_message m = message();
  m.schema = str("/schemas/a.json");
  CHECK(complaint(m) == "attribute `dataschema`: not an absolute URI: no scheme");
  m.schema = str("http://x/ y");
  CHECK(complaint(m) == "attribute `dataschema`: not an absolute URI: space at byte 9");
  m.schema = str("http://json-schema.org/draft-07/schema#");
  CHECK(complaint(m) == "fine");
}

TEST_CASE("a content type is a media type") {
  for (const char* good :
       {"application/json", "text/plain; charset=utf-8", "text/plain;charset=\"a \\\" ;b\"", "application/vnd.x+json",
        "multipart/form-data; boundary=abc; x=y", "text/html;", "a/b ; c=d"}) {
    CAPTURE(good);
    CHECK(content_type(good) == "fine");
  }
  for (const char* bad :
       {"xyz", "/", "a/", "/b", "a b/c", "a/b c", "a/b;c", "a/b;=d", "a/b;c=", "a/b;c=\"d", "a/b;c=\"d\\", "a/b, c/d",
        "text/pl\tain", "a/b;c=\"\x01\"", "a/b\n", "a/\xc3\xbc", " a/b", "a/b;c = d"}) {
    CAPTURE(bad);
    CHECK(content_type(bad).starts_with("attribute `datacontenttype`: not a media type: "));
  }
}

TEST_CASE("a time that is not RFC 3339 is told") {
  hark_message m = message();
  m.time_text = str("2018-04-05T18:31Z");
  CHECK(complaint(m) == "attribute `time`: not an RFC 3339 timestamp: expected 2018-04-05T17:31:00Z");
}

TEST_CASE("extension attributes of all kinds are fine in canonical text") {
  CHECK(complaint({attribute("extinteger", "-2147483648", HARK_ATTR_INTEGER), attribute("zero", "0", HARK_ATTR_INTEGER),
                   attribute("extboolean", "true", HARK_ATTR_BOOLEAN), attribute("extstring", "text"),
                   attribute("exturi", "https://cloudevents.io", HARK_ATTR_URI),
                   attribute("exturiref", "//authority/path", HARK_ATTR_URI_REF),
                   attribute("exttimestamp", "2023-03-31T15:12:00Z", HARK_ATTR_TIMESTAMP),
                   attribute("extbinary", "TWE=", HARK_ATTR_BINARY), attribute("empty", "", HARK_ATTR_BINARY)}) ==
        "fine");
}

TEST_CASE("an extension value that is not of its kind is refused") {
  const auto refused = [](std::string_view value, std::uint32_t kind) {
    return complaint({attribute("x", value, kind)}) != "fine";
  };
  for (const char* bad : {"", "-", "+1", "01", "-0", "1.0", "1e3", " 1", "1 ", "2147483648", "-2147483649", "0x1",
                          "99999999999999999999"}) {
    CAPTURE(bad);
    CHECK(refused(bad, HARK_ATTR_INTEGER));
  }
  for (const char* bad : {"", "True", "TRUE", "1", "yes", "true "}) CHECK(refused(bad, HARK_ATTR_BOOLEAN));
  for (const char* bad :
       {"T", "TW", "TWE", "TWF=", "TR==", "TWE==", "====", "=WE=", "TW=E", "T-E_", "TWE=\n", "TQ= "}) {
    CAPTURE(bad);
    CHECK(refused(bad, HARK_ATTR_BINARY));
  }
  CHECK_FALSE(refused("TQ==", HARK_ATTR_BINARY));
  CHECK(refused("/x", HARK_ATTR_URI));
  CHECK(refused("a b", HARK_ATTR_URI_REF));
  CHECK(refused("now", HARK_ATTR_TIMESTAMP));
  CHECK(refused("\x01", HARK_ATTR_STRING));
  CHECK(complaint({attribute("x", "v", 7)}) == "attribute `x`: unknown kind 7");
  CHECK(refused("v", UINT32_MAX));
}

TEST_CASE("names of extension attributes are lower-case letters and digits") {
  for (const std::string& bad :
       {std::string("MyExtension"), std::string("my.extension"), std::string("my_extension"), std::string("\xc3\xbc"),
        std::string(65, 'a'), std::string("a\0", 2), std::string("")}) {
    CAPTURE(bad);
    CHECK(complaint({attribute(bad, "v")}) != "fine");
  }
  CHECK(complaint({attribute(std::string(64, 'a'), "v"), attribute("0", "v")}) == "fine");
}

TEST_CASE("an extension is not named like a core attribute") {
  for (const char* name :
       {"id", "source", "specversion", "type", "datacontenttype", "dataschema", "subject", "time", "data"}) {
    CHECK(complaint({attribute(name, "v")}) ==
          "attribute `" + std::string(name) + "`: a core attribute cannot be an extension");
  }
  CHECK(complaint({attribute("data_base64", "v")}) != "fine");
}

TEST_CASE("an extension given twice is refused however many there are") {
  CHECK(complaint({attribute("a", "1"), attribute("b", "1"), attribute("a", "2")}) == "attribute `a`: given twice");
  for (const std::size_t count : {16u, 17u, 5000u}) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < count; ++i) names.push_back("n" + std::to_string(i));
    std::vector<hark_attr> attributes;
    for (const auto& n : names) attributes.push_back(attribute(n, "v"));
    hark_message m = message();
    m.attributes = attributes.data();
    m.n_attributes = static_cast<std::uint32_t>(count);
    CHECK(complaint(m) == "fine");
    attributes.back().k = str("n3");
    CHECK(complaint(m) == "attribute `n3`: given twice");
  }
}

TEST_CASE("a partition key given as the key and as an attribute is given twice") {
  const hark_attr a = attribute("partitionkey", "k");
  hark_message m = message();
  m.attributes = &a;
  m.n_attributes = 1;
  CHECK(complaint(m) == "fine");
  m.key = hark_bytes{"k", 1};
  CHECK(complaint(m) == "attribute `partitionkey`: given twice: as the key too");
}

TEST_CASE("null pointers with a length are refused and not read") {
  const hark_str wild{nullptr, 5};
  for (hark_str hark_message::* field :
       {&hark_message::type, &hark_message::id, &hark_message::source, &hark_message::subject,
        &hark_message::content_type, &hark_message::schema, &hark_message::time_text}) {
    hark_message m = message();
    m.*field = wild;
    CHECK(complaint(m) == "a null pointer with a length");
  }
  hark_message m = message();
  m.key.n = 1;
  CHECK(complaint(m) == "a null pointer with a length");
  m = message();
  m.data.n = 1;
  CHECK(complaint(m) == "a null pointer with a length");
  m = message();
  m.n_attributes = 1;
  CHECK(complaint(m) == "a null pointer with a length");
  CHECK(complaint({hark_attr{wild, str("v"), 0, 0}}) != "fine");
  CHECK(complaint({hark_attr{str("a"), wild, 0, 0}}) != "fine");
}

TEST_CASE("a complaint shows no raw bytes and no endless names") {
  const std::string why = complaint({attribute(std::string(5000, '\x1b'), "v")});
  CHECK(why.size() < 250);
  CHECK(why.find('\x1b') == why.npos);
}

TEST_CASE("JSON is what its content type says and the default") {
  for (const char* json : {"", "application/json", "APPLICATION/JSON", "application/json; charset=utf-8", "text/json",
                           "application/vnd.api+JSON", "application/json ;a=b", "image/x+json", "x/JSON"}) {
    CAPTURE(json);
    CHECK(is_json(json));
  }
  for (const char* other : {"text/plain", "application/jsonx", "application/xml", "text/plain; a=application/json",
                            "+json", "x+json", "application/json-seq"}) {
    CAPTURE(other);
    CHECK_FALSE(is_json(other));
  }
}
