// SPDX-License-Identifier: Apache-2.0
// From JSON text to a struct declared with HARK_FIELDS, and back. The one header of the SDK that needs a library:
// nlohmann/json (why: docs/decisions/0002-typed-json-library.md).
//
// Reading checks the whole document, in one pass and without building a tree; memory does not grow with its depth
// except by one bit a level. What does not fit is told, all of it at once, and nothing is made up for it.
#pragma once

#include <cmath>
#include <hark/sdk/fields.hpp>
#include <limits>
#include <nlohmann/json.hpp>
#include <string_view>
#include <variant>
#include <vector>

namespace hark {

// A value, or why there is none.
template <class T>
struct Decoded {
  std::optional<T> value;
  std::string problem;  // "field `severity`: expected text, found number; field `code`: required, not there"
  explicit operator bool() const { return value.has_value(); }
};

namespace detail {

using Json = nlohmann::json;

struct Number {
  double value;
  const std::string* text;  // as it stands in the document
};
struct JsonList {};
struct JsonObject {};
using JsonValue =
    std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, Number, std::string*, JsonList, JsonObject>;

inline std::string found(const JsonValue& v) {
  static constexpr const char* names[] = {"null", "boolean", "number", "number", "number", "text", "list", "object"};
  return names[v.index()];
}

template <class T>
constexpr const char* expected() {
  if constexpr (std::is_same_v<T, std::string>) return "text";
  if constexpr (std::is_same_v<T, bool>) return "boolean";
  if constexpr (is_integer<T>) return "integer";
  return "number";
}

template <class T>
std::string out_of_range(const std::string& text) {
  const std::string shown = text.size() > 40 ? text.substr(0, 40) + "..." : text;
  if constexpr (is_integer<T>) {
    return shown + " is out of range (" + std::to_string(std::numeric_limits<T>::min()) + " to " +
           std::to_string(std::numeric_limits<T>::max()) + ")";
  } else {
    return shown + " is out of range";
  }
}

template <class T, class From>
bool fits(From v) {
  if constexpr (std::is_signed_v<From>) {
    if (v < 0) {
      if constexpr (std::is_signed_v<T>) return v >= static_cast<From>(std::numeric_limits<T>::min());
      return false;
    }
  }
  return static_cast<std::uint64_t>(v) <= static_cast<std::uint64_t>(std::numeric_limits<T>::max());
}

// Stores v in `to`; returns what is wrong, or an empty text.
template <class T>
std::string store_integer(T& to, const JsonValue& v) {
  if (const auto* i = std::get_if<std::int64_t>(&v)) {
    if (!fits<T>(*i)) return out_of_range<T>(std::to_string(*i));
    to = static_cast<T>(*i);
    return {};
  }
  if (const auto* u = std::get_if<std::uint64_t>(&v)) {
    if (!fits<T>(*u)) return out_of_range<T>(std::to_string(*u));
    to = static_cast<T>(*u);
    return {};
  }
  const auto* n = std::get_if<Number>(&v);
  if (n == nullptr) return "expected integer, found " + found(v);
  // 3.0 is an integer in JSON. Past 2^53 a double is not exact, and what came is not known any more.
  if (std::fabs(n->value) > 9007199254740992.0) return out_of_range<T>(*n->text);
  if (std::trunc(n->value) != n->value) return "expected integer, found " + n->text->substr(0, 40);
  return store_integer(to, JsonValue(static_cast<std::int64_t>(n->value)));
}

template <class T>
std::string store(T& to, const JsonValue& v) {
  if constexpr (is_optional<T>::value) {
    if (std::holds_alternative<std::nullptr_t>(v)) return to.reset(), std::string();
    typename is_optional<T>::inner inner{};
    std::string problem = store(inner, v);
    if (problem.empty()) to = std::move(inner);
    return problem;
  } else if constexpr (is_integer<T>) {
    return store_integer(to, v);
  } else if constexpr (std::is_floating_point_v<T>) {
    if (const auto* i = std::get_if<std::int64_t>(&v)) return to = static_cast<T>(*i), std::string();
    if (const auto* u = std::get_if<std::uint64_t>(&v)) return to = static_cast<T>(*u), std::string();
    const auto* n = std::get_if<Number>(&v);
    if (n == nullptr) return "expected number, found " + found(v);
    if (std::fabs(n->value) > static_cast<double>(std::numeric_limits<T>::max())) return out_of_range<T>(*n->text);
    to = static_cast<T>(n->value);
    return {};
  } else if constexpr (std::is_same_v<T, bool>) {
    const auto* b = std::get_if<bool>(&v);
    if (b == nullptr) return "expected boolean, found " + found(v);
    to = *b;
    return {};
  } else {
    const auto* s = std::get_if<std::string*>(&v);
    if (s == nullptr) return "expected text, found " + found(v);
    to = std::move(**s);
    return {};
  }
}

// nlohmann's events while it reads. Values deeper than the object's own fields, and unknown fields, are only checked.
template <class T>
class Reader : public nlohmann::json_sax<Json> {
 public:
  explicit Reader(T& out) : out_(out) {}

  bool null() override { return value(nullptr); }
  bool boolean(bool v) override { return value(v); }
  bool number_integer(std::int64_t v) override { return value(v); }
  bool number_unsigned(std::uint64_t v) override { return value(v); }
  bool number_float(double v, const std::string& text) override { return value(Number{v, &text}); }
  bool string(std::string& v) override { return value(&v); }
  bool binary(Json::binary_t&) override { return false; }
  bool start_object(std::size_t) override { return depth_ == 0 ? ++depth_ != 0 : value(JsonObject{}) && ++depth_ != 0; }
  bool end_object() override { return depth_-- != 0; }
  bool start_array(std::size_t) override { return value(JsonList{}) && ++depth_ != 0; }
  bool end_array() override { return depth_-- != 0; }
  bool key(std::string& name) override {
    if (depth_ == 1) field_ = index_of(name);
    return true;
  }
  bool parse_error(std::size_t byte, const std::string&, const nlohmann::detail::exception& e) override {
    problem_ = std::string(e.id == 406 ? "a number is out of every range" : "not valid JSON") + ", at byte " +
               std::to_string(byte);
    return false;
  }

  // After the whole document was read.
  std::string finish(bool read) {
    if (read) missing(std::make_index_sequence<count>());
    return std::move(problem_);
  }

 private:
  static constexpr auto fields = fields_of<T>();
  static constexpr std::size_t count = std::tuple_size_v<decltype(fields)>;

  static std::size_t index_of(const std::string& name) {
    std::size_t at = count, i = 0;
    std::apply([&](const auto&... f) { ((name == f.name ? void(at = i) : void(), ++i), ...); }, fields);
    return at;
  }

  bool value(const JsonValue& v) {
    if (depth_ == 0) {
      problem_ = "expected an object, found " + found(v);
      return false;
    }
    if (depth_ == 1 && field_ < count) put(v, std::make_index_sequence<count>());
    return true;
  }
  template <std::size_t... I>
  void put(const JsonValue& v, std::index_sequence<I...>) {
    ((I == field_ ? put_one(std::get<I>(fields), I, v) : void()), ...);
  }
  template <class Field>
  void put_one(const Field& f, std::size_t i, const JsonValue& v) {
    if (seen_[i]) return say(f.name, "there twice");
    seen_[i] = true;
    const std::string wrong = store(out_.*f.member, v);
    if (!wrong.empty()) say(f.name, wrong);
  }
  template <std::size_t... I>
  void missing(std::index_sequence<I...>) {
    (missing_one(std::get<I>(fields), seen_[I]), ...);
  }
  template <class Field>
  void missing_one(const Field& f, bool seen) {
    constexpr bool optional = is_optional<std::decay_t<decltype(out_.*f.member)>>::value;
    if (!seen && !optional && !f.has_default) say(f.name, "required, not there");
  }
  void say(const char* name, const std::string& text) {
    if (!problem_.empty()) problem_ += "; ";
    problem_ += "field `" + std::string(name) + "`: " + text;
  }

  T& out_;
  std::string problem_;
  std::size_t depth_ = 0, field_ = count;
  bool seen_[count] = {};
};

inline bool write_value(std::string& out, bool v) { return out += v ? "true" : "false", true; }
template <class T>
std::enable_if_t<is_integer<T>, bool> write_value(std::string& out, T v) {
  return out += std::to_string(v), true;
}
template <class T>
std::enable_if_t<std::is_floating_point_v<T>, bool> write_value(std::string& out, T v) {
  if (!std::isfinite(v)) return false;
  return out += Json(v).dump(), true;
}
inline bool write_value(std::string& out, const std::string& v) {
  try {
    return out += Json(v).dump(), true;
  } catch (const Json::type_error&) {
    return false;
  }
}

}  // namespace detail

// Reads a JSON object. Unknown fields are passed over.
template <class T>
Decoded<T> from_json(std::string_view text) {
  Decoded<T> result;
  result.value.emplace();
  detail::Reader<T> reader(*result.value);
  const bool read = detail::Json::sax_parse(text.begin(), text.end(), &reader);
  result.problem = reader.finish(read);
  if (!read || !result.problem.empty()) result.value.reset();
  return result;
}

// Writes a JSON object, fields in the order of their declaration, absent optionals left out. No text when a field has
// no JSON form: text that is not UTF-8, a number that is not finite.
template <class T>
Decoded<std::string> to_json(const T& v) {
  std::string out = "{", problem;
  const auto put = [&](const char* name, const auto& value) {
    if (out.size() > 1) out += ',';
    out += '"';
    out += name;
    out += "\":";
    if (detail::write_value(out, value) || !problem.empty()) return;
    problem = "field `" + std::string(name) + "`: has no JSON form (not UTF-8, or not a finite number)";
  };
  const auto put_field = [&](const auto& f) {
    if constexpr (detail::is_optional<std::decay_t<decltype(v.*f.member)>>::value) {
      if ((v.*f.member).has_value()) put(f.name, *(v.*f.member));
    } else {
      put(f.name, v.*f.member);
    }
  };
  std::apply([&](const auto&... f) { (put_field(f), ...); }, fields_of<T>());
  out += '}';
  if (!problem.empty()) return {std::nullopt, std::move(problem)};
  return {std::move(out), {}};
}

}  // namespace hark
