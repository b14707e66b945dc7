#include <catch2/catch.hpp>

#include "config_text.h"

using namespace hark::config;
using namespace hark::config::testing;
using hark::topic::FilterField;
using hark::topic::FilterSpec;
using hark::topic::FilterTest;
using hark::topic::FilterValue;

namespace {

std::string shown(const FilterValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return "'" + *text + "'";
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
  if (const auto* real = std::get_if<double>(&value)) return std::to_string(*real);
  return std::get<bool>(value) ? "true" : "false";
}

// "source not prefix('a' 'b'), data.n gt(5) lt(9)"
std::string shown(const FilterSpec& spec) {
  constexpr const char* names[] = {"equals", "prefix", "gt", "gte", "lt", "lte", "exists"};
  std::string out;
  for (const FilterField& field : spec.fields) {
    out += (out.empty() ? "" : ", ") + field.path;
    for (const FilterTest& test : field.tests) {
      out += std::string(" ") + (test.negated ? "not " : "") + names[static_cast<std::size_t>(test.op)] + "(";
      for (const FilterValue& value : test.values) out += (out.ends_with('(') ? "" : " ") + shown(value);
      out += ")";
    }
  }
  return out;
}

std::string where(const std::string& table) {
  const Loaded loaded = with_subscriber("where = " + table + "\n");
  return loaded.report.ok() ? shown(loaded.config.subscribers[0].where) : only_message(loaded.report);
}

}  // namespace

TEST_CASE("a value means equals and a list means any of them") {
  CHECK(where(R"({ source = "a", "data.n" = 5, "data.x" = 1.5, "data.ok" = true })") ==
        "source equals('a'), data.n equals(5), data.x equals(1.500000), data.ok equals(true)");
  CHECK(where(R"({ "data.sev" = ["high", 3, false] })") == "data.sev equals('high' 3 false)");
  CHECK(where("{}").empty());
}

TEST_CASE("operators of one table stand in file order and must all hold") {
  CHECK(where(R"({ "data.n" = { lt = 9, gte = 5.5 }, subject = { exists = false } })") ==
        "data.n lt(9) gte(5.500000), subject exists(false)");
  CHECK(where(R"({ source = { prefix = "/a" } })") == "source prefix('/a')");
  CHECK(where(R"({ source = { prefix = ["/a", "/b"] } })") == "source prefix('/a' '/b')");
}

TEST_CASE("not takes a value or a list or one operator") {
  CHECK(where(R"({ a = { not = 5 } })") == "a not equals(5)");
  CHECK(where(R"({ a = { not = ["x", "y"] } })") == "a not equals('x' 'y')");
  CHECK(where(R"({ a = { not = { prefix = "bot-" } } })") == "a not prefix('bot-')");
  CHECK(where(R"({ a = { gt = 1, not = { gt = 9 } } })") == "a gt(1) not gt(9)");
  CHECK(where(R"({ a = { not = { gt = 1, lt = 9 } } })") == "subscribers.out.where.a.not: `not` takes one operator");
  CHECK(where(R"({ a = { not = {} } })") == "subscribers.out.where.a.not: `not` takes one operator");
  CHECK(where(R"({ a = { not = { not = 5 } } })") == "subscribers.out.where.a.not: `not` inside `not`");
}

TEST_CASE("unknown attributes are extensions and no error") {
  CHECK(where(R"({ tenant42 = "x" })") == "tenant42 equals('x')");
}

TEST_CASE("a path that no event can have is refused") {
  for (const std::string path : {"Source", "user.name", "", "data.", "data.a..b", "data_x", "a b", "\xC3\xBC"}) {
    INFO(path);
    const Loaded loaded = with_subscriber("where = { \"" + path + "\" = \"a\" }\n");
    CHECK(only_message(loaded.report).starts_with("subscribers.out.where: `" + path + "`: "));
    CHECK(loaded.report.diagnostics().at(0).place.column == 11);
  }
}

TEST_CASE("what an attribute can never be is refused") {
  CHECK_FALSE(with_subscriber("where = { subject = 5 }\n").report.ok());
  CHECK_FALSE(with_subscriber("where = { source = { gt = 5 } }\n").report.ok());
  CHECK_FALSE(with_subscriber("where = { time = { gt = \"monday\" } }\n").report.ok());
  CHECK_FALSE(with_subscriber("where = { time = { gt = 1979-05-27 } }\n").report.ok());
}

TEST_CASE("times may be written with and without quotes") {
  CHECK(where(R"({ time = { gte = 2018-04-05T17:31:00Z } })") == "time gte('2018-04-05T17:31:00Z')");
  CHECK(where(R"({ time = { gte = "2018-04-05T17:31:00Z" } })") == "time gte('2018-04-05T17:31:00Z')");
  CHECK(where(R"({ expiry = { lt = 2018-04-05T17:31:00Z } })") == "expiry lt('2018-04-05T17:31:00Z')");
}

TEST_CASE("an unquoted data path is told to be quoted") {
  const Loaded loaded = with_subscriber("where = { data.took_ms = { gte = 500 } }\n");
  CHECK(told(loaded.report) ==
        std::vector<std::string>{
            "5:16 subscribers.out.where.data: unknown operator `took_ms` | quote the whole path of a field: "
            "\"data.FIELD\" = ..."});
}

TEST_CASE("conditions of the wrong kind are refused") {
  CHECK(where("{ \"data.a\" = { gt = \"5\" } }") == "subscribers.out.where.\"data.a\".gt: expected number, found text");
  CHECK_FALSE(with_subscriber("where = { a = { gt = \"5\" } }\n").report.ok());
  CHECK(where("{ a = { lte = [1] } }") == "subscribers.out.where.a.lte: expected number, found list");
  CHECK(where("{ a = { gt = true } }") == "subscribers.out.where.a.gt: expected number, found boolean");
  CHECK(where("{ a = { prefix = 5 } }") == "subscribers.out.where.a.prefix: expected text, found integer");
  CHECK(where("{ a = { prefix = [\"x\", 5] } }") == "subscribers.out.where.a.prefix: expected text, found integer");
  CHECK(where("{ a = { exists = 1 } }") == "subscribers.out.where.a.exists: expected boolean, found integer");
  CHECK(where("{ a = 1979-05-27 }") == "subscribers.out.where.a: expected text, number or boolean, found date or time");
  CHECK(where("{ a = [[1]] }") == "subscribers.out.where.a: expected text, number or boolean, found list");
  CHECK(where("{ a = [{x = 1}] }") == "subscribers.out.where.a: expected text, number or boolean, found table");
  CHECK(where("{ a = nan }") == "subscribers.out.where.a: JSON has no inf and no nan, so nothing matches");
  CHECK(where("{ a = { gt = inf } }") == "subscribers.out.where.a.gt: JSON has no inf and no nan, so nothing matches");
  CHECK(where("{ a = [] }") == "subscribers.out.where.a: an empty list matches nothing");
  CHECK(where("{ a = { not = { prefix = [] } } }") ==
        "subscribers.out.where.a.not.prefix: an empty list matches nothing");
  CHECK(where("{ a = {} }") == "subscribers.out.where.a: has no condition");
  CHECK(where("\"x\"") == "subscribers.out.where: expected table, found text");
  CHECK(where("[{a = 1}]") == "subscribers.out.where: expected table, found list");
}

TEST_CASE("a misspelled operator gets the right word") {
  const Loaded loaded = with_subscriber("where = { source = { prefxi = \"a\" } }\n");
  CHECK(told(loaded.report) ==
        std::vector<std::string>{"5:22 subscribers.out.where.source: unknown operator `prefxi` | "
                                 "did you mean `prefix`?"});
}

TEST_CASE("operators of later versions are not in this version") {
  for (const std::string word : {"suffix", "contains", "glob", "cidr", "any", "all"}) {
    CHECK(where("{ a = { " + word + " = \"x\" } }") ==
          "subscribers.out.where.a: `" + word + "` is not in this version");
  }
}

TEST_CASE("all faults of a where are told at once") {
  const Loaded loaded = with_subscriber("where = { A = 1, b = { gt = true, lt = false }, c = [] }\n");
  CHECK(loaded.report.diagnostics().size() == 4);
}
