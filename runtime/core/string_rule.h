// The String rule of the CloudEvents type system, on the path of every event and so in a header.
//
// Source: CloudEvents 1.0.2, "Type System": no U+0000-U+001F, no U+007F-U+009F, no code point that Unicode does not
// call a character (U+FDD0-U+FDEF and the last two of each plane), no surrogates. Thread: any. Nothing allocates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace hark::core {

// Where a text first breaks a rule, and how. what == nullptr: it does not.
struct Flaw {
  static constexpr std::size_t whole = static_cast<std::size_t>(-1);  // no one place

  const char* what = nullptr;  // static text
  std::size_t at = whole;      // bytes before it
  explicit operator bool() const { return what != nullptr; }
};

namespace string_rule {

constexpr std::uint64_t each(std::uint8_t byte) { return 0x0101'0101'0101'0101u * byte; }

// All eight bytes are in 0x20..0x7e. Any byte outside sets its own high bit in one of the three terms; borrows and
// carries only start at such a byte.
inline bool plain(std::uint64_t w) { return ((w | (w - each(0x20)) | (w + each(0x01))) & each(0x80)) == 0; }

inline std::uint64_t load(const char* p) {
  std::uint64_t w;
  std::memcpy(&w, p, sizeof w);
  return w;
}

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t length = 0;  // 0: not UTF-8
};

// A sequence that begins with a byte of 0x80 or more.
inline CodePoint decode(std::string_view s) {
  const auto byte = [&s](std::size_t i) { return static_cast<std::uint8_t>(s[i]); };
  const std::uint8_t lead = byte(0);
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || s.size() < length) return {};
  std::uint32_t value = lead & (0xffu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3fu);
  }
  const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (overlong || surrogate || value > 0x10ffff) return {};
  return {value, length};
}

inline Flaw examine(std::string_view s) {
  for (std::size_t i = 0; i < s.size();) {
    const auto c = static_cast<std::uint8_t>(s[i]);
    if (c < 0x20 || c == 0x7f) return {"control character", i};
    if (c < 0x80) {
      ++i;
      continue;
    }
    const CodePoint point = decode(s.substr(i));
    if (point.length == 0) return {"invalid UTF-8", i};
    if (point.value < 0xa0) return {"control character", i};
    if ((point.value >= 0xfdd0 && point.value <= 0xfdef) || (point.value & 0xfffe) == 0xfffe) {
      return {"Unicode noncharacter", i};
    }
    i += point.length;
  }
  return {};
}

}  // namespace string_rule

inline Flaw string_flaw(std::string_view s) {
  using namespace string_rule;
  const char* p = s.data();
  const std::size_t n = s.size();
  if (n < 8) {
    std::uint64_t w = each(' ');
    for (std::size_t i = 0; i < n; ++i) w = w << 8 | static_cast<std::uint8_t>(p[i]);
    return plain(w) ? Flaw{} : examine(s);
  }
  for (std::size_t i = 0; i + 8 <= n; i += 8) {
    if (!plain(load(p + i))) return examine(s);
  }
  return plain(load(p + n - 8)) ? Flaw{} : examine(s);
}

}  // namespace hark::core
