#include "input/structured_event.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <hark/cloudevents.hpp>
#include <limits>

#include "input/base64.h"
#include "input/json_members.h"

namespace hark::input {
namespace {

hark_str str(std::string_view s) { return hark_str{s.data(), s.size()}; }
hark_bytes bytes(std::string_view s) { return hark_bytes{s.data(), s.size()}; }

struct CoreAttribute {
  std::string_view name;
  hark_str hark_message::* slot;
  bool required = false;
};

constexpr CoreAttribute core_attributes[] = {
    {"id", &hark_message::id, true},       {"source", &hark_message::source, true},
    {"type", &hark_message::type, true},   {"time", &hark_message::time_text},
    {"subject", &hark_message::subject},   {"datacontenttype", &hark_message::content_type},
    {"dataschema", &hark_message::schema},
};

bool is_attribute_name(std::string_view name) {
  return !name.empty() &&
         std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

// The text of a core attribute, or why there is none.
std::string non_empty_text(std::string_view name, simdjson::dom::element value, std::string_view& text) {
  if (value.get_string().get(text) != simdjson::SUCCESS) return "attribute " + backquoted(name) + " is not text";
  if (text.empty()) return "attribute " + backquoted(name) + " is empty";
  return {};
}

}  // namespace

std::string backquoted(std::string_view name) {
  constexpr std::size_t longest = 64;
  std::string text = "`";
  if (name.size() <= longest) return text.append(name) += '`';
  std::size_t cut = longest;
  while (cut > 0 && (static_cast<unsigned char>(name[cut]) & 0xC0) == 0x80) --cut;  // not inside a character
  return text.append(name.substr(0, cut)) += "...`";
}

std::string StructuredEvent::read(std::string_view text, simdjson::dom::object object, hark_message& message) {
  data_ = data_base64_ = nullptr;
  attributes_.clear();
  integers_.clear();
  if (std::string why = take_members(object); !why.empty()) return why;
  integers_.reserve(members_.size());
  bool version = false;
  for (const Member& member : members_) {
    if (member.name == "specversion") {
      std::string_view value;
      version = true;
      if (member.value.get_string().get(value) != simdjson::SUCCESS || value != "1.0") {
        return "specversion is not \"1.0\"";
      }
    } else if (member.name == "data") {
      data_ = &member;
    } else if (member.name == "data_base64") {
      data_base64_ = &member;
    } else if (std::string why = take_attribute(member, message); !why.empty()) {
      return why;
    }
  }
  if (!version) return "specversion is not \"1.0\"";
  for (const CoreAttribute& core : core_attributes) {
    if (core.required && (message.*core.slot).n == 0) return "attribute " + backquoted(core.name) + " is missing";
  }
  message.attributes = attributes_.data();
  message.n_attributes = static_cast<std::uint32_t>(attributes_.size());
  return take_data(text, message);
}

std::string StructuredEvent::take_members(simdjson::dom::object object) {
  members_.clear();
  names_.clear();
  std::size_t position = 0;
  for (const auto field : object) {
    names_.push_back(field.key);
    // JSON format 2.2: a null attribute is an absent one; 3.1.1: null is a value for data.
    if (!field.value.is_null() || field.key == "data") members_.push_back(Member{field.key, field.value, position});
    ++position;
  }
  return find_duplicate();
}

std::string StructuredEvent::find_duplicate() {
  constexpr std::size_t few = 16;
  const auto twice = [](std::string_view name) { return backquoted(name) + " stands there twice"; };
  if (names_.size() > few) {
    std::ranges::sort(names_);
    const auto first = std::ranges::adjacent_find(names_);
    return first == names_.end() ? std::string() : twice(*first);
  }
  for (std::size_t i = 1; i < names_.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      if (names_[i] == names_[k]) return twice(names_[i]);
    }
  }
  return {};
}

std::string StructuredEvent::take_attribute(const Member& member, hark_message& message) {
  for (const CoreAttribute& core : core_attributes) {
    if (member.name != core.name) continue;
    std::string_view text;
    std::string why = non_empty_text(member.name, member.value, text);
    message.*core.slot = str(text);
    return why;
  }
  if (member.name == "partitionkey") {  // CloudEvents "partitioning" extension; the ABI's `key`
    std::string_view text;
    std::string why = non_empty_text(member.name, member.value, text);
    message.key = bytes(text);
    return why;
  }
  return add_extension(member);
}

std::string StructuredEvent::add_extension(const Member& member) {
  if (!is_attribute_name(member.name)) {
    return "attribute name " + backquoted(member.name) + " is not made of a-z and 0-9";
  }
  hark_attr attribute{str(member.name), {}, HARK_ATTR_STRING, 0};
  std::string_view text;
  bool boolean = false;
  std::int64_t integer = 0;
  if (member.value.get_string().get(text) == simdjson::SUCCESS) {
    attribute.v = str(text);
  } else if (member.value.get_bool().get(boolean) == simdjson::SUCCESS) {
    attribute.kind = HARK_ATTR_BOOLEAN;
    attribute.v = str(boolean ? "true" : "false");
  } else if (member.value.is_int64() && member.value.get_int64().get(integer) == simdjson::SUCCESS &&
             integer >= std::numeric_limits<std::int32_t>::min() &&
             integer <= std::numeric_limits<std::int32_t>::max()) {
    auto& digits = integers_.emplace_back();
    const char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), integer).ptr;
    attribute.kind = HARK_ATTR_INTEGER;
    attribute.v = hark_str{digits.data(), static_cast<std::size_t>(end - digits.data())};
  } else {
    return "attribute " + backquoted(member.name) + " is neither text, nor a 32-bit integer, nor true or false";
  }
  attributes_.push_back(attribute);
  return {};
}

std::string StructuredEvent::take_data(std::string_view text, hark_message& message) {
  if (data_ != nullptr && data_base64_ != nullptr) return "both `data` and `data_base64`";
  if (data_base64_ != nullptr) {
    std::string_view encoded;
    if (data_base64_->value.get_string().get(encoded) != simdjson::SUCCESS || !decode_base64(encoded, bytes_)) {
      return "`data_base64` is not base64 text";
    }
    message.data = bytes(bytes_);
    message.flags = HARK_M_DATA_BINARY;
    return {};
  }
  if (data_ == nullptr) return {};
  if (is_json_content_type(std::string_view(message.content_type.p, message.content_type.n))) {
    message.data = bytes(member_text(text, data_->position));
    message.flags = HARK_M_DATA_CHECKED;
    return {};
  }
  std::string_view content;
  if (data_->value.get_string().get(content) != simdjson::SUCCESS) {
    return "`data` must be a string, for datacontenttype is not JSON";
  }
  message.data = bytes(content);
  return {};
}

}  // namespace hark::input
