// One value in the text of a JSON document that has been validated, without parsing the rest of it.
//
// For a document of which few members are asked, this is several times faster than a parser, which has to look at every
// byte. simdjson's own lazy front end is no choice here: its kernel is fixed when it is compiled, and that of a binary
// for every x86-64 is its slowest; it also indexes the whole document first.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "topic/field_value.h"

namespace hark::topic {

struct Scanned {
  // What EventJson::at() says of that path; text points into the document. nullopt: only a parser can tell, because of
  // an escape, a list on the way, a number that is hard to read, or because the document is not valid after all.
  std::optional<FieldValue> value;
  std::size_t bytes = 0;  // that were looked at
};

// Thread: any; a pure function. Reads nothing outside of `document`, whatever is in it.
Scanned scan_valid_json(std::string_view document, std::span<const std::string> path);

}  // namespace hark::topic
