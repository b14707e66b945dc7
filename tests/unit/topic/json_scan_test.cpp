// What a scan says of a valid document is what a parser says of it, and no document leads it astray.
#include "topic/json_scan.h"

#include <catch2/catch.hpp>

#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/text.h"
#include "topic/event_json.h"

namespace hark::topic {
namespace {

using Path = std::vector<std::string>;
using Kind = FieldValue::Kind;

hark_bytes bytes(std::string_view s) { return {s.data(), s.size()}; }

// Without a byte behind it, so that a sanitizer sees what reads on.
struct Exact {
  explicit Exact(std::string_view s) : size(s.size()), memory(new char[s.size()]) {
    if (size != 0) std::memcpy(memory.get(), s.data(), size);
  }
  std::string_view view() const { return {memory.get(), size}; }
  std::size_t size;
  std::unique_ptr<char[]> memory;
};

bool same(const FieldValue& a, const FieldValue& b) {
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case Kind::text: return a.text == b.text;
    case Kind::boolean: return a.boolean == b.boolean;
    case Kind::integer: return a.integer == b.integer;
    case Kind::unsigned_integer: return a.unsigned_integer == b.unsigned_integer;
    case Kind::real: return std::memcmp(&a.real, &b.real, sizeof a.real) == 0;
    default: return true;
  }
}

const std::vector<Path> paths{{},       {"a"},        {"b"},           {"a", "b"}, {"a", "b", "c"}, {"a", "0"},
                              {"0"},    {"nope"},     {"a", "nope"},   {"b", "a"}, {"a", "b", "0"}, {"longer name"},
                              {"a\"b"}, {"\xc3\xbc"}, {"c", "a", "b"}, {""}};

const std::vector<std::string_view> documents{
    R"({})",
    R"( { } )",
    R"([])",
    R"("text")",
    R"(12)",
    R"( -0 )",
    R"(null)",
    R"({"a":1})",
    R"({"b":"x","a":-17})",
    R"({"a":{"b":{"c":"deep"}},"b":{"a":true}})",
    R"({ "b" : [ 1 , { "a" : 5 } , "]}," ] , "a" : { "x" : "}" , "b" : false } })",
    R"({"b":"a long text with a quote \" and } and \\","a":"found"})",
    R"({"b":"\\","a":"behind a backslash"})",
    R"({"a":"with \u00fc"})",
    R"({"\u0061":1,"a":2})",
    R"({"a":1,"a":2})",
    R"({"a":null,"b":18446744073709551615})",
    R"({"a":9223372036854775807,"b":-9223372036854775808})",
    R"({"a":9223372036854775808})",
    R"({"a":1.5,"b":1e3})",
    R"({"a":-0.0,"b":1E-400})",
    R"({"a":0.1,"b":123456789012345678.9e-5})",
    R"({"a":[10,{"c":1}],"0":"zero"})",
    R"({"a":{"b":[0,1]},"c":{"a":{"b":"z"}}})",
    R"({"longer name":1,"":2,"ü":"u"})",
    R"({"a\"b":7})",
    R"({"c":{"a":{"x":{"b":1}}},"a":{"b":{}}})",
    "{\n\t\"b\" :\r\n[[[\"[\"]]],\n\"a\"\n:\n1\n}",
};

TEST_CASE("a scan says what the parser says") {
  for (const std::string_view text : documents) {
    const Exact document(text);
    for (const Path& path : paths) {
      CAPTURE(text);
      CAPTURE(path.size());
      EventJson parser({}, bytes(text));
      REQUIRE(parser.valid());
      const Scanned scanned = scan_valid_json(document.view(), path);
      if (scanned.value) CHECK(same(*scanned.value, parser.at(path)));
      CHECK(scanned.bytes <= text.size());
      EventJson checked({}, bytes(document.view()), EventJson::Padding::none, EventJson::Checked::by_sender);
      CHECK(same(checked.at(path), parser.at(path)));
      CHECK(same(checked.at(path), parser.at(path)));  // from what it remembers
    }
  }
}

TEST_CASE("a scan finds the common values itself, and looks no further than at them") {
  const std::string_view text = R"({"seq":1000,"type":"t","level":"error","nested":{"n":2.5},"rest":[1,2,3]})";
  const Path level{"level"}, number{"nested", "n"}, rest{"rest"}, none{"none"};
  const Scanned found = scan_valid_json(text, level);
  REQUIRE(found.value.has_value());
  CHECK(found.value->text == "error");
  CHECK(found.bytes == text.find("\"error\""));
  CHECK(scan_valid_json(text, number).value->real == 2.5);
  CHECK(scan_valid_json(text, rest).value->kind == Kind::array);
  CHECK(scan_valid_json(text, none).value->kind == Kind::missing);
}

TEST_CASE("what only a parser can tell is left to it") {
  for (const std::string_view text : {R"({"a":"\n"})", R"({"\u0061":1})", R"([{"a":1}])", R"({"a":1e-400})"}) {
    CAPTURE(text);
    CHECK_FALSE(scan_valid_json(text, Path{"a"}).value.has_value());
  }
}

TEST_CASE("many conditions on one event are answered alike, by the scan or the parser") {
  std::string text = "{";
  std::vector<Path> members;
  for (int i = 0; i < 40; ++i) {
    members.push_back({"m" + std::to_string(i)});
    text += (i == 0 ? "\"" : ",\"") + members.back()[0] + "\":" + std::to_string(i);
  }
  text += "}";
  EventJson json({}, bytes(text), EventJson::Padding::none, EventJson::Checked::by_sender);
  for (int round = 0; round < 2; ++round) {
    for (std::size_t i = members.size(); i-- > 0;) CHECK(json.at(members[i]).integer == static_cast<int>(i));
  }
}

// A sender may say that it has checked what it has not: the answer is worth nothing, but nothing else is read.
TEST_CASE("a scan of anything stays within it") {
  for (const std::string_view text : documents) {
    for (std::size_t n = 0; n <= text.size(); ++n) {
      const Exact cut(text.substr(0, n));
      for (const Path& path : paths) {
        (void)scan_valid_json(cut.view(), path);
        EventJson json({}, bytes(cut.view()), EventJson::Padding::none, EventJson::Checked::by_sender);
        (void)json.at(path);
      }
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
      for (const char c : {'"', '\\', '{', '}', '[', ']', ',', ':', ' ', '\0', '-', 'x'}) {
        std::string broken(text);
        broken[i] = c;
        const Exact document(broken);
        for (const Path& path : paths) (void)scan_valid_json(document.view(), path);
      }
    }
  }
}

TEST_CASE("data without a document has no fields, though its sender has checked it") {
  const Path path{"a"};
  const std::string_view text = R"({"a":1})", plain = "text/plain";
  EventJson other(core::str(plain), bytes(text), EventJson::Padding::none, EventJson::Checked::by_sender);
  CHECK(other.at(path).kind == Kind::missing);
  EventJson none({}, {}, EventJson::Padding::none, EventJson::Checked::by_sender);
  CHECK(none.at(path).kind == Kind::missing);
}

}  // namespace
}  // namespace hark::topic
