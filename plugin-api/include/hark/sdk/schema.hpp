// SPDX-License-Identifier: Apache-2.0
// A declared struct as JSON Schema (draft-07): what from_json<T>() takes and to_json() writes.
//
// Written out flat, without $ref: a struct cannot hold itself. What a field of HARK_DEFAULT is when it is absent stands
// there as `default`.
#pragma once

#include <hark/sdk/info.hpp>
#include <hark/sdk/json.hpp>

namespace hark {

namespace detail {

template <class T>
constexpr const char* json_type() {
  if constexpr (std::is_same_v<T, bool>) return "boolean";
  if constexpr (is_integer<T>) return "integer";
  if constexpr (std::is_floating_point_v<T>) return "number";
  if constexpr (is_list<T>::value) return "array";
  if constexpr (is_map<T>::value || is_declared<T>::value) return "object";
  return "string";
}

// more: what else to say of it, ",\"default\":3".
template <class T>
void append_schema(std::string& out, const std::string& more = {}, bool or_null = false);

template <class T>
void append_words(std::string& out, bool or_null) {
  out += ",\"enum\":[";
  bool first = true;
  for (const std::string_view word : words_of<T>()) {
    if (!first) out += ',';
    first = false;
    append_json_string(out, word);
  }
  out += or_null ? ",null]" : "]";
}

// None for 64 bits with sign, and no maximum for 64 without: a double does not hold them exactly.
template <class T>
void append_range(std::string& out) {
  if constexpr (sizeof(T) < 8 || std::is_unsigned_v<T>) {
    out += ",\"minimum\":" + std::to_string(std::numeric_limits<T>::min());
  }
  if constexpr (sizeof(T) < 8) out += ",\"maximum\":" + std::to_string(std::numeric_limits<T>::max());
}

template <class T>
void append_fields(std::string& out) {
  const T defaults{};
  std::string required;
  bool first = true;
  const auto add = [&](const auto& f) {
    using Value = std::decay_t<decltype(defaults.*f.member)>;
    std::string name, value, where;
    append_json_string(name, f.name);
    out += (first ? "" : ",") + name + ":";
    first = false;
    const bool told = f.has_default && write_value(value, defaults.*f.member, where);
    append_schema<Value>(out, told ? ",\"default\":" + value : std::string());
    if (!is_optional<Value>::value && !f.has_default) required += (required.empty() ? "" : ",") + name;
  };
  out += ",\"properties\":{";
  std::apply([&](const auto&... f) { (add(f), ...); }, fields_of<T>());
  out += '}';
  if (!required.empty()) out += ",\"required\":[" + required + "]";
}

template <class T>
void append_schema(std::string& out, const std::string& more, bool or_null) {
  if constexpr (is_optional<T>::value) {
    append_schema<typename is_optional<T>::inner>(out, more, true);
  } else {
    const std::string type = std::string("\"") + json_type<T>() + "\"";
    out += "{\"type\":" + (or_null ? "[" + type + ",\"null\"]" : type);
    if constexpr (is_integer<T>) append_range<T>(out);
    if constexpr (is_word<T>::value) append_words<T>(out, or_null);
    if constexpr (is_declared<T>::value) append_fields<T>(out);
    if constexpr (is_list<T>::value) {
      out += ",\"items\":";
      append_schema<typename is_list<T>::inner>(out);
    }
    if constexpr (is_map<T>::value) {
      out += ",\"additionalProperties\":";
      append_schema<typename is_map<T>::inner>(out);
    }
    out += more + "}";
  }
}

template <class T>
const char* schema_text() {
  static const std::string text = [] {
    std::string out;
    append_schema<T>(out);
    return out;
  }();
  return text.c_str();
}

}  // namespace detail

// A declared event for Info::hears() and Info::publishes(): its type, and its schema for the host.
template <class Event>
inline constexpr EventType event{type_of<Event>, &detail::schema_text<Event>};

}  // namespace hark
