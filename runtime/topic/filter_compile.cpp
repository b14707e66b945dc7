#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include "core/cloudevents.h"
#include "core/timestamp.h"
#include "topic/filter.h"

namespace hark::topic {
namespace {

using Op = FilterTest::Op;

bool is_text(const FilterValue& v) { return std::holds_alternative<std::string>(v); }
bool is_bool(const FilterValue& v) { return std::holds_alternative<bool>(v); }
bool is_number(const FilterValue& v) { return !is_text(v) && !is_bool(v); }
bool is_nan(const FilterValue& v) {
  const auto* d = std::get_if<double>(&v);
  return d != nullptr && std::isnan(*d);
}

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> tokens;
  for (;;) {
    const std::size_t dot = path.find('.');
    tokens.emplace_back(path.substr(0, dot));
    if (dot == path.npos) return tokens;
    path.remove_prefix(dot + 1);
  }
}

}  // namespace

struct Filter::Compile {
  // What is wrong with a condition, or empty.
  using Complaint = std::string;

  static Complaint path(const std::string& text, Condition& out) {
    static constexpr std::array<std::pair<std::string_view, Field>, 9> names{
        {{"id", Field::id},
         {"source", Field::source},
         {"type", Field::type},
         {"subject", Field::subject},
         {"time", Field::time},
         {"datacontenttype", Field::datacontenttype},
         {"dataschema", Field::dataschema},
         {"partitionkey", Field::partitionkey},
         {"specversion", Field::specversion}}};
    out.name = text;
    if (text.empty()) return "a condition needs the name of a field";
    if (text == "data" || text.starts_with("data.")) {
      out.field = Field::data;
      out.path = split(text);
      out.path.erase(out.path.begin());
      const bool whole = std::ranges::none_of(out.path, [](const std::string& token) { return token.empty(); });
      return whole ? "" : "an empty name between the dots of the path";
    }
    if (!core::is_attribute_name(text)) {
      return "no attribute is called so (their names are lower-case letters and digits); fields of the data are "
             "written "
             "`data." +
             text + "`";
    }
    const auto known = std::ranges::find(names, text, [](const auto& n) { return n.first; });
    out.field = known == names.end() ? Field::extension : known->second;
    return "";
  }

  static bool is_core_attribute(const Condition& c) { return c.field != Field::extension && c.field != Field::data; }

  static Complaint ordering(const Condition& c, const FilterValue& v, const Operand& operand) {
    if (c.field == Field::time) {
      return operand.instant ? "" : "a time is compared with an RFC 3339 timestamp such as \"2018-04-05T17:31:00Z\"";
    }
    if (is_core_attribute(c)) return "is text, and gt, gte, lt and lte compare numbers";
    if (is_number(v) || (c.field == Field::extension && operand.instant)) return "";
    return "gt, gte, lt and lte need a number";
  }

  static Complaint operand(const Condition& c, const FilterValue& v, Operand& out) {
    out.value = v;
    if (is_text(v) && c.field != Field::data) out.instant = core::parse_timestamp(std::get<std::string>(v));
    if (is_nan(v)) return "nan compares with nothing";
    switch (c.op) {
      case Op::exists: return is_bool(v) ? "" : "exists is true or false";
      case Op::prefix: return is_text(v) ? "" : "prefix needs text";
      case Op::equals:
        return is_text(v) || !is_core_attribute(c) ? "" : "is text, and never equals a number or a boolean";
      default: return ordering(c, v, out);
    }
  }

  static Complaint test(const FilterTest& t, Condition& c) {
    c.op = t.op;
    c.negated = t.negated;
    const bool takes_list = t.op == Op::equals || t.op == Op::prefix;
    if (t.values.empty()) return takes_list ? "an empty list never matches" : "a value is missing";
    if (t.values.size() > 1 && !takes_list) return "one value, not a list";
    for (const FilterValue& v : t.values) {
      if (Complaint wrong = operand(c, v, c.operands.emplace_back()); !wrong.empty()) return wrong;
    }
    return "";
  }
};

core::Result<Filter> Filter::compile(const FilterSpec& spec) {
  Filter filter;
  for (const FilterField& field : spec.fields) {
    Condition named;
    std::string wrong = Compile::path(field.path, named);
    if (wrong.empty() && field.tests.empty()) wrong = "no test for it";
    for (const FilterTest& test : field.tests) {
      if (!wrong.empty()) break;
      wrong = Compile::test(test, filter.conditions_.emplace_back(named));
    }
    if (!wrong.empty()) return core::fail("`" + field.path + "`: " + wrong);
  }
  std::ranges::stable_partition(filter.conditions_, [](const Condition& c) { return c.field != Field::data; });
  return filter;
}

}  // namespace hark::topic
