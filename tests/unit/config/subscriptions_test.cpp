#include <catch2/catch.hpp>

#include "config_text.h"

using namespace hark::config;
using namespace hark::config::testing;

namespace {

Loaded on(const std::string& value) { return with_subscriber("on = " + value + "\n"); }

std::vector<std::string> patterns(const Loaded& loaded) {
  std::vector<std::string> out;
  for (const Subscription& s : loaded.config.subscribers.at(0).on.value()) out.push_back(s.pattern.text());
  return out;
}

}  // namespace

TEST_CASE("on is one pattern or a list of patterns and tables") {
  CHECK(patterns(on("\"a.*\"")) == std::vector<std::string>{"a.*"});
  CHECK(patterns(on("[\"a\", \"b.**\"]")) == std::vector<std::string>{"a", "b.**"});
  const Loaded loaded =
      on("[{ type = \"deploy.*\", where = { \"data.ms\" = { gte = 500 } } }, \"hark.subscriber.failed\"]");
  REQUIRE(loaded.report.ok());
  CHECK(patterns(loaded) == std::vector<std::string>{"deploy.*", "hark.subscriber.failed"});
  const auto& subscriptions = *loaded.config.subscribers[0].on;
  CHECK(subscriptions[0].where.fields.at(0).path == "data.ms");
  CHECK(subscriptions[1].where.empty());
  CHECK(patterns(on("{ type = \"x\" }")) == std::vector<std::string>{"x"});
}

TEST_CASE("an absent on is left to the plugin") { CHECK_FALSE(with_subscriber("").config.subscribers.at(0).on); }

TEST_CASE("a pattern that breaks the grammar is told at its place") {
  for (const char* bad : {"", ".", "a.", ".a", "a..b", "**.a", "a.**.b", "a*", "*a.b", "***"}) {
    INFO(bad);
    const Loaded loaded = on("[\"ok\", \"" + std::string(bad) + "\"]");
    REQUIRE(loaded.report.diagnostics().size() == 1);
    const Diagnostic& d = loaded.report.diagnostics()[0];
    CHECK(d.place.line == 5);
    CHECK(d.place.column == 13);
    CHECK(d.message.starts_with("subscribers.out.on[1]: pattern `" + std::string(bad) + "`: "));
  }
}

TEST_CASE("wrong kinds in on are refused") {
  CHECK(only_message(on("5").report) == "subscribers.out.on: expected text or table, found integer");
  CHECK(only_message(on("[\"a\", true]").report) == "subscribers.out.on[1]: expected text or table, found boolean");
  CHECK(only_message(on("[[\"a\"]]").report) == "subscribers.out.on[0]: expected text or table, found list");
  CHECK(only_message(on("[]").report) == "subscribers.out.on: an empty list hears nothing");
  CHECK(only_message(on("[{ where = { a = 1 } }]").report) == "subscribers.out.on[0]: missing key `type`");
  CHECK(only_message(on("[{ type = 5 }]").report) == "subscribers.out.on[0].type: expected text, found integer");
  CHECK(only_message(on("[{ type = \"a\", where = 5 }]").report) ==
        "subscribers.out.on[0].where: expected table, found integer");
  CHECK(told(on("[{ type = \"a\", wher = {} }]").report) ==
        std::vector<std::string>{"5:21 unknown key `wher` in [subscribers.out.on[0]] | did you mean `where`?"});
}

TEST_CASE("a pattern that stands twice is warned about") {
  const Loaded loaded = on("[\"a\", \"b\", \"a\"]");
  CHECK(loaded.report.ok());
  REQUIRE(loaded.report.diagnostics().size() == 1);
  CHECK(loaded.report.diagnostics()[0].severity == Diagnostic::Severity::warning);
  CHECK(loaded.report.diagnostics()[0].message == "subscribers.out.on: the pattern `a` stands twice");
  CHECK(loaded.report.diagnostics()[0].place.column == 17);
}

TEST_CASE("one pattern with different conditions is an or and no warning") {
  CHECK(on("[{ type = \"a\", where = { x = 1 } }, { type = \"a\", where = { x = 2 } }]").report.diagnostics().empty());
  CHECK(on("[{ type = \"a\", where = { x = 1 } }, { type = \"a\", where = { x = 1 } }]").report.diagnostics().size() ==
        1);
  CHECK(on("[{ type = \"a\", where = { x = 1 } }, \"a\"]").report.diagnostics().size() == 1);
}

TEST_CASE("repeats with a broken where are no crash") {
  CHECK_FALSE(on("[{ type = \"a\", where = 5 }, { type = \"a\", where = 6 }]").report.ok());
}
