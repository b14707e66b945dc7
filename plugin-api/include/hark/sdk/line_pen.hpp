// SPDX-License-Identifier: Apache-2.0
// hark/sdk/line_pen.hpp - digits and small pieces of a line of JSON. Part of hark/cloudevents.hpp: include that one.
#pragma once

#include <hark/json_text.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace hark {
namespace cloudevents_detail {

struct HexPairs {
  char text[256][2];
  constexpr HexPairs() : text() {
    for (unsigned i = 0; i < 256; ++i) {
      text[i][0] = "0123456789abcdef"[i >> 4];
      text[i][1] = "0123456789abcdef"[i & 15];
    }
  }
};

inline char* put_hex(char* p, unsigned byte) {
  static constexpr HexPairs pairs;
  std::memcpy(p, pairs.text[byte & 0xFFu], 2);
  return p + 2;
}

// Writes 36 characters.
inline char* put_uuid(char* p, const std::uint8_t (&uuid)[16]) {
  static constexpr std::uint8_t place[16] = {0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34};
  for (int i = 0; i < 16; ++i) put_hex(p + place[i], uuid[i]);
  for (const int dash : {8, 13, 18, 23}) p[dash] = '-';
  return p + 36;
}

struct DecimalPairs {
  char text[100][2];
  constexpr DecimalPairs() : text() {
    for (unsigned i = 0; i < 100; ++i) {
      text[i][0] = static_cast<char>('0' + i / 10);
      text[i][1] = static_cast<char>('0' + i % 10);
    }
  }
};

inline char* put_decimal(char* p, std::uint32_t value, int digits) {
  static constexpr DecimalPairs pairs;
  int i = digits;
  for (; i >= 2; value /= 100) std::memcpy(p + (i -= 2), pairs.text[value % 100], 2);
  if (i != 0) *p = static_cast<char>('0' + value % 10);
  return p + digits;
}

// Gathers the many small pieces of a line, so that the string grows a few times only. What was put is in the string
// after flush().
class Pen {
 public:
  explicit Pen(std::string& out) : out_(out) {}
  Pen(const Pen&) = delete;
  Pen& operator=(const Pen&) = delete;

  void flush() {
    out_.append(text_, size_);
    size_ = 0;
  }
  std::string& string() {
    flush();
    return out_;
  }
  void put(char c) { *room(1) = c, ++size_; }
  void put(std::string_view s) {
    if (s.size() > sizeof text_) {
      string().append(s);
    } else if (!s.empty()) {
      std::memcpy(room(s.size()), s.data(), s.size());
      size_ += s.size();
    }
  }
  // As a JSON string.
  void put_quoted(std::string_view s) {
    const char* const end = s.data() + s.size();
    // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): with its end
    if (s.size() > sizeof text_ - 2 || json_text_detail::skip_plain(s.data(), end) != end) {
      return append_json_string(string(), s);
    }
    char* p = room(s.size() + 2);
    *p++ = '"';
    if (!s.empty()) std::memcpy(p, s.data(), s.size());
    p += s.size();
    *p++ = '"';
    wrote(p);
  }
  // Where n characters may be written, at most as many as fit; wrote() says up to where.
  char* room(std::size_t n) {
    if (sizeof text_ - size_ < n) flush();
    return text_ + size_;
  }
  void wrote(const char* end) { size_ = static_cast<std::size_t>(end - text_); }

 private:
  std::string& out_;
  std::size_t size_ = 0;
  char text_[1024];
};

}  // namespace cloudevents_detail
}  // namespace hark
