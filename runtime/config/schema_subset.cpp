#include "config/schema_subset.h"

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>

#include "config/json_pointer.h"
#include "config/limits.h"

namespace hark::config {
namespace {

using nlohmann::json;

bool is_type_name(const json& value) {
  constexpr std::array names{"string", "integer", "number", "boolean", "array", "object"};
  return value.is_string() && std::ranges::find(names, value.get_ref<const std::string&>()) != names.end();
}

bool is_type(const json& value) {
  return is_type_name(value) || (value.is_array() && !value.empty() && std::ranges::all_of(value, is_type_name));
}
bool is_text_list(const json& value) {
  return value.is_array() && std::ranges::all_of(value, [](const json& v) { return v.is_string(); });
}
bool is_filled_list(const json& value) { return value.is_array() && !value.empty(); }
// valijson reads integers as signed: from 2^63 on they would wrap.
bool fits_signed(const json& value) {
  return !value.is_number_unsigned() || value.get<std::uint64_t>() <= std::numeric_limits<std::int64_t>::max();
}
bool is_count(const json& value) { return value.is_number_unsigned() && fits_signed(value); }
bool is_number(const json& value) { return value.is_number() && fits_signed(value); }
bool is_text(const json& value) { return value.is_string(); }
bool is_anything(const json&) { return true; }
bool is_object(const json& value) { return value.is_object(); }
bool is_boolean_or_object(const json& value) { return value.is_boolean() || value.is_object(); }

struct Keyword {
  std::string_view name;
  bool (*accepts)(const json&);
  const char* expected;
};

constexpr Keyword keywords[] = {
    {"$schema", is_text, "text"},
    {"$comment", is_text, "text"},
    {"title", is_text, "text"},
    {"description", is_text, "text"},
    {"default", is_anything, ""},
    {"examples", is_anything, ""},
    {"type", is_type, "string, integer, number, boolean, array or object, or a list of these"},
    {"enum", is_filled_list, "a list that is not empty"},
    {"const", is_anything, ""},
    {"properties", is_object, "an object"},
    {"required", is_text_list, "a list of texts"},
    {"additionalProperties", is_boolean_or_object, "a boolean or a schema"},
    {"items", is_object, "one schema"},
    {"minimum", is_number, "a number below 2^63"},
    {"maximum", is_number, "a number below 2^63"},
    {"exclusiveMinimum", is_number, "a number below 2^63"},
    {"exclusiveMaximum", is_number, "a number below 2^63"},
    {"minLength", is_count, "a whole number from 0, below 2^63"},
    {"maxLength", is_count, "a whole number from 0, below 2^63"},
    {"minItems", is_count, "a whole number from 0, below 2^63"},
    {"maxItems", is_count, "a whole number from 0, below 2^63"},
    {"minProperties", is_count, "a whole number from 0, below 2^63"},
    {"maxProperties", is_count, "a whole number from 0, below 2^63"},
};

std::optional<std::string> fault_at(const json& schema, const std::string& pointer, std::uint32_t depth) {
  const std::string where = pointer.empty() ? "the top" : pointer;
  if (!schema.is_object()) return "the schema at " + where + " is not an object";
  if (depth > max_depth) return "nested more than " + std::to_string(max_depth) + " deep";
  for (const auto& [key, value] : schema.items()) {
    const auto keyword = std::ranges::find(keywords, key, &Keyword::name);
    if (keyword == std::end(keywords)) return "keyword `" + key + "` at " + where + " is not supported";
    if (!keyword->accepts(value)) return "keyword `" + key + "` at " + where + " must be " + keyword->expected;
    const std::string inner = pointer + pointer_token(key);
    std::optional<std::string> fault;
    if (key == "properties") {
      for (const auto& [name, property] : value.items()) {
        fault = fault_at(property, inner + pointer_token(name), depth + 1);
        if (fault) return fault;
      }
    } else if (key == "items" || (key == "additionalProperties" && value.is_object())) {
      fault = fault_at(value, inner, depth + 1);
    }
    if (fault) return fault;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> schema_fault(const json& schema) {
  if (auto fault = fault_at(schema, "", 1)) return fault;
  if (schema.contains("type") && schema["type"] != "object") return "`type` at the top must be object";
  return std::nullopt;
}

}  // namespace hark::config
