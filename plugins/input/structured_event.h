// A CloudEvent in structured JSON (CloudEvents JSON Event Format 1.0.2) -> one message to publish.
#pragma once

#include <hark/plugin.h>
#include <simdjson.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hark::input {

// `name` in backquotes, cut to a length that a log line bears.
std::string backquoted(std::string_view name);

// Enforces the form: specversion "1.0"; id, source and type there; no member twice (every one of them is an attribute
// or the data); names [a-z0-9]+; attributes that are text, 32-bit integers or booleans (null: absent), those of the
// specification text and not empty; data or data_base64, not both; data of another type than JSON a string.
//
// Owned by a LineParser; its thread.
class StructuredEvent {
 public:
  // Completes `message` from an object whose text is `text`; views point into the text, the document and this object.
  // Returns why the object is no CloudEvent, else an empty string.
  std::string read(std::string_view text, simdjson::dom::object object, hark_message& message);

 private:
  struct Member {
    std::string_view name;
    simdjson::dom::element value;
    std::size_t position = 0;
  };

  std::string take_members(simdjson::dom::object object);
  std::string find_duplicate();
  std::string take_attribute(const Member& member, hark_message& message);
  std::string add_extension(const Member& member);
  std::string take_data(std::string_view text, hark_message& message);

  std::vector<Member> members_;                 // all but those that are null
  std::vector<std::string_view> names_;         // of all members, sorted when there are many
  std::vector<hark_attr> attributes_;           // the extensions
  std::vector<std::array<char, 12>> integers_;  // their canonical text; never grows while attributes_ point into it
  std::string bytes_;                           // data_base64, decoded
  const Member* data_ = nullptr;
  const Member* data_base64_ = nullptr;
};

}  // namespace hark::input
