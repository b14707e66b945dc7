// The rules of CloudEvents 1.0.2 as a check where an event enters.
//
// Called by the bus for every message a plugin publishes. Thread: any. Allocates only to say what is wrong.
#pragma once

#include <hark/plugin.h>

#include <string>
#include <string_view>

#include "core/text.h"

namespace hark::core {

// True when the attributes of m keep the rules of the CloudEvents type system and of the context attributes. Otherwise
// why says which breaks which, with positions in bytes counted from 0:
//   attribute `source`: not a URI-reference: space at byte 4
// An empty text means absent (id, source and content_type then get the host's defaults); only type must be given.
// Extension names are [a-z0-9]{1,64} (that they be at most 20 long is only a SHOULD), differ from each other and from
// the core attributes; values are in the canonical text of their kind. m is hostile: null pointers with a length are
// refused. Not checked here: sizes, the `hark.` types, the data.
bool check(const hark_message& m, std::string& why);

// True: once its type is known to be well-formed, check() finds nothing. For most messages, and in a nanosecond.
inline bool has_little_to_check(const hark_message& m) {
  const std::uint64_t others = m.id.n | m.source.n | m.subject.n | m.schema.n | m.time_text.n | m.key.n;
  return others == 0 && m.n_attributes == 0 && (m.data.p != nullptr || m.data.n == 0) &&
         (m.content_type.n == 0 || (m.content_type.p != nullptr && view(m.content_type) == "application/json"));
}

// True for what carries JSON: an absent content type, any type whose subtype is json (CloudEvents JSON format 3.1.1),
// and any subtype that ends in +json (RFC 6839). Parameters and case do not matter. Use on checked content types.
bool is_json(std::string_view content_type);

// [a-z0-9]{1,64} (CloudEvents, "Attribute Naming Convention").
bool is_attribute_name(std::string_view name);

}  // namespace hark::core
