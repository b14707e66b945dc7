// One line of input -> one message to publish.
#pragma once

#include <hark/plugin.h>
#include <simdjson.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "input/structured_event.h"

namespace hark::input {

struct LineOptions {
  std::string type_field = "type";  // of a plain object: the field whose text is the event's type
  std::string data_field;           // the field whose value is the event's data; empty: the object as it stood
  std::string line_type = "line";   // type of a line that is no object
};

// Reads lines by these rules, in this order:
//  1. An object with `specversion` is a CloudEvent in structured JSON (see structured_event.h).
//  2. Any other object is an event: type from type_field, data from data_field or the whole object, character by
//  character.
//  3. A line that begins like an object and is not valid JSON, or repeats a field that rules 1 and 2 route by, is
//  refused:
//     which of the two values should count is a guess that lets a line forge attributes.
//  4. Anything else (also JSON that is no object) is text of type line_type. Not UTF-8: refused.
// What CloudEvents asks of attribute values is not checked here: the host does, for every publisher.
//
// The whole document is validated before any part of it is used, hence simdjson's DOM and not its lazy front end.
//
// Thread: one at a time. Memory: the parser keeps about 14 times the longest object it met; no allocation per line
// besides.
class LineParser {
 public:
  // This many bytes behind a line must be readable; their content does not matter.
  static constexpr std::size_t padding = simdjson::SIMDJSON_PADDING;

  explicit LineParser(LineOptions options);

  // `line`: without its line break. True: `message` is complete but for source and id where the line gave none; its
  // views point into the line and into this object, until the next parse(). False: reason() says why.
  [[nodiscard]] bool parse(std::string_view line, hark_message& message);

  // Why parse() said no, for a person; valid until the next parse().
  std::string_view reason() const { return reason_; }

 private:
  struct RoutedField;

  bool parse_text(std::string_view line, hark_message& message);
  bool parse_object(std::string_view text, hark_message& message);
  bool take_plain(std::string_view text, const RoutedField& type, const RoutedField& data, hark_message& message);
  bool refuse(std::string reason);
  bool refuse_json(std::string_view text, simdjson::error_code error);

  LineOptions options_;
  simdjson::dom::parser parser_;
  StructuredEvent structured_;
  std::string reason_;
};

}  // namespace hark::input
