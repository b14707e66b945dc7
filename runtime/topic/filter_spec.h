// The `where` of a subscription as plain data: config/ builds it from TOML, Filter compiles it.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace hark::topic {

using FilterValue = std::variant<std::string, std::int64_t, double, bool>;

// One test of one field. A list of values means any of them.
struct FilterTest {
  enum class Op : std::uint8_t { equals, prefix, gt, gte, lt, lte, exists };
  Op op = Op::equals;
  bool negated = false;             // under `not`: true exactly when the test without it is false
  std::vector<FilterValue> values;  // equals, prefix: any of; gt..lte: one number; exists: one bool
};

// All tests of a field must hold. path: an attribute name ("source", "subject", an extension's name) or "data.a.b".
struct FilterField {
  std::string path;
  std::vector<FilterTest> tests;
};

// All fields must hold; empty = always.
struct FilterSpec {
  std::vector<FilterField> fields;
  bool empty() const { return fields.empty(); }
};

}  // namespace hark::topic
