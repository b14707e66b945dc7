// Reads fields of one JSON document after the other, as JSON text again.
#pragma once

#include <simdjson.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace hark::input {

// Appends `text` in quotes; what is longer than `longest` bytes is cut between two characters and ends in "...".
void append_json_text(std::string& out, std::string_view text, std::size_t longest);

// Thread: one at a time.
class JsonFields {
 public:
  // What is no whole JSON document has no fields. `json` need not outlive the call.
  void read(std::string_view json);
  void clear() { root_ = simdjson::NO_SUCH_FIELD; }

  // Appends the JSON text of the value at a path: names of members, digits for elements; empty: the document. Numbers,
  // texts and booleans as they are (1.0 is not 1), null for what is not there, a list or a table as the text of its
  // JSON; texts are cut as above.
  void append(std::string& out, std::span<const std::string_view> path, std::size_t longest) const;

 private:
  simdjson::dom::parser parser_;
  simdjson::simdjson_result<simdjson::dom::element> root_ = simdjson::NO_SUCH_FIELD;
};

}  // namespace hark::input
