// A compiled `where`: whether an event passes it, and why.
//
// Compiled by whoever builds a subscription; read by every publishing thread at once (immutable). Nothing allocates
// while an event is matched, except that the text of a uid is made when a condition asks for `id` and the event has
// none.
//
// What a field is:
//   id source type subject time datacontenttype dataschema partitionkey specversion   as CloudEvents names them; text.
//                     id is the uid's text when the producer gave none.
//   other names       extension attributes with their kind: an integer is a number, a boolean a boolean, else text.
//   data              the whole JSON document; data.a.b its member b of member a; digits name array elements. A name
//   that
//                     itself has a dot in it cannot be reached. Data that is not JSON has no fields.
// An absent attribute, an absent member and JSON null are all missing.
//
// What a test says:
//   equals            any of the values; types differ = not equal. Numbers by value (1 == 1.0).
//   prefix            text that begins with any of the values.
//   gt gte lt lte     numbers only.
//   exists            the field is not missing, or is.
//   negated           exactly when the test without it is false; so it holds for a missing field.
// An RFC 3339 operand compares as an instant with `time` and extension attributes of kind timestamp, also in equals.
#pragma once

#include <hark/plugin.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "topic/event_json.h"
#include "topic/filter_spec.h"

namespace hark::topic {

class Filter {
 public:
  // Always passes.
  Filter() = default;

  // Fails for what can never work: a path that names nothing, an empty list, `gt` with text, a number for `subject`.
  // The error names the field, not the subscription.
  static core::Result<Filter> compile(const FilterSpec& spec);

  bool empty() const { return conditions_.empty(); }

  // json: made of this event. Attributes are looked at first, so that data is often not even parsed.
  bool matches(const hark_event& event, EventJson& json) const;

  struct Explanation {
    std::string condition;  // `data.took_ms >= 500`
    bool met;
    std::string actual;  // `480`, `"ana"`, `missing`
  };

  // Every condition, met or not, in the order in which matches() takes them.
  std::vector<Explanation> explain(const hark_event& event, EventJson& json) const;

 private:
  enum class Field : std::uint8_t {
    id,
    source,
    type,
    subject,
    time,
    datacontenttype,
    dataschema,
    partitionkey,
    specversion,
    extension,
    data
  };

  struct Operand {
    FilterValue value;
    std::optional<std::int64_t> instant;  // of an RFC 3339 text, Unix ns, where instants are compared
  };

  struct Condition {
    std::string name;  // as written
    Field field = Field::data;
    std::vector<std::string> path;  // of data
    FilterTest::Op op = FilterTest::Op::equals;
    bool negated = false;
    std::vector<Operand> operands;
  };

  struct Compile;
  struct Lookup;

  static bool holds(const Condition& condition, const FieldValue& found);
  static std::string text_of(const Condition& condition);

  std::vector<Condition> conditions_;  // attributes before data
};

}  // namespace hark::topic
