#include "config/where.h"

#include <algorithm>
#include <cmath>

#include "config/table_reader.h"
#include "topic/filter.h"

namespace hark::config {
namespace {

using Op = topic::FilterTest::Op;

constexpr Word<Op> operators[] = {{"prefix", Op::prefix}, {"gt", Op::gt},   {"gte", Op::gte},
                                  {"lt", Op::lt},         {"lte", Op::lte}, {"exists", Op::exists}};
constexpr Advice later_operators[] = {
    {"suffix", "use a list of values, or `prefix`"}, {"contains", "use a list of values, or `prefix`"},
    {"glob", "use a list of values, or `prefix`"},   {"cidr", "use `prefix` on the address as text"},
    {"any", "a list of values means any of them"},   {"all", "several operators in one table must all hold"}};

class WhereReader {
 public:
  explicit WhereReader(Report& report) : report_(report) {}

  topic::FilterSpec read(const toml::table& table, const std::string& path) {
    topic::FilterSpec spec;
    for (const Entry& entry : in_file_order(table)) {
      topic::FilterField field{std::string(entry.key), {}};
      condition(*entry.value, join_path(path, entry.key), false, field);
      check_meaning(field, entry.key_place, path);
      spec.fields.push_back(std::move(field));
    }
    return spec;
  }

 private:
  // What a path names and what may be asked of it is topic/'s to say.
  void check_meaning(topic::FilterField field, Place place, const std::string& path) {
    if (field.tests.empty())
      field.tests.push_back({Op::exists, false, {true}});  // its fault is told; is the path right?
    const auto compiled = topic::Filter::compile({{std::move(field)}});
    if (!compiled) report_.error(place, path + ": " + compiled.error().message);
  }

  // A value, a list of values, or a table of operators that must all hold.
  void condition(const toml::node& node, const std::string& path, bool negated, topic::FilterField& field) {
    if (const toml::table* table = node.as_table()) {
      operator_table(*table, path, negated, field);
    } else {
      add(Op::equals, node, path, negated, field);
    }
  }

  void operator_table(const toml::table& table, const std::string& path, bool negated, topic::FilterField& field) {
    if (table.empty() || (negated && table.size() != 1)) {
      report_.error(place_of(table.source()), path + (negated ? ": `not` takes one operator" : ": has no condition"),
                    negated ? "write two conditions" : "write a value, a list of values, or { exists = true }");
      return;
    }
    for (const Entry& entry : in_file_order(table)) {
      const auto it = std::ranges::find(operators, entry.key, &Word<Op>::text);
      if (it != std::end(operators)) {
        add(it->value, *entry.value, join_path(path, entry.key), negated, field);
      } else if (entry.key == "not" && !negated) {
        condition(*entry.value, join_path(path, entry.key), true, field);
      } else if (entry.key == "not") {
        report_.error(entry.key_place, path + ": `not` inside `not`", "leave both out");
      } else {
        unknown_operator(entry, path, field.path);
      }
    }
  }

  void unknown_operator(const Entry& entry, const std::string& path, const std::string& field) {
    const auto later = std::ranges::find(later_operators, entry.key, &Advice::word);
    if (later != std::end(later_operators)) {
      report_.error(entry.key_place, path + ": `" + std::string(entry.key) + "` is not in this version",
                    std::string(later->help));
      return;
    }
    std::vector<std::string> names{"not"};
    for (const auto& known : operators) names.emplace_back(known.text);
    std::string help = suggest(entry.key, names);
    const bool nested = field == "data" || field.starts_with("data.");
    if (help.empty() && nested) help = "quote the whole path of a field: \"" + field + ".FIELD\" = ...";
    if (help.empty()) help = "operators are prefix, gt, gte, lt, lte, exists and not";
    report_.error(entry.key_place, path + ": unknown operator `" + std::string(entry.key) + "`", std::move(help));
  }

  void add(Op op, const toml::node& node, const std::string& path, bool negated, topic::FilterField& field) {
    topic::FilterTest test{op, negated, {}};
    const toml::array* list = op == Op::equals || op == Op::prefix ? node.as_array() : nullptr;
    if (list && list->empty()) {
      report_.error(place_of(node.source()), path + ": an empty list matches nothing");
      return;
    }
    bool good = true;
    if (list) {
      for (const toml::node& element : *list) good = value(op, element, path, field.path, test) && good;
    } else {
      good = value(op, node, path, field.path, test);
    }
    if (good) field.tests.push_back(std::move(test));
  }

  bool value(Op op, const toml::node& node, const std::string& path, const std::string& field,
             topic::FilterTest& test) {
    const bool equals = op == Op::equals;
    const bool ordered = op == Op::gt || op == Op::gte || op == Op::lt || op == Op::lte;
    // Times are attributes, and RFC 3339 text: in TOML with or without quotes.
    const bool instant = ordered && field != "data" && !field.starts_with("data.");
    const toml::node_type type = node.type();
    if (type == toml::node_type::string && (equals || instant || op == Op::prefix)) {
      test.values.emplace_back(node.as_string()->get());
    } else if (type == toml::node_type::date_time && (equals || instant)) {
      test.values.emplace_back(moment_text(node));
    } else if (type == toml::node_type::integer && (equals || ordered)) {
      test.values.emplace_back(node.as_integer()->get());
    } else if (type == toml::node_type::floating_point && (equals || ordered)) {
      if (std::isfinite(node.as_floating_point()->get())) {
        test.values.emplace_back(node.as_floating_point()->get());
        return true;
      }
      report_.error(place_of(node.source()), path + ": JSON has no inf and no nan, so nothing matches");
      return false;
    } else if (type == toml::node_type::boolean && (equals || op == Op::exists)) {
      test.values.emplace_back(node.as_boolean()->get());
    } else {
      const char* expected = equals             ? "text, number or boolean"
                             : ordered          ? "number"
                             : op == Op::exists ? "boolean"
                                                : "text";
      report_.error(place_of(node.source()), path + ": expected " + expected + ", found " + std::string(kind_of(node)));
      return false;
    }
    return true;
  }

  Report& report_;
};

}  // namespace

topic::FilterSpec read_where(const toml::node& node, const std::string& path, Report& report) {
  if (const toml::table* table = node.as_table()) return WhereReader(report).read(*table, path);
  report.error(place_of(node.source()), path + ": expected table, found " + std::string(kind_of(node)),
               "such as { \"data.severity\" = [\"high\", \"critical\"] }");
  return {};
}

}  // namespace hark::config
