#include "topic/field_value.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <limits>

namespace hark::topic {
namespace {

using Kind = FieldValue::Kind;

// Converting the integer would round it above 2^53, so the double is cut to an integer instead, which is exact.
template <class Integer>
std::partial_ordering compare_exactly(Integer i, double d) {
  if (std::isnan(d)) return std::partial_ordering::unordered;
  constexpr double end = std::is_signed_v<Integer> ? 0x1p63 : 0x1p64;  // the least power of two that does not fit
  constexpr double begin = std::is_signed_v<Integer> ? -0x1p63 : 0;
  if (d >= end) return std::partial_ordering::less;
  if (d < begin) return std::partial_ordering::greater;
  const double whole = std::trunc(d);
  const auto cut = static_cast<Integer>(whole);
  if (i != cut) return i < cut ? std::partial_ordering::less : std::partial_ordering::greater;
  return 0.0 <=> d - whole;
}

std::partial_ordering reverse(std::partial_ordering o) { return 0 <=> o; }

std::partial_ordering compare_with(const FieldValue& found, std::int64_t wanted) {
  switch (found.kind) {
    case Kind::integer: return found.integer <=> wanted;
    case Kind::unsigned_integer: return std::partial_ordering::greater;
    case Kind::real: return reverse(compare_exactly(wanted, found.real));
    default: return std::partial_ordering::unordered;
  }
}

std::partial_ordering compare_with(const FieldValue& found, double wanted) {
  switch (found.kind) {
    case Kind::integer: return compare_exactly(found.integer, wanted);
    case Kind::unsigned_integer: return compare_exactly(found.unsigned_integer, wanted);
    case Kind::real: return found.real <=> wanted;
    default: return std::partial_ordering::unordered;
  }
}

std::string quoted(std::string_view text) {
  constexpr std::size_t most = 120;
  const bool cut = text.size() > most;
  if (cut) {
    text = text.substr(0, most);
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0) == 0x80) text.remove_suffix(1);
    if (!text.empty() && (static_cast<unsigned char>(text.back()) & 0x80) != 0) text.remove_suffix(1);
  }
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      constexpr std::string_view hex = "0123456789abcdef";
      out += "\\u00";
      out += hex[static_cast<unsigned char>(c) >> 4];
      out += hex[static_cast<unsigned char>(c) & 15];
    } else {
      out += c;
    }
  }
  return out + (cut ? "...\"" : "\"");
}

template <class Number>
std::string number_text(Number value) {
  std::array<char, 32> buffer;
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return error == std::errc{} ? std::string(buffer.data(), end) : std::string("?");
}

}  // namespace

std::partial_ordering compare_numbers(const FieldValue& found, const FilterValue& wanted) {
  if (const auto* i = std::get_if<std::int64_t>(&wanted)) return compare_with(found, *i);
  if (const auto* d = std::get_if<double>(&wanted)) return compare_with(found, *d);
  return std::partial_ordering::unordered;
}

bool equal(const FieldValue& found, const FilterValue& wanted) {
  if (const auto* s = std::get_if<std::string>(&wanted)) return found.is_text() && found.text == *s;
  if (const auto* b = std::get_if<bool>(&wanted)) return found.kind == Kind::boolean && found.boolean == *b;
  return compare_numbers(found, wanted) == 0;
}

std::string describe(const FieldValue& found) {
  switch (found.kind) {
    case Kind::missing: return "missing";
    case Kind::null: return "null";
    case Kind::text:
    case Kind::timestamp: return quoted(found.text);
    case Kind::integer: return number_text(found.integer);
    case Kind::unsigned_integer: return number_text(found.unsigned_integer);
    case Kind::real: return number_text(found.real);
    case Kind::boolean: return found.boolean ? "true" : "false";
    case Kind::object: return "an object";
    case Kind::array: return "an array";
  }
  return "?";
}

}  // namespace hark::topic
