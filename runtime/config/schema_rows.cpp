#include "config/schema_rows.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "config/schema_subset.h"

namespace hark::config {
namespace {

using nlohmann::json;

std::string shown(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

std::string type_word(const json& type) {
  static constexpr std::array<std::pair<std::string_view, const char*>, 3> words{
      {{"string", "text"}, {"array", "list"}, {"object", "table"}}};
  const auto found =
      std::ranges::find(words, type.get<std::string>(), [](const auto& w) { return std::string(w.first); });
  return found != words.end() ? found->second : type.get<std::string>();
}

std::string kind_of(const json& schema) {
  if (schema.contains("const")) return "always " + shown(schema["const"]);
  if (schema.contains("enum")) {
    std::string words;
    for (const json& value : schema["enum"]) words += (words.empty() ? "" : ", ") + shown(value);
    return "one of " + words;
  }
  if (!schema.contains("type")) return "anything";
  const json& type = schema["type"];
  if (!type.is_array()) return type_word(type);
  std::string kinds;
  for (const json& t : type) kinds += (kinds.empty() ? "" : " or ") + type_word(t);
  return kinds;
}

// "from 1 to 10", "from 1", "up to 10", or nothing.
std::string range(const json& schema, const char* low, const char* high) {
  std::string text = schema.contains(low) ? " from " + shown(schema[low]) : "";
  if (schema.contains(high)) text += (text.empty() ? " up to " : " to ") + shown(schema[high]);
  return text;
}

std::string rule_of(const json& schema, bool required) {
  std::string rule = kind_of(schema) + range(schema, "minimum", "maximum");
  if (required) rule += ", required";
  if (schema.contains("default")) rule += "; " + shown(schema["default"]) + " when absent";
  return rule;
}

void add_rows(const json& schema, const std::string& path, std::vector<SchemaRow>& rows);

void add_row(const json& schema, const std::string& key, bool required, std::vector<SchemaRow>& rows) {
  rows.push_back({key, rule_of(schema, required), schema.value("description", schema.value("title", ""))});
  add_rows(schema, key, rows);
}

void add_rows(const json& schema, const std::string& path, std::vector<SchemaRow>& rows) {
  const json required = schema.value("required", json::array());
  const std::string prefix = path.empty() ? path : path + ".";
  const json properties = schema.value("properties", json::object());
  for (const auto& [name, property] : properties.items())
    add_row(property, prefix + name, std::ranges::find(required, json(name)) != required.end(), rows);
  if (schema.contains("additionalProperties") && schema["additionalProperties"].is_object())
    add_row(schema["additionalProperties"], prefix + "*", false, rows);
  if (schema.contains("items")) add_row(schema["items"], path + "[]", false, rows);
}

}  // namespace

core::Result<std::vector<SchemaRow>> schema_rows(const std::string& text) {
  const json schema = json::parse(text, nullptr, false);
  if (schema.is_discarded()) return core::fail("not JSON");
  if (const auto fault = schema_fault(schema)) return core::fail(*fault);
  std::vector<SchemaRow> rows;
  add_rows(schema, "", rows);
  return rows;
}

}  // namespace hark::config
