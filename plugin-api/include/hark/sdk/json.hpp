// SPDX-License-Identifier: Apache-2.0
// From JSON text to a struct declared with HARK_FIELDS, and back. The one header of the SDK that needs a library:
// nlohmann/json (why: docs/decisions/0002-typed-json-library.md).
//
// Reading checks the whole document, in one pass and without building a tree; memory does not grow with its depth
// except by one bit a level. What does not fit is told, all of it at once, and nothing is made up for it.
#pragma once

#include <hark/sdk/read.hpp>
#include <nlohmann/json.hpp>

namespace hark {

// A value, or why there is none.
template <class T>
struct Decoded {
  std::optional<T> value;
  std::string problem;  // "field `items[2].price`: expected number, found text; field `code`: required, not there"
  explicit operator bool() const { return value.has_value(); }
};

namespace detail {

using Json = nlohmann::json;

// nlohmann's events while it reads. What no struct has a place for is only checked.
class Reader : public nlohmann::json_sax<Json> {
 public:
  Reader(const Shape& shape, void* out) {
    root_.shape = &shape;
    root_.at = out;
  }

  bool null() override { return value(nullptr); }
  bool boolean(bool v) override { return value(v); }
  bool number_integer(std::int64_t v) override { return value(v); }
  bool number_unsigned(std::uint64_t v) override { return value(v); }
  bool number_float(double v, const std::string& text) override { return value(Number{v, &text}); }
  bool string(std::string& v) override { return value(&v); }
  bool binary(Json::binary_t&) override { return false; }
  bool start_object(std::size_t) override {
    if (!levels_.empty()) return open(JsonObject{});
    levels_.push_back(root_);
    return true;
  }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(JsonList{}); }
  bool end_array() override { return close(); }
  bool key(std::string& name) override {
    if (passed_over_ == 0) levels_.back().shape->key(levels_.back(), name);
    return true;
  }
  bool parse_error(std::size_t byte, const std::string&, const nlohmann::detail::exception& e) override {
    problem_ = std::string(e.id == 406 ? "a number is out of every range" : "not valid JSON") + ", at byte " +
               std::to_string(byte);
    problems_ = 1;
    return false;
  }

  // After the whole document was read: what is wrong with it, or an empty text.
  std::string problem() {
    if (problems_ > most_told) problem_ += "; and " + std::to_string(problems_ - most_told) + " more";
    return std::move(problem_);
  }

 private:
  static constexpr std::size_t most_told = 32;  // a long list may be wrong in each element

  bool value(const JsonValue& v) {
    if (passed_over_ != 0) return true;
    if (levels_.empty()) {
      problem_ = "expected an object, found " + found(v);
      return false;
    }
    Level opened;
    const std::string wrong = levels_.back().shape->put(levels_.back(), v, opened);
    if (!wrong.empty()) say(wrong);
    if (opened.shape != nullptr) levels_.push_back(opened);
    return true;
  }
  bool open(const JsonValue& v) {
    const std::size_t levels = levels_.size();
    if (!value(v)) return false;
    if (levels_.size() == levels) ++passed_over_;
    return true;
  }
  bool close() {
    if (passed_over_ != 0) return --passed_over_, true;
    Level& level = levels_.back();
    const std::uint32_t missing = level.shape->required & ~level.seen;
    for (level.index = 0; level.index < 32; ++level.index) {
      if ((missing >> level.index & 1u) != 0) say("required, not there");
    }
    levels_.pop_back();
    return true;
  }
  // About the value that was last put.
  void say(const std::string& what) {
    if (++problems_ > most_told) return;
    std::string path;
    for (const Level& level : levels_) level.shape->name(level, path);
    problem_ += (problem_.empty() ? "field `" : "; field `") + path + "`: " + what;
  }

  Level root_;
  std::vector<Level> levels_;
  std::size_t passed_over_ = 0;  // depth in what nobody asked for
  std::string problem_;
  std::size_t problems_ = 0;
};

// Appends v as JSON. False when a part of it has no JSON form: `where` is its path then.
template <class T>
bool write_value(std::string& out, const T& v, std::string& where);

inline bool write_text(std::string& out, std::string_view text) {
  if (!is_utf8(text)) return false;
  append_json_string(out, text);
  return true;
}

inline void stands_in(const std::string& part, std::string& where) {
  where = part + (where.empty() || where[0] == '[' ? "" : ".") + where;
}

template <class T>
bool write_struct(std::string& out, const T& v, std::string& where) {
  bool fine = true, first = true;
  const auto put = [&](const auto& f) {
    const auto& value = v.*f.member;
    if constexpr (is_optional<std::decay_t<decltype(value)>>::value) {
      if (!value.has_value()) return;
    }
    if (!fine) return;
    out += first ? "\"" : ",\"";
    out += f.name;
    out += "\":";
    first = false;
    fine = write_value(out, value, where);
    if (!fine) stands_in(f.name, where);
  };
  out += '{';
  std::apply([&](const auto&... f) { (put(f), ...); }, fields_of<T>());
  out += '}';
  return fine;
}

template <class T>
bool write_list(std::string& out, const T& v, std::string& where) {
  std::size_t i = 0;
  out += '[';
  for (typename T::const_reference element : v) {  // of std::vector<bool> a value
    if (i != 0) out += ',';
    if (!write_value(out, element, where)) {
      return stands_in("[" + std::to_string(i) + "]", where), false;
    }
    ++i;
  }
  out += ']';
  return true;
}

template <class T>
bool write_map(std::string& out, const T& v, std::string& where) {
  bool first = true;
  out += '{';
  for (const auto& [key, value] : v) {
    if (!first) out += ',';
    first = false;
    bool fine = write_text(out, key);
    out += ':';
    fine = fine && write_value(out, value, where);
    if (fine) continue;
    std::string name = "[";
    append_json_string(name, shown(key));
    return stands_in(name + "]", where), false;
  }
  out += '}';
  return true;
}

template <class T>
bool write_value(std::string& out, const T& v, std::string& where) {
  if constexpr (is_optional<T>::value) {
    if (v.has_value()) return write_value(out, *v, where);
    return out += "null", true;
  } else if constexpr (std::is_same_v<T, bool>) {
    return out += v ? "true" : "false", true;
  } else if constexpr (is_integer<T>) {
    return out += std::to_string(v), true;
  } else if constexpr (std::is_floating_point_v<T>) {
    if (!std::isfinite(v)) return false;
    return out += Json(v).dump(), true;
  } else if constexpr (is_word<T>::value) {
    static constexpr auto words = words_of<T>();
    const auto i = static_cast<std::size_t>(v);
    return i < words.size() && write_text(out, words[i]);
  } else if constexpr (is_list<T>::value) {
    return write_list(out, v, where);
  } else if constexpr (is_map<T>::value) {
    return write_map(out, v, where);
  } else if constexpr (std::is_same_v<T, std::string>) {
    return write_text(out, v);
  } else {
    return write_struct(out, v, where);
  }
}

}  // namespace detail

// Reads a JSON object. Unknown fields are passed over.
template <class T>
Decoded<T> from_json(std::string_view text) {
  static_assert(detail::is_declared<T>::value, "from_json: a struct declared with HARK_FIELDS or HARK_EVENT");
  Decoded<T> result;
  detail::Reader reader(detail::shape_of<T>, &result.value.emplace());
  const bool read = detail::Json::sax_parse(text.begin(), text.end(), &reader);
  result.problem = reader.problem();
  if (!read || !result.problem.empty()) result.value.reset();
  return result;
}

// Writes a JSON object, fields in the order of their declaration, absent optional fields left out (in a list or map:
// null). No text when a part has no JSON form: text that is not UTF-8, a number that is not finite, an enumeration's
// value that has no word.
template <class T>
Decoded<std::string> to_json(const T& v) {
  static_assert(detail::is_declared<T>::value, "to_json: a struct declared with HARK_FIELDS or HARK_EVENT");
  std::string out, where;
  if (detail::write_value(out, v, where)) return {std::move(out), {}};
  return {std::nullopt,
          "field `" + where + "`: has no JSON form (not UTF-8, not a finite number, or a value without " + "a word)"};
}

}  // namespace hark
