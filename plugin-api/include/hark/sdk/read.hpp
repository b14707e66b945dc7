// SPDX-License-Identifier: Apache-2.0
// What the parts of a JSON document do to a declared struct while it is read. Knows no JSON library: json.hpp feeds it.
//
// No tree is built and nothing recurses: an object or list that a struct has a place for is one Level, so there are
// never more of them than types nest.
#pragma once

#include <cmath>
#include <cstdint>
#include <hark/json_text.hpp>
#include <hark/sdk/fields.hpp>
#include <limits>
#include <variant>

namespace hark::detail {

struct Number {
  double value;
  const std::string* text;  // as it stands in the document
};
struct JsonList {};    // its beginning
struct JsonObject {};  // its beginning
using JsonValue =
    std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, Number, std::string*, JsonList, JsonObject>;

inline std::string found(const JsonValue& v) {
  static constexpr const char* names[] = {"null", "boolean", "number", "number", "number", "text", "list", "object"};
  return names[v.index()];
}

// Of what somebody else wrote, as much as a message bears: whole characters, 40 bytes at most.
inline std::string shown(std::string_view text) {
  if (text.size() <= 40) return std::string(text);
  std::size_t n = 40;
  while (n > 0 && (static_cast<unsigned char>(text[n]) & 0xC0u) == 0x80u) --n;
  return std::string(text.substr(0, n)) + "...";
}

struct Shape;
// An object or list that is being read into a struct, list or map.
struct Level {
  const Shape* shape = nullptr;      // nullptr: none
  void* at = nullptr;                // the struct, list or map
  std::size_t index = 0;             // struct: of the field that comes next; list: elements so far
  std::uint32_t seen = 0;            // struct: a bit for each field; map: the key was there before
  const std::string* key = nullptr;  // map: of the value that comes next
  void* value = nullptr;             // map: where that goes
};

// What a type does with the parts of the object or list that is read into it.
struct Shape {
  std::uint32_t required;                                       // a bit for each field that must be there
  void (*key)(Level&, const std::string&);                      // nullptr for a list
  std::string (*put)(Level&, const JsonValue&, Level& opened);  // what is wrong with a value, or nothing;
                                                                // `opened` when it is read on as a level
  void (*name)(const Level&, std::string& path);                // appends where the value stands
};
template <class T>
constexpr Shape make_shape();
template <class T>
inline constexpr Shape shape_of = make_shape<T>();

template <class T>
std::string out_of_range(const std::string& text) {
  if constexpr (is_integer<T>) {
    return shown(text) + " is out of range (" + std::to_string(std::numeric_limits<T>::min()) + " to " +
           std::to_string(std::numeric_limits<T>::max()) + ")";
  } else {
    return shown(text) + " is out of range";
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

// Each stores v in `to` and returns what is wrong with it, or an empty text.
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
  if (std::trunc(n->value) != n->value) return "expected integer, found " + shown(*n->text);
  return store_integer(to, JsonValue(static_cast<std::int64_t>(n->value)));
}

template <class T>
std::string store_float(T& to, const JsonValue& v) {
  if (const auto* i = std::get_if<std::int64_t>(&v)) return to = static_cast<T>(*i), std::string();
  if (const auto* u = std::get_if<std::uint64_t>(&v)) return to = static_cast<T>(*u), std::string();
  const auto* n = std::get_if<Number>(&v);
  if (n == nullptr) return "expected number, found " + found(v);
  if (std::fabs(n->value) > static_cast<double>(std::numeric_limits<T>::max())) return out_of_range<T>(*n->text);
  to = static_cast<T>(n->value);
  return {};
}

template <class Enum>
std::string store_word(Enum& to, const JsonValue& v) {
  static constexpr auto words = words_of<Enum>();
  const auto* s = std::get_if<std::string*>(&v);
  std::string expected;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (s != nullptr && **s == words[i]) return to = static_cast<Enum>(i), std::string();
    expected += (i == 0 ? "`" : ", `") + std::string(words[i]) + "`";
  }
  return "expected one of " + expected + ", found " + (s != nullptr ? "`" + shown(**s) + "`" : found(v));
}

template <class T>
std::string store(T& to, const JsonValue& v, Level& opened) {
  if constexpr (is_optional<T>::value) {
    if (std::holds_alternative<std::nullptr_t>(v)) return to.reset(), std::string();
    std::string problem = store(to.emplace(), v, opened);
    if (!problem.empty()) to.reset();
    return problem;
  } else if constexpr (is_integer<T>) {
    return store_integer(to, v);
  } else if constexpr (std::is_floating_point_v<T>) {
    return store_float(to, v);
  } else if constexpr (is_word<T>::value) {
    return store_word(to, v);
  } else if constexpr (std::is_same_v<T, bool>) {
    const auto* b = std::get_if<bool>(&v);
    if (b == nullptr) return "expected boolean, found " + found(v);
    to = *b;
    return {};
  } else if constexpr (std::is_same_v<T, std::string>) {
    const auto* s = std::get_if<std::string*>(&v);
    if (s == nullptr) return "expected text, found " + found(v);
    to = std::move(**s);
    return {};
  } else {
    using Begin = std::conditional_t<is_list<T>::value, JsonList, JsonObject>;
    if (!std::holds_alternative<Begin>(v)) return "expected " + found(Begin{}) + ", found " + found(v);
    to = T{};  // nothing is left of a default
    opened.shape = &shape_of<T>;
    opened.at = &to;
    return {};
  }
}

template <class T>
struct StructShape {
  static constexpr auto fields = fields_of<T>();
  static constexpr std::size_t count = std::tuple_size_v<decltype(fields)>;

  // f(field, index) for the field of this index; nothing for an index past the last.
  template <class F>
  static void visit(std::size_t index, F&& f) {
    std::size_t i = 0;
    std::apply([&](const auto&... field) { ((i++ == index ? f(field) : void()), ...); }, fields);
  }

  static constexpr std::uint32_t required() {
    std::uint32_t bits = 0, bit = 1;
    const auto add = [&](const auto& f) {
      using Value = std::decay_t<decltype(std::declval<T&>().*f.member)>;
      if (!is_optional<Value>::value && !f.has_default) bits |= bit;
      bit <<= 1;
    };
    std::apply([&](const auto&... f) { (add(f), ...); }, fields);
    return bits;
  }

  static void key(Level& in, const std::string& name) {
    in.index = count;
    std::size_t i = 0;
    std::apply([&](const auto&... f) { ((name == f.name ? void(in.index = i) : void(), ++i), ...); }, fields);
  }

  // A field that nobody declared is passed over.
  static std::string put(Level& in, const JsonValue& v, Level& opened) {
    std::string problem;
    visit(in.index, [&](const auto& f) {
      const std::uint32_t bit = std::uint32_t{1} << in.index;
      problem = (in.seen & bit) != 0 ? "there twice" : store(static_cast<T*>(in.at)->*f.member, v, opened);
      in.seen |= bit;
    });
    return problem;
  }

  static void name(const Level& in, std::string& path) {
    visit(in.index, [&](const auto& f) { path += (path.empty() ? "" : ".") + std::string(f.name); });
  }
};

template <class T>
struct ListShape {
  static std::string put(Level& in, const JsonValue& v, Level& opened) {
    using Element = typename is_list<T>::inner;
    T& list = *static_cast<T*>(in.at);
    ++in.index;
    if constexpr (std::is_same_v<Element, bool>) {  // of std::vector<bool>, which holds none
      bool element = false;
      std::string problem = store(element, v, opened);
      list.push_back(element);
      return problem;
    } else {
      return store(list.emplace_back(), v, opened);
    }
  }
  static void name(const Level& in, std::string& path) { path += "[" + std::to_string(in.index - 1) + "]"; }
};

template <class T>
struct MapShape {
  static void key(Level& in, const std::string& name) {
    const auto [at, is_new] = static_cast<T*>(in.at)->try_emplace(name);
    in.key = &at->first;
    in.value = &at->second;
    in.seen = is_new ? 0 : 1;
  }
  static std::string put(Level& in, const JsonValue& v, Level& opened) {
    if (in.seen != 0) return "there twice";
    return store(*static_cast<typename is_map<T>::inner*>(in.value), v, opened);
  }
  static void name(const Level& in, std::string& path) {
    const std::string key = shown(*in.key);
    const bool bare = key.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
                          std::string::npos &&
                      !key.empty();
    if (bare) {
      path += "." + key;
    } else {
      path += '[';
      append_json_string(path, key);
      path += ']';
    }
  }
};

template <class T>
constexpr Shape make_shape() {
  if constexpr (is_list<T>::value) {
    return {0, nullptr, &ListShape<T>::put, &ListShape<T>::name};
  } else if constexpr (is_map<T>::value) {
    return {0, &MapShape<T>::key, &MapShape<T>::put, &MapShape<T>::name};
  } else {
    using S = StructShape<T>;
    return {S::required(), &S::key, &S::put, &S::name};
  }
}

}  // namespace hark::detail
