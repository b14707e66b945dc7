#include "topic/json_scan.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>

namespace hark::topic {
namespace {

constexpr std::uint64_t every_byte(unsigned char c) { return 0x0101010101010101u * c; }

// Bit 7 of the lowest byte of x that is zero is the lowest bit that is set; 0: none is zero.
constexpr std::uint64_t zero_bytes(std::uint64_t x) { return (x - every_byte(1)) & ~x & every_byte(0x80); }

// Each function gives up at the end of the text or at what it cannot read: then it returns nullptr.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : end_(text.data() + text.size()) {}

  const char* skip_space(const char* p) const {
    while (p != end_ && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r')) ++p;
    return p != end_ ? p : nullptr;
  }

  // From behind an opening quote to the closing one, or to the first backslash.
  const char* plain_text_end(const char* p) const {
    for (; end_ - p >= 8; p += 8) {
      std::uint64_t x = 0;
      std::memcpy(&x, p, 8);
      const std::uint64_t hit = zero_bytes(x ^ every_byte('"')) | zero_bytes(x ^ every_byte('\\'));
      if (hit == 0) continue;
      if constexpr (std::endian::native == std::endian::little) return p + std::countr_zero(hit) / 8;
      break;
    }
    while (p != end_ && *p != '"' && *p != '\\') ++p;
    return p != end_ ? p : nullptr;
  }

  // From an opening quote to behind the closing one.
  const char* skip_text(const char* p) const {
    for (p = plain_text_end(p + 1); p != nullptr && *p == '\\'; p = plain_text_end(p + 2)) {
      if (end_ - p < 2) return nullptr;
    }
    return p != nullptr ? p + 1 : nullptr;
  }

  // From a bracket to behind the one that closes it.
  const char* skip_nested(const char* p) const {
    for (std::size_t depth = 0; p != end_;) {
      if (*p == '"') {
        p = skip_text(p);
        if (p == nullptr) return nullptr;
        continue;
      }
      depth += *p == '{' || *p == '[' ? 1 : 0;
      depth -= *p == '}' || *p == ']' ? 1 : 0;
      ++p;
      if (depth == 0) return p;
    }
    return nullptr;
  }

  // From the first character of a number or a word to behind its last one.
  const char* skip_word(const char* p) const {
    while (p != end_ && *p != ',' && *p != '}' && *p != ']' && *p > ' ') ++p;
    return p;
  }

  // To the comma or bracket behind the value that begins at p.
  const char* skip_value(const char* p) const {
    if (*p == '"') {
      p = skip_text(p);
    } else {
      p = *p == '{' || *p == '[' ? skip_nested(p) : skip_word(p);
    }
    return p != nullptr ? skip_space(p) : nullptr;
  }

  // p: behind the bracket that opens an object, or behind a comma in it. To the value of the first member with that
  // name; to the closing bracket when there is none.
  const char* find_member(const char* p, std::string_view name) const {
    for (;; ++p) {
      p = skip_space(p);
      if (p == nullptr || *p == '}') return p;
      const char* const key = p + 1;
      const char* const key_end = *p == '"' ? plain_text_end(key) : nullptr;
      if (key_end == nullptr || *key_end == '\\') return nullptr;
      const char* const colon = skip_space(key_end + 1);
      if (colon == nullptr || *colon != ':') return nullptr;
      p = skip_space(colon + 1);
      if (p == nullptr || std::string_view(key, static_cast<std::size_t>(key_end - key)) == name) return p;
      p = skip_value(p);
      if (p == nullptr || *p != ',') return p != nullptr && *p == '}' ? p : nullptr;
    }
  }

  std::optional<FieldValue> value_at(const char* p) const {
    FieldValue v;
    switch (*p) {
      case '{': v.kind = FieldValue::Kind::object; return v;
      case '[': v.kind = FieldValue::Kind::array; return v;
      case 'n': v.kind = FieldValue::Kind::null; return v;
      case 't':
      case 'f':
        v.kind = FieldValue::Kind::boolean;
        v.boolean = *p == 't';
        return v;
      case '"': {
        const char* const text_end = plain_text_end(p + 1);
        if (text_end == nullptr || *text_end == '\\') return std::nullopt;
        return FieldValue::of_text({p + 1, static_cast<std::size_t>(text_end - p - 1)});
      }
      default: return number_at(p);
    }
  }

 private:
  std::optional<FieldValue> number_at(const char* p) const {
    const char* const after = skip_word(p);
    const bool whole = std::none_of(p, after, [](char c) { return c == '.' || c == 'e' || c == 'E'; });
    FieldValue v;
    const auto all = [after](std::from_chars_result read) { return read.ec == std::errc() && read.ptr == after; };
    if (!whole) {
      v.kind = FieldValue::Kind::real;
      return all(std::from_chars(p, after, v.real)) ? std::optional(v) : std::nullopt;
    }
    v.kind = FieldValue::Kind::integer;
    if (all(std::from_chars(p, after, v.integer))) return v;
    v.kind = FieldValue::Kind::unsigned_integer;
    return all(std::from_chars(p, after, v.unsigned_integer)) ? std::optional(v) : std::nullopt;
  }

  const char* const end_;
};

}  // namespace

Scanned scan_valid_json(std::string_view document, std::span<const std::string> path) {
  const Scanner scanner(document);
  const auto upto = [&](const char* p) { return static_cast<std::size_t>(p - document.data()); };
  const char* at =
      scanner.skip_space(document.data());  // NOLINT(bugprone-suspicious-stringview-data-usage): knows the end
  for (const std::string& name : path) {
    if (at == nullptr || *at == '[') return {std::nullopt, document.size()};
    if (*at != '{') return {FieldValue{}, upto(at)};
    at = scanner.find_member(at + 1, name);
    if (at != nullptr && *at == '}') return {FieldValue{}, upto(at)};
  }
  if (at == nullptr) return {std::nullopt, document.size()};
  return {scanner.value_at(at), upto(at)};
}

}  // namespace hark::topic
