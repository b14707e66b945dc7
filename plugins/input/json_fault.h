// Says what is wrong with a text that a JSON parser refused.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace hark::input {

// What the first fault is, and where: "expected `,` or `}`" at byte 17 (counted from 1).
struct JsonFault {
  std::size_t byte;
  std::string what;
};

// Deepest nesting that is accepted, one empty pair of brackets inside aside. No deeper than the host reads: to its
// `where` an event that is nested deeper would be one without data.
inline constexpr std::size_t max_nesting = 999;
// What a simdjson parser is given to accept that much and no more.
inline constexpr std::size_t parser_depth = max_nesting + 1;

// The first fault of `text`, or nothing when it is one valid JSON document (RFC 8259) in valid UTF-8 whose numbers fit
// into 64 bits. Only called for what simdjson refused, whose error codes do not name a place; reads the text once,
// without recursion.
std::optional<JsonFault> find_json_fault(std::string_view text);

}  // namespace hark::input
