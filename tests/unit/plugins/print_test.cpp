#include <catch2/catch.hpp>
#include <hark/testing/bare_host.hpp>

#include <string>

#include "descriptors.h"
#include "parsed_line.h"

using hark::test::Pipe;
using hark::test::Replaced;
using hark::testing::BareHost;
using hark::testing::Given;

namespace {

Given given(std::string type, std::string data) {
  Given g;
  g.type = std::move(type);
  g.data = std::move(data);
  return g;
}

// What `print` writes on `fd` for these events.
std::string printed(const std::string& options, const std::vector<Given>& events, int fd = 1) {
  Pipe pipe;
  {
    BareHost host(std::filesystem::path(HARK_TEST_print));
    const Replaced replaced(fd, pipe.in.get());
    if (host.create(options).code != HARK_OK) return "create failed";
    for (const auto& answer : host.handle_batch(events)) {
      if (answer.code != HARK_OK) return answer.text;
    }
  }
  pipe.in.reset();
  return hark::test::read_text(pipe.out.get());
}

}  // namespace

TEST_CASE("print writes a line of CloudEvents JSON for each event where stdout is no terminal") {
  const auto lines = hark::test::lines_of(printed("{}", {given("a", "{\"n\":1}"), given("b", "[\n2]")}));
  REQUIRE(lines.size() == 2);
  const hark::test::ParsedLine first(lines[0]);
  const hark::test::ParsedLine second(lines[1]);
  CHECK(first.type() == "a");
  CHECK(first.data() == "{\"n\":1}");
  CHECK(second.type() == "b");
  CHECK(second.data() == "[ 2]");
}

TEST_CASE("print writes to stderr when told to") {
  CHECK(hark::test::lines_of(printed(R"({"to":"stderr","format":"json"})", {given("a", "1")}, 2)).size() == 1);
}

TEST_CASE("a line for a person has no control characters and no colour outside of a terminal") {
  Given event = given("error.disk", "{\"a\":\"x\ny\x1b[2J\"}");
  event.subject = "sub\xC2\x9Bject\xFF";
  event.source = "/hark/in";
  event.time_ns = 0;
  const std::string text = printed(R"({"format":"human"})", {event});
  REQUIRE(hark::test::lines_of(text).size() == 1);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find("error.disk  /hark/in sub\\x9bject\\xff  ") != std::string::npos);
  CHECK(text.find(R"({"a":"x y\x1b[2J"})") != std::string::npos);
  CHECK(text.find(":00:00.000 error.disk") != std::string::npos);
}

TEST_CASE("a line for a person shows the beginning of long data and the size of binary data") {
  const std::string text = printed(R"({"format":"human"})", {given("t", "\"" + std::string(100'000, 'x') + "\"")});
  CHECK(text.size() < 450);
  CHECK(text.ends_with("xxx...\n"));
  Given binary = given("t", std::string("\0\x01", 2));
  binary.binary = true;
  CHECK(printed(R"({"format":"human"})", {binary}).ends_with("(2 bytes)\n"));
}

TEST_CASE("events are rejected when nobody reads stdout any more") {
  BareHost host(std::filesystem::path(HARK_TEST_print));
  Pipe pipe;
  const Replaced replaced(1, pipe.in.get());
  const auto created = host.create("{}");
  pipe.out.reset();
  const auto answers = host.handle_batch({given("a", "1"), given("b", "2")});
  const auto one = host.handle("c", "3");
  CHECK(created.code == HARK_OK);
  CHECK(answers.at(0).code == HARK_REJECT);
  CHECK(answers.at(1).code == HARK_REJECT);
  CHECK(answers.at(0).text == "stdout is closed");
  CHECK(one.code == HARK_REJECT);
}

TEST_CASE("a batch larger than the buffer arrives whole and in order") {
  Pipe pipe;
  std::string text;
  std::thread reader([&] { text = hark::test::read_text(pipe.out.get()); });
  std::vector<Given> events;
  for (int i = 0; i < 64; ++i) events.push_back(given("t" + std::to_string(i), "\"" + std::string(20'000, 'x') + "\""));
  std::vector<hark::testing::Answered> answers;
  {
    BareHost host(std::filesystem::path(HARK_TEST_print));
    const Replaced replaced(1, pipe.in.get());
    (void)host.create("{}");
    answers = host.handle_batch(events);
  }
  pipe.in.reset();
  reader.join();
  const auto lines = hark::test::lines_of(text);
  REQUIRE(lines.size() == 64);
  for (std::size_t i = 0; i < 64; ++i) {
    CHECK(answers.at(i).code == HARK_OK);
    CHECK(lines[i].find("\"type\":\"t" + std::to_string(i) + "\"") != std::string::npos);
  }
}

TEST_CASE("print shows the earliest time that nanoseconds can say as it is") {
  ::setenv("TZ", "UTC", 1);
  Given event = given("t", "1");
  event.time_ns = INT64_MIN + 1;
  CHECK_THAT(printed(R"({"format":"human"})", {event}), Catch::Contains("00:12:43.145"));
}
