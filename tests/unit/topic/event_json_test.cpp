#include "topic/event_json.h"

#include <catch2/catch.hpp>

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

using hark::topic::EventJson;
using hark::topic::FieldValue;
using Kind = FieldValue::Kind;
using Path = std::vector<std::string>;

namespace {

hark_str str(std::string_view s) { return {s.data(), s.size()}; }
hark_bytes bytes(std::string_view s) { return {s.data(), s.size()}; }

// In a block of exactly its size, so that AddressSanitizer sees every byte read behind it.
class Exact {
 public:
  explicit Exact(std::string_view text) : bytes_(new char[text.size()]), size_(text.size()) {
    std::memcpy(bytes_.get(), text.data(), text.size());
  }
  hark_bytes get() const { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_;
};

std::string error_of(std::string_view text) {
  const Exact data(text);
  EventJson json(hark_str{}, data.get());
  const bool valid = json.valid();
  CHECK(valid == json.error().empty());
  return std::string(json.error());
}

}  // namespace

TEST_CASE("values are found by members and array positions") {
  const Exact data(R"({"a":{"b":[10,{"c":"x\u00fc"}]},"n":null,"t":true,"r":1.5,"0":"zero","u":18446744073709551615})");
  EventJson json(str("application/json"), data.get());
  CHECK(json.at(Path{"a", "b", "0"}).integer == 10);
  CHECK(json.at(Path{"a", "b", "1", "c"}).text == "x\xc3\xbc");
  CHECK(json.at(Path{"0"}).text == "zero");
  CHECK(json.at(Path{"n"}).kind == Kind::null);
  CHECK(json.at(Path{"t"}).boolean);
  CHECK(json.at(Path{"r"}).real == 1.5);
  CHECK(json.at(Path{"u"}).unsigned_integer == UINT64_MAX);
  CHECK(json.at(Path{"a"}).kind == Kind::object);
  CHECK(json.at(Path{"a", "b"}).kind == Kind::array);
  CHECK(json.at(Path{}).kind == Kind::object);
  for (const Path& nowhere :
       {Path{"b"}, Path{"a", "b", "2"}, Path{"a", "b", "-1"}, Path{"a", "b", "00"}, Path{"a", "b", "x"},
        Path{"a", "b", ""}, Path{"a", "b", "99999999999999999999"}, Path{"n", "x"}, Path{"t", "0"}, Path{"A"}}) {
    CHECK(json.at(nowhere).kind == Kind::missing);
  }
}

TEST_CASE("of two members with one name the first counts") {
  EventJson json(hark_str{}, bytes(R"({"a":1,"a":2})"));
  CHECK(json.at(Path{"a"}).integer == 1);
}

TEST_CASE("data that does not claim to be JSON is valid and has no fields") {
  EventJson text(str("text/plain"), bytes("{not json"));
  CHECK(text.valid());
  CHECK(text.at(Path{}).kind == Kind::missing);
  EventJson none(str("application/json"), hark_bytes{nullptr, 0});
  CHECK(none.valid());
  CHECK(none.at(Path{}).kind == Kind::missing);
  hark_event event{};
  event.flags = HARK_E_DATA_BINARY;
  event.data = bytes("\x01\x02");
  EventJson binary(event);
  CHECK(binary.valid());
  CHECK(binary.at(Path{"a"}).kind == Kind::missing);
}

TEST_CASE("every malformed document is refused whole") {
  using Bad = std::pair<std::string, std::string>;
  const std::string document = "not one whole JSON document", word = "a word that is none of true, false, null";
  const std::string number = "a malformed number, or one that 64 bits cannot hold";
  const std::string text = "a malformed string (escape, control character or surrogate)";
  for (const auto& [json, why] : {Bad{"", "empty"},
                                  Bad{"  \n", "empty"},
                                  Bad{"1 2", document},
                                  Bad{"{\"a\":1},\"b\":2}", document},
                                  Bad{"{\"a\":1}x", document},
                                  Bad{"[1,]", document},
                                  Bad{"{\"a\":1,}", document},
                                  Bad{"{a:1}", document},
                                  Bad{"{\"a\" 1}", document},
                                  Bad{"[1 2]", document},
                                  Bad{"{", document},
                                  Bad{"[1", document},
                                  Bad{"]", document},
                                  Bad{"'a'", document},
                                  Bad{"\xef\xbb\xbf{}", document},
                                  Bad{"tru", word},
                                  Bad{"nulll", word},
                                  Bad{"falsy", word},
                                  Bad{"00", number},
                                  Bad{"1.", number},
                                  Bad{"-", number},
                                  Bad{"1e", number},
                                  Bad{"18446744073709551616", number},
                                  Bad{"-9223372036854775809", number},
                                  Bad{"1e400", number},
                                  Bad{"\"\\ud800\"", text},
                                  Bad{"\"\\udc00\"", text},
                                  Bad{"\"\\ud800\\u0041\"", text},
                                  Bad{"\"\\x\"", text},
                                  Bad{"\"\\u12\"", text},
                                  Bad{"\"abc", "a string without end"},
                                  Bad{"\"a\nb\"", "a control character inside a string"},
                                  Bad{"\"\xff\"", "invalid UTF-8"},
                                  Bad{"\"\xed\xa0\x80\"", "invalid UTF-8"},
                                  Bad{std::string("1\0", 2), number}}) {
    CAPTURE(json);
    CHECK(error_of(json) == why);
  }
}

TEST_CASE("a document may be nested a thousand levels deep and no more") {
  const auto nested = [](std::size_t n) { return std::string(n, '[') + std::string(n, ']'); };
  CHECK(error_of(nested(1000)).empty());
  CHECK(error_of(nested(1001)) == "nested deeper than 1000 levels");
  CHECK(error_of(nested(500'000)) == "nested deeper than 1000 levels");
  CHECK_FALSE(error_of(std::string(500'000, '[')).empty());
  std::string objects;
  for (int i = 0; i < 1001; ++i) objects += "{\"a\":";
  CHECK(error_of(objects + "1" + std::string(1001, '}')) == "nested deeper than 1000 levels");
}

TEST_CASE("scalars and white space around a document are fine") {
  for (const char* json : {"1", "-0", "\"\"", "\"\\u0000\"", "null", " \t\r\n[] ", "1e-400", "\"\\ud83d\\ude00\""}) {
    CAPTURE(json);
    CHECK(error_of(json).empty());
  }
}

TEST_CASE("documents of every length are read within their bounds") {
  for (std::size_t n = 0; n < 200; ++n) {
    REQUIRE(error_of("\"" + std::string(n, 'x') + "\"").empty());
    REQUIRE(error_of(std::string(n, ' ') + "7").empty());
  }
}

TEST_CASE("padding that may be read may hold anything") {
  const std::string json = R"({"a":12)";
  std::string block = json + "}";
  block += std::string(hark::topic::json_padding, '"');
  EventJson padded(hark_str{}, hark_bytes{block.data(), json.size() + 1}, EventJson::Padding::readable);
  CHECK(padded.at(Path{"a"}).integer == 12);
  std::string digits = "12" + std::string(hark::topic::json_padding, '3');
  EventJson number(hark_str{}, hark_bytes{digits.data(), 2}, EventJson::Padding::readable);
  CHECK(number.at(Path{}).integer == 12);
  std::string word = "nul" + std::string(hark::topic::json_padding, 'l');
  EventJson cut(hark_str{}, hark_bytes{word.data(), 3}, EventJson::Padding::readable);
  CHECK_FALSE(cut.valid());
}

TEST_CASE("an event read while another one is alive leaves that one as it was") {
  EventJson outer(hark_str{}, bytes(R"({"who":"outer"})"));
  const FieldValue who = outer.at(Path{"who"});
  for (int i = 0; i < 3; ++i) {
    EventJson inner(hark_str{}, bytes(R"({"who":"inner"})"));
    CHECK(inner.at(Path{"who"}).text == "inner");
    EventJson innermost(hark_str{}, bytes(R"({"who":7})"));
    CHECK(innermost.at(Path{"who"}).integer == 7);
  }
  CHECK(who.text == "outer");
  CHECK(outer.at(Path{"who"}).text == "outer");
}

TEST_CASE("documents grow and shrink on one thread") {
  for (const std::size_t size : {10u, 5'000u, 100u, 3'000'000u, 10u, 70'000u}) {
    CHECK(error_of("[\"" + std::string(size, 'y') + "\"]").empty());
  }
}

TEST_CASE("threads read documents beside each other") {
  std::vector<int> sums(4);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < sums.size(); ++t) {
    threads.emplace_back([&sum = sums[t], t] {
      const std::string json = "{\"a\":" + std::to_string(t) + "}";
      const Path path{"a"};
      for (int i = 0; i < 1000; ++i) {
        EventJson event(hark_str{}, bytes(json));
        sum += static_cast<int>(event.at(path).integer);
      }
    });
  }
  for (auto& t : threads) t.join();
  CHECK(sums == std::vector<int>{0, 1000, 2000, 3000});
}
