// hark/json_text.hpp - pieces of JSON text: strings, base64, UTF-8. Header-only C++17, no dependency.
//
// Threads: pure functions on their arguments. Errors: none but std::bad_alloc from growing `out`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace hark {

// Appends `s` in quotes. Escapes what RFC 8259 asks for; each byte that is not part of valid UTF-8 becomes U+FFFD.
inline void append_json_string(std::string& out, std::string_view s);

// Appends standard base64 (RFC 4648 section 4), padded.
inline void append_base64(std::string& out, const void* bytes, std::size_t n);

// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
inline bool is_utf8(std::string_view s);

namespace json_text_detail {

constexpr std::uint64_t every_byte(unsigned char c) { return 0x0101010101010101u * c; }

// Bit 7 of a byte of the result is set when that byte of x is zero; bytes above a zero one may be set too.
constexpr std::uint64_t zero_bytes(std::uint64_t x) { return (x - every_byte(1)) & ~x & every_byte(0x80); }

// The first byte of [p, end) that a JSON string cannot simply hold, or that is not ASCII. Eight at a time.
inline const char* skip_plain(const char* p, const char* end) {
  while (end - p >= 8) {
    std::uint64_t x;
    std::memcpy(&x, p, 8);
    const std::uint64_t control = (x - every_byte(0x20)) & ~x & every_byte(0x80);
    if ((control | zero_bytes(x ^ every_byte('"')) | zero_bytes(x ^ every_byte('\\')) | (x & every_byte(0x80))) != 0) {
      break;
    }
    p += 8;
  }
  for (; p != end; ++p) {
    const auto c = static_cast<unsigned char>(*p);
    if (c < 0x20 || c == '"' || c == '\\' || c >= 0x80) break;
  }
  return p;
}

inline const char* skip_ascii(const char* p, const char* end) {
  for (; end - p >= 8; p += 8) {
    std::uint64_t x;
    std::memcpy(&x, p, 8);
    if ((x & every_byte(0x80)) != 0) break;
  }
  while (p != end && static_cast<unsigned char>(*p) < 0x80) ++p;
  return p;
}

// Length of the UTF-8 sequence at p, whose first byte is not ASCII; 0 when it is not a valid one (RFC 3629, section 4).
inline std::size_t utf8_sequence(const char* p, const char* end) {
  const auto byte = [p](std::ptrdiff_t i) { return static_cast<unsigned char>(p[i]); };
  const unsigned char first = byte(0);
  const std::ptrdiff_t length = first >= 0xC2 && first <= 0xDF   ? 2
                                : first >= 0xE0 && first <= 0xEF ? 3
                                : first >= 0xF0 && first <= 0xF4 ? 4
                                                                 : 0;
  if (length == 0 || end - p < length) return 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (first == 0xE0) low = 0xA0;
  if (first == 0xED) high = 0x9F;
  if (first == 0xF0) low = 0x90;
  if (first == 0xF4) high = 0x8F;
  if (byte(1) < low || byte(1) > high) return 0;
  for (std::ptrdiff_t i = 2; i < length; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
  }
  return static_cast<std::size_t>(length);
}

inline void append_escape(std::string& out, char c) {
  switch (c) {
    case '"': out.append("\\\""); return;
    case '\\': out.append("\\\\"); return;
    case '\n': out.append("\\n"); return;
    case '\r': out.append("\\r"); return;
    case '\t': out.append("\\t"); return;
    default: break;
  }
  constexpr char digits[] = "0123456789abcdef";
  const auto u = static_cast<unsigned char>(c);
  const char text[6] = {'\\', 'u', '0', '0', digits[u >> 4], digits[u & 15]};
  out.append(text, sizeof text);
}

}  // namespace json_text_detail

inline bool is_utf8(std::string_view s) {
  const char* p = s.data();
  const char* const end = p + s.size();
  while ((p = json_text_detail::skip_ascii(p, end)) != end) {
    const std::size_t length = json_text_detail::utf8_sequence(p, end);
    if (length == 0) return false;
    p += length;
  }
  return true;
}

inline void append_json_string(std::string& out, std::string_view s) {
  out.push_back('"');
  const char* p = s.data();
  const char* const end = p + s.size();
  const char* run = p;  // what lies between run and p needs no change
  while ((p = json_text_detail::skip_plain(p, end)) != end) {
    if (static_cast<unsigned char>(*p) >= 0x80) {
      if (const std::size_t length = json_text_detail::utf8_sequence(p, end); length != 0) {
        p += length;
        continue;
      }
      out.append(run, static_cast<std::size_t>(p - run)).append("\xEF\xBF\xBD");
    } else {
      out.append(run, static_cast<std::size_t>(p - run));
      json_text_detail::append_escape(out, *p);
    }
    run = ++p;
  }
  out.append(run, static_cast<std::size_t>(end - run));
  out.push_back('"');
}

inline void append_base64(std::string& out, const void* bytes, std::size_t n) {
  constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto* in = static_cast<const unsigned char*>(bytes);
  const std::size_t begin = out.size();
  out.resize(begin + (n + 2) / 3 * 4, '=');
  char* p = &out[begin];
  for (; n >= 3; n -= 3, in += 3) {
    *p++ = digits[in[0] >> 2];
    *p++ = digits[(in[0] & 3) << 4 | in[1] >> 4];
    *p++ = digits[(in[1] & 15) << 2 | in[2] >> 6];
    *p++ = digits[in[2] & 63];
  }
  if (n == 0) return;
  const unsigned second = n == 2 ? in[1] : 0u;
  *p++ = digits[in[0] >> 2];
  *p++ = digits[(in[0] & 3u) << 4 | second >> 4];
  if (n == 2) *p = digits[(second & 15u) << 2];
}

}  // namespace hark
