#include "input/json_fields.h"

#include <array>
#include <charconv>
#include <hark/json_text.hpp>
#include <type_traits>

namespace hark::input {
namespace {

namespace dom = simdjson::dom;
using Element = simdjson::simdjson_result<dom::element>;

template <class Number>
void append_number(std::string& out, Number n) {
  std::array<char, 32> digits;
  const char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), n).ptr;
  const std::string_view text(digits.data(), end);
  out += text;
  if (std::is_floating_point_v<Number> && text.find_first_of(".e") == text.npos) out += ".0";  // stays apart from 1
}

Element step(const dom::element& at, std::string_view name) {
  dom::array list;
  if (at.get_array().get(list) != simdjson::SUCCESS) return at.at_key(name);
  std::size_t index = 0;
  const char* const end = name.data() + name.size();
  const auto read =
      std::from_chars(name.data(), end, index);  // NOLINT(bugprone-suspicious-stringview-data-usage): with its end
  if (read.ec != std::errc() || read.ptr != end) return simdjson::NO_SUCH_FIELD;
  return list.at(index);
}

Element find(Element at, std::span<const std::string_view> path) {
  for (const std::string_view name : path) {
    dom::element e;
    if (at.get(e) != simdjson::SUCCESS) return at;
    at = step(e, name);
  }
  return at;
}

}  // namespace

void append_json_text(std::string& out, std::string_view text, std::size_t longest) {
  if (text.size() <= longest) return append_json_string(out, text);
  std::size_t cut = longest - 3;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;  // not inside a character
  append_json_string(out, std::string(text.substr(0, cut)) += "...");
}

void JsonFields::read(std::string_view json) { root_ = parser_.parse(json.data(), json.size()); }

void JsonFields::append(std::string& out, std::span<const std::string_view> path, std::size_t longest) const {
  const Element found = find(root_, path);
  dom::element e;
  if (found.get(e) != simdjson::SUCCESS) return void(out += "null");
  switch (e.type()) {
    case dom::element_type::STRING: return append_json_text(out, e.get_string().value_unsafe(), longest);
    case dom::element_type::INT64: return append_number(out, e.get_int64().value_unsafe());
    case dom::element_type::UINT64: return append_number(out, e.get_uint64().value_unsafe());
    case dom::element_type::DOUBLE: return append_number(out, e.get_double().value_unsafe());
    case dom::element_type::BOOL: return void(out += e.get_bool().value_unsafe() ? "true" : "false");
    case dom::element_type::NULL_VALUE: return void(out += "null");
    case dom::element_type::ARRAY:
    case dom::element_type::OBJECT: return append_json_text(out, simdjson::minify(e), longest);
  }
}

}  // namespace hark::input
