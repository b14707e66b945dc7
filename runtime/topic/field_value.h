// What a condition of a `where` finds in an event, and how it compares with what the condition says.
//
// Text is borrowed from the event. Thread: any. Nothing but describe() allocates.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "topic/filter_spec.h"

namespace hark::topic {

struct FieldValue {
  enum class Kind : std::uint8_t {
    missing,
    null,
    text,
    timestamp,  // text that is an instant: `time`, and extension attributes of that kind
    integer,
    unsigned_integer,  // only above INT64_MAX
    real,
    boolean,
    object,
    array,
  };

  static FieldValue of_text(std::string_view s, Kind kind = Kind::text) {
    FieldValue v;
    v.kind = kind;
    v.text = s;
    return v;
  }

  Kind kind = Kind::missing;
  std::string_view text{};
  union {
    std::int64_t integer = 0;
    std::uint64_t unsigned_integer;
    double real;
    bool boolean;
  };

  bool is_text() const { return kind == Kind::text || kind == Kind::timestamp; }
  bool is_present() const { return kind != Kind::missing && kind != Kind::null; }
};

// Numbers by value, exact across kinds: 1 == 1.0 == 1e0, and 2^53+1 differs from its nearest double. Everything else,
// NaN too, is unordered: a text that looks like a number is not one.
std::partial_ordering compare_numbers(const FieldValue& found, const FilterValue& wanted);

// Text equals text, byte for byte; a boolean a boolean; a number a number. Different types are just not equal.
bool equal(const FieldValue& found, const FilterValue& wanted);

// For people: `900`, `"ana"`, `missing`, `an object`; long text is cut.
std::string describe(const FieldValue& found);

}  // namespace hark::topic
