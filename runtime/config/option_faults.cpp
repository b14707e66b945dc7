#include "config/option_faults.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "config/table_reader.h"

namespace hark::config {
namespace {

using nlohmann::json;

constexpr std::size_t max_listed = 20;  // values of an `enum` that are shown

std::string_view kind_of_json(const json& value) {
  if (value.is_string()) return "text";
  if (value.is_number_integer()) return "integer";
  if (value.is_number()) return "number";
  if (value.is_boolean()) return "boolean";
  if (value.is_array()) return "list";
  return value.is_object() ? "table" : "nothing";
}

struct TypeName {
  std::string_view schema, told;
};
constexpr TypeName types[] = {{"string", "text"},     {"integer", "integer"}, {"number", "number"},
                              {"boolean", "boolean"}, {"array", "list"},      {"object", "table"}};

bool has_type(const json& value, std::string_view type) {
  const auto it = std::ranges::find(types, type, &TypeName::schema);
  const std::string_view kind = kind_of_json(value);
  return it != std::end(types) && (kind == it->told || (type == "number" && kind == "integer"));
}

std::string told_type(const std::string& type) {
  const auto it = std::ranges::find(types, type, &TypeName::schema);
  return std::string(it == std::end(types) ? type : it->told);
}

std::string shown(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

class Faults {
 public:
  Faults(const json& schema, const json& value, bool secret) : schema_(schema), value_(value), secret_(secret) {}

  std::vector<OptionFault> find() {
    if (!check_type()) return std::move(out_);
    check_words();
    if (value_.is_number()) check_number();
    if (value_.is_string()) check_count("minLength", "maxLength", code_points(), "characters");
    if (value_.is_array()) check_count("minItems", "maxItems", value_.size(), "elements");
    if (value_.is_object()) {
      check_count("minProperties", "maxProperties", value_.size(), "keys");
      check_keys();
    }
    return std::move(out_);
  }

 private:
  void add(std::string message, std::string help = {}) { out_.push_back({{}, std::move(message), std::move(help)}); }

  bool check_type() {
    if (!schema_.contains("type")) return true;
    const json& type = schema_["type"];
    std::vector<std::string> allowed;
    if (type.is_string()) allowed.push_back(type);
    if (type.is_array()) allowed = type.get<std::vector<std::string>>();
    if (std::ranges::any_of(allowed, [&](const std::string& t) { return has_type(value_, t); })) return true;
    std::string expected;
    for (const std::string& t : allowed) expected += (expected.empty() ? "" : " or ") + told_type(t);
    add("expected " + expected + ", found " + std::string(kind_of_json(value_)));
    return false;
  }

  void check_words() {
    if (schema_.contains("const") && schema_["const"] != value_) add("must be " + shown(schema_["const"]));
    if (!schema_.contains("enum") || std::ranges::find(schema_["enum"], value_) != schema_["enum"].end()) return;
    std::string list;
    std::vector<std::string> words;
    std::size_t told = 0;
    for (const json& allowed : schema_["enum"]) {
      if (allowed.is_string()) words.push_back(allowed);
      if (++told <= max_listed) list += (list.empty() ? "" : ", ") + shown(allowed);
    }
    if (told > max_listed) list += ", and " + std::to_string(told - max_listed) + " more";
    add("must be one of " + list,
        value_.is_string() && !secret_ ? suggest(value_.get_ref<const std::string&>(), words) : "");
  }

  void check_number() {
    const double value = value_.get<double>();
    const auto limit = [&](const char* key, auto broken, const char* words) {
      if (schema_.contains(key) && broken(value, schema_[key].get<double>())) {
        add(std::string("must be ") + words + " " + shown(schema_[key]) + ", is " + shown(value_));
      }
    };
    limit("minimum", std::less<>(), "at least");
    limit("maximum", std::greater<>(), "at most");
    limit("exclusiveMinimum", std::less_equal<>(), "more than");
    limit("exclusiveMaximum", std::greater_equal<>(), "less than");
  }

  std::size_t code_points() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        value_.get_ref<const std::string&>(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; }));
  }

  void check_count(const char* min, const char* max, std::size_t count, const char* what) {
    const std::string has = std::string(" ") + what + (secret_ ? "" : ", has " + std::to_string(count));
    if (schema_.contains(min) && count < schema_[min].get<std::uint64_t>()) {
      add("must have at least " + shown(schema_[min]) + has);
    }
    if (schema_.contains(max) && count > schema_[max].get<std::uint64_t>()) {
      add("must have at most " + shown(schema_[max]) + has);
    }
  }

  void check_keys() {
    if (schema_.contains("required")) {
      for (const std::string& key : schema_["required"].get<std::vector<std::string>>()) {
        if (!value_.contains(key)) add("missing key `" + key + "`");
      }
    }
    if (schema_.value("additionalProperties", json(true)) != json(false)) return;
    const json properties = schema_.value("properties", json::object());
    std::vector<std::string> known;
    for (const auto& [name, property] : properties.items()) known.push_back(name);
    for (const auto& [key, value] : value_.items()) {
      if (properties.contains(key)) continue;
      out_.push_back({key, "unknown key `" + key + "`", suggest(key, known)});
    }
  }

  const json& schema_;
  const json& value_;
  const bool secret_;
  std::vector<OptionFault> out_;
};

}  // namespace

std::vector<OptionFault> option_faults(const json& schema, const json& value, bool secret) {
  return Faults(schema, value, secret).find();
}

}  // namespace hark::config
