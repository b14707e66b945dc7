// The shape of an event's data, read from the JSON Schema by which its plugin describes it (docs/writing-plugins.md).
//
// Not a validator: what the keywords named there say is kept, for contract.h to compare and for people to read; a
// keyword that is not known leaves the shape wider than it is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace hark::config {

struct EventField;

struct EventShape {
  enum Kind : std::uint8_t { text = 1, boolean = 2, integer = 4, number = 8, list = 16, object = 32, null = 64 };
  static constexpr std::uint8_t anything = 127;

  std::uint8_t kinds = anything;                  // a set of Kind
  std::optional<std::vector<std::string>> words;  // of text: the only ones
  std::optional<double> minimum, maximum;
  std::vector<EventField> fields;    // of an object, in the order of the schema
  std::vector<EventShape> others;    // of an object: its other fields, one shape or none (unknown)
  std::vector<EventShape> elements;  // of a list, one shape or none (unknown)

  bool is_known() const { return kinds != anything; }
};

struct EventField {
  std::string name;
  EventShape shape;
  bool required = false;
  std::string default_json;  // what it is when it is absent; empty: not said
};

// Fails with what is wrong with the schema: not JSON, or not an object's.
core::Result<EventShape> read_event_shape(std::string_view schema);

// In a field that may be absent, null says that it is.
EventShape without_null(EventShape shape);

// "integer", "one of `info`, `warning`", "list of text or null", "map of number", "anything".
std::string describe(const EventShape& shape);
// A field with what becomes of it when it is absent: "integer, optional", "text, default \"ERROR\"".
std::string describe(const EventField& field);

}  // namespace hark::config
