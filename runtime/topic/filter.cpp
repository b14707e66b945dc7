#include "topic/filter.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "core/text.h"
#include "core/timestamp.h"
#include "core/uid.h"
#include "topic/filter_text.h"

namespace hark::topic {
namespace {

using Op = FilterTest::Op;

FieldValue text_or_missing(hark_str s) { return s.n == 0 ? FieldValue{} : FieldValue::of_text(core::view(s)); }

FieldValue timestamp(std::string_view text) { return FieldValue::of_text(text, FieldValue::Kind::timestamp); }

FieldValue extension_value(const hark_attr& a) {
  const std::string_view text = core::view(a.v);
  FieldValue v = FieldValue::of_text(text);
  if (a.kind == HARK_ATTR_TIMESTAMP) return timestamp(text);
  if (a.kind == HARK_ATTR_BOOLEAN) {
    v.kind = FieldValue::Kind::boolean;
    v.boolean = text == "true";
  }
  if (a.kind == HARK_ATTR_INTEGER) {
    std::int64_t number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    if (parsed.ec != std::errc{}) return v;  // cannot be: kinds are checked where events enter
    v.kind = FieldValue::Kind::integer;
    v.integer = number;
  }
  return v;
}

FieldValue find_extension(const hark_event& event, std::string_view name) {
  for (std::uint32_t i = 0; i < event.n_attributes; ++i) {
    if (core::view(event.attributes[i].k) == name) return extension_value(event.attributes[i]);
  }
  return {};
}

bool in_order(Op op, std::partial_ordering order) {
  switch (op) {
    case Op::gt: return order > 0;
    case Op::gte: return order >= 0;
    case Op::lt: return order < 0;
    case Op::lte: return order <= 0;
    default: return order == 0;
  }
}

}  // namespace

// Fetches fields of one event; texts that had to be made live here.
struct Filter::Lookup {
  const hark_event& event;
  EventJson& json;
  std::string uid{};
  core::TimestampText time{};

  FieldValue id() {
    if (event.id.n == 0) uid = core::to_text(core::Uid::from(event.uid));
    return FieldValue::of_text(event.id.n == 0 ? std::string_view(uid) : core::view(event.id));
  }

  FieldValue when() {
    if (event.time_text.n != 0) return timestamp(core::view(event.time_text));
    if (event.time_ns == HARK_TIME_ABSENT) return {};
    time = core::format_timestamp(event.time_ns);
    return timestamp(time.view());
  }

  FieldValue operator()(const Condition& c) {
    switch (c.field) {
      case Field::id: return id();
      case Field::source: return text_or_missing(event.source);
      case Field::type: return text_or_missing(event.type);
      case Field::subject: return text_or_missing(event.subject);
      case Field::time: return when();
      case Field::datacontenttype: return text_or_missing(event.content_type);
      case Field::dataschema: return text_or_missing(event.schema);
      case Field::partitionkey:
        return event.key.n != 0 ? FieldValue::of_text(core::view(event.key)) : find_extension(event, c.name);
      case Field::specversion: return FieldValue::of_text("1.0");
      case Field::extension: return find_extension(event, c.name);
      case Field::data: return json.at(c.path);
    }
    return {};
  }
};

// The test without its `not`.
bool Filter::holds(const Condition& c, const FieldValue& found) {
  if (c.op == Op::exists) return found.is_present() == std::get<bool>(c.operands.front().value);
  return std::ranges::any_of(c.operands, [&](const Operand& operand) {
    if (c.op == Op::prefix) return found.is_text() && found.text.starts_with(std::get<std::string>(operand.value));
    if (operand.instant && found.kind == FieldValue::Kind::timestamp) {
      const auto instant = core::parse_timestamp(found.text);
      return instant && in_order(c.op, *instant <=> *operand.instant);
    }
    if (c.op == Op::equals) return equal(found, operand.value);
    return in_order(c.op, compare_numbers(found, operand.value));
  });
}

bool Filter::matches(const hark_event& event, EventJson& json) const {
  Lookup lookup{event, json};
  return std::ranges::all_of(conditions_, [&lookup](const Condition& c) { return holds(c, lookup(c)) != c.negated; });
}

std::vector<Filter::Explanation> Filter::explain(const hark_event& event, EventJson& json) const {
  std::vector<Explanation> out;
  Lookup lookup{event, json};
  for (const Condition& c : conditions_) {
    const FieldValue found = lookup(c);
    out.push_back({text_of(c), holds(c, found) != c.negated, describe(found)});
  }
  return out;
}

std::string Filter::text_of(const Condition& c) {
  FilterTest test{c.op, c.negated, {}};
  for (const Operand& operand : c.operands) test.values.push_back(operand.value);
  return to_text(c.name, test);
}

}  // namespace hark::topic
