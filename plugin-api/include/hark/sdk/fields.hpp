// SPDX-License-Identifier: Apache-2.0
// HARK_FIELDS, HARK_EVENT and HARK_ENUM: the fields of a struct and the words of an enumeration, named once. Needs
// nothing but the language's own headers.
//
//   HARK_ENUM(Severity, info, warning, critical);      // declares: enum class Severity { info, warning, critical };
//   struct Item { std::string name; double price; };
//   HARK_FIELDS(Item, name, price);
//   struct OrderPlaced {
//     std::vector<Item> items;                // required
//     Severity severity = Severity::info;     // may be left out: this default holds
//     std::optional<int> code;                // may be left out or null
//   };
//   HARK_EVENT(OrderPlaced, "order.placed", items, HARK_DEFAULT(severity), code);
//
// A field is text (std::string), bool, an integer, float, double, an enumeration declared with HARK_ENUM (in JSON its
// word), a struct declared with HARK_FIELDS or HARK_EVENT; a std::vector of fields; a std::map or std::unordered_map
// from std::string to fields; or a std::optional of one of these. It must be there unless it is optional or marked
// with HARK_DEFAULT, which keeps the struct's own initialiser. At most 32 fields in one struct, which cannot hold
// itself.
// The macros stand in a namespace, those of a struct in its own and right behind it. HARK_FIELDS is HARK_EVENT for what
// is not an event: a part of one, a plugin's options.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <vector>

namespace hark {

template <class Struct, class Value>
struct FieldOf {
  const char* name;
  Value Struct::* member;
  bool has_default;
};

namespace detail {

template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {
  using inner = T;
};

template <class T>
inline constexpr bool is_integer =
    std::is_integral_v<T> && !std::is_same_v<T, bool> && !std::is_same_v<T, char> && !std::is_same_v<T, wchar_t> &&
    !std::is_same_v<T, char16_t> && !std::is_same_v<T, char32_t>;
template <class T>
struct is_list : std::false_type {};
template <class T, class A>
struct is_list<std::vector<T, A>> : std::true_type {
  using inner = T;
};

template <class T>
struct is_map : std::false_type {};
template <class T, class C, class A>
struct is_map<std::map<std::string, T, C, A>> : std::true_type {
  using inner = T;
};
template <class T, class H, class E, class A>
struct is_map<std::unordered_map<std::string, T, H, E, A>> : std::true_type {
  using inner = T;
};

template <class T, class = void>
struct is_declared : std::false_type {};
template <class T>
struct is_declared<T, std::void_t<decltype(hark_fields_(static_cast<const T*>(nullptr)))>> : std::true_type {};

template <class T, class = void>
struct is_word : std::false_type {};
template <class T>
struct is_word<T, std::void_t<decltype(hark_words_(static_cast<const T*>(nullptr)))>> : std::is_enum<T> {};

template <class T>
constexpr bool is_field_value() {
  if constexpr (is_optional<T>::value) {
    return !is_optional<typename is_optional<T>::inner>::value && is_field_value<typename is_optional<T>::inner>();
  } else if constexpr (is_list<T>::value) {
    return is_field_value<typename is_list<T>::inner>();
  } else if constexpr (is_map<T>::value) {
    return is_field_value<typename is_map<T>::inner>();
  } else {
    return std::is_same_v<T, std::string> || std::is_same_v<T, bool> || is_integer<T> || std::is_same_v<T, float> ||
           std::is_same_v<T, double> || is_word<T>::value || is_declared<T>::value;
  }
}

template <class Struct, class Value>
constexpr FieldOf<Struct, Value> field_of(const char* name, Value Struct::* member, bool has_default) {
  static_assert(is_field_value<Value>(),
                "a field is std::string, bool, an integer, float, double, an enumeration of HARK_ENUM, a struct of "
                "HARK_FIELDS, a std::vector or a std::map from std::string of these, or std::optional of one");
  return {name, member, has_default};
}

// "a, b, c" as the list of HARK_ENUM stands in the source.
constexpr std::size_t count_words(std::string_view list) {
  std::size_t n = 1;
  for (const char c : list) n += c == ',' ? 1u : 0u;
  return n;
}
constexpr bool are_bare_words(std::string_view list) {
  for (const char c : list) {
    if (c == '=' || c == '(') return false;
  }
  return !list.empty() && list.back() != ',';
}
template <std::size_t N>
constexpr std::array<std::string_view, N> split_words(std::string_view list) {
  std::array<std::string_view, N> words{};
  std::size_t at = 0, begin = 0;
  for (std::size_t i = 0; i <= list.size(); ++i) {
    if (i != list.size() && list[i] != ',') continue;
    std::size_t end = i;
    while (begin < end && list[begin] == ' ') ++begin;
    while (end > begin && list[end - 1] == ' ') --end;
    words[at++] = list.substr(begin, end - begin);
    begin = i + 1;
  }
  return words;
}

}  // namespace detail

// The fields of a declared struct, and the type name of a declared event.
template <class Struct>
constexpr auto fields_of() {
  return hark_fields_(static_cast<const Struct*>(nullptr));
}
// The words of an enumeration, in the order of their values: 0, 1, 2...
template <class Enum>
constexpr auto words_of() {
  constexpr std::string_view list = hark_words_(static_cast<const Enum*>(nullptr));
  return detail::split_words<detail::count_words(list)>(list);
}
template <class Event>
inline constexpr const char* type_of = hark_event_type_(static_cast<const Event*>(nullptr));

}  // namespace hark

#define HARK_DEFAULT(field) (field)

#define HARK_EVENT(Struct, type, ...)                                                                      \
  [[maybe_unused]] constexpr const char* hark_event_type_([[maybe_unused]] const Struct*) { return type; } \
  HARK_FIELDS(Struct, __VA_ARGS__)

#define HARK_FIELDS(Struct, ...)                                                                  \
  [[maybe_unused]] constexpr auto hark_fields_([[maybe_unused]] const Struct*) {                  \
    return std::make_tuple(HARK_CAT_(HARK_EACH_, HARK_COUNT_(__VA_ARGS__))(Struct, __VA_ARGS__)); \
  }                                                                                               \
  static_assert(true, "asks for the semicolon")

// The words are the enumerators' names, and what travels: to rename one breaks who hears it, to add one may. They take
// the values 0, 1, 2... and none of their own.
#define HARK_ENUM(Enum, ...)                                                                                     \
  enum class Enum { __VA_ARGS__ };                                                                               \
  [[maybe_unused]] constexpr std::string_view hark_words_([[maybe_unused]] const Enum*) { return #__VA_ARGS__; } \
  static_assert(::hark::detail::are_bare_words(#__VA_ARGS__), "HARK_ENUM: words only, without values of their own")

// A field in parentheses is one of HARK_DEFAULT: HARK_MARK_ swallows the parentheses and so puts a `true` in second
// place.
#define HARK_CAT_(a, b) HARK_CAT2_(a, b)
#define HARK_CAT2_(a, b) a##b
#define HARK_BARE_(field) field
#define HARK_MARK_(field) field, true, 0
#define HARK_SECOND_(first, second, ...) second
#define HARK_EXPAND_(...) __VA_ARGS__
#define HARK_FIELD_(S, f) HARK_EXPAND_(HARK_FIELD2_(S, f, HARK_IS_MARKED_(f)))
#define HARK_FIELD2_(S, f, marked) HARK_CAT_(HARK_FIELD_, marked)(S, f)
#define HARK_FIELD_false(S, f) ::hark::detail::field_of(#f, &S::f, false)
#define HARK_FIELD_true(S, f) HARK_FIELD3_(S, HARK_BARE_ f)
#define HARK_FIELD3_(S, f) HARK_FIELD4_(S, f)
#define HARK_FIELD4_(S, f) ::hark::detail::field_of(#f, &S::f, true)
#define HARK_IS_MARKED_(f) HARK_IS_MARKED2_(HARK_MARK_ f)
#define HARK_IS_MARKED2_(...) HARK_EXPAND_(HARK_SECOND_(__VA_ARGS__, false, 0))

#define HARK_COUNT_(...)                                                                                              \
  HARK_EXPAND_(HARK_NTH_(__VA_ARGS__, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, \
                         12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0))
#define HARK_NTH_(_1, _2, _3, _4, _5, _6, _7, _8, _9, _10, _11, _12, _13, _14, _15, _16, _17, _18, _19, _20, _21, _22, \
                  _23, _24, _25, _26, _27, _28, _29, _30, _31, _32, n, ...)                                            \
  n
#define HARK_EACH_1(S, f) HARK_FIELD_(S, f)
#define HARK_EACH_2(S, f, ...) HARK_FIELD_(S, f), HARK_EXPAND_(HARK_EACH_1(S, __VA_ARGS__))
#define HARK_EACH_3(S, f, ...) HARK_FIELD_(S, f), HARK_EXPAND_(HARK_EACH_2(S, __VA_ARGS__))
#define HARK_EACH_4(S, f, ...) HARK_FIELD_(S, f), HARK_EXPAND_(HARK_EACH_3(S, __VA_ARGS__))
#define HARK_EACH_5(S, f, ...) HARK_FIELD_(S, f), HARK_EXPAND_(HARK_EACH_4(S, __VA_ARGS__))
#define HARK_EACH_6(S, f, ...) HARK_FIELD_(S, f), HARK_EXPAND_(HARK_EACH_5(S, __VA_ARGS__))
#define HARK_EACH_7(S, f, ...) HARK_FIELD_(S, f), HARK_EXPAND_(HARK_EACH_6(S, __VA_ARGS__))
#define HARK_EACH_8(S, f, ...) HARK_FIELD_(S, f), HARK_EXPAND_(HARK_EACH_7(S, __VA_ARGS__))
#define HARK_EACH_9(S, f, ...) HARK_FIELD_(S, f), HARK_EXPAND_(HARK_EACH_8(S, __VA_ARGS__))
#define HARK_EACH_10(S, f, ...) HARK_FIELD_(S, f), HARK_EXPAND_(HARK_EACH_9(S, __VA_ARGS__))
#define HARK_EACH_11(S, f, ...) HARK_FIELD_(S, f), HARK_EXPAND_(HARK_EACH_10(S, __VA_ARGS__))
#define HARK_EACH_12(S, f, ...) HARK_FIELD_(S, f), HARK_EXPAND_(HARK_EACH_11(S, __VA_ARGS__))
#define HARK_EACH_13(S, f, ...) HARK_FIELD_(S, f), HARK_EXPAND_(HARK_EACH_12(S, __VA_ARGS__))
#define HARK_EACH_14(S, f, ...) HARK_FIELD_(S, f), HARK_EXPAND_(HARK_EACH_13(S, __VA_ARGS__))
#define HARK_EACH_15(S, f, ...) HARK_FIELD_(S, f), HARK_EXPAND_(HARK_EACH_14(S, __VA_ARGS__))
#define HARK_EACH_16(S, f, ...) HARK_FIELD_(S, f), HARK_EXPAND_(HARK_EACH_15(S, __VA_ARGS__))
#define HARK_EACH_17(S, f, ...) HARK_FIELD_(S, f), HARK_EXPAND_(HARK_EACH_16(S, __VA_ARGS__))
#define HARK_EACH_18(S, f, ...) HARK_FIELD_(S, f), HARK_EXPAND_(HARK_EACH_17(S, __VA_ARGS__))
#define HARK_EACH_19(S, f, ...) HARK_FIELD_(S, f), HARK_EXPAND_(HARK_EACH_18(S, __VA_ARGS__))
#define HARK_EACH_20(S, f, ...) HARK_FIELD_(S, f), HARK_EXPAND_(HARK_EACH_19(S, __VA_ARGS__))
#define HARK_EACH_21(S, f, ...) HARK_FIELD_(S, f), HARK_EXPAND_(HARK_EACH_20(S, __VA_ARGS__))
#define HARK_EACH_22(S, f, ...) HARK_FIELD_(S, f), HARK_EXPAND_(HARK_EACH_21(S, __VA_ARGS__))
#define HARK_EACH_23(S, f, ...) HARK_FIELD_(S, f), HARK_EXPAND_(HARK_EACH_22(S, __VA_ARGS__))
#define HARK_EACH_24(S, f, ...) HARK_FIELD_(S, f), HARK_EXPAND_(HARK_EACH_23(S, __VA_ARGS__))
#define HARK_EACH_25(S, f, ...) HARK_FIELD_(S, f), HARK_EXPAND_(HARK_EACH_24(S, __VA_ARGS__))
#define HARK_EACH_26(S, f, ...) HARK_FIELD_(S, f), HARK_EXPAND_(HARK_EACH_25(S, __VA_ARGS__))
#define HARK_EACH_27(S, f, ...) HARK_FIELD_(S, f), HARK_EXPAND_(HARK_EACH_26(S, __VA_ARGS__))
#define HARK_EACH_28(S, f, ...) HARK_FIELD_(S, f), HARK_EXPAND_(HARK_EACH_27(S, __VA_ARGS__))
#define HARK_EACH_29(S, f, ...) HARK_FIELD_(S, f), HARK_EXPAND_(HARK_EACH_28(S, __VA_ARGS__))
#define HARK_EACH_30(S, f, ...) HARK_FIELD_(S, f), HARK_EXPAND_(HARK_EACH_29(S, __VA_ARGS__))
#define HARK_EACH_31(S, f, ...) HARK_FIELD_(S, f), HARK_EXPAND_(HARK_EACH_30(S, __VA_ARGS__))
#define HARK_EACH_32(S, f, ...) HARK_FIELD_(S, f), HARK_EXPAND_(HARK_EACH_31(S, __VA_ARGS__))
