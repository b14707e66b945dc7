#include "input/base64.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace hark::input {
namespace {

constexpr std::uint8_t not_a_digit = 0xFF;

constexpr std::array<std::uint8_t, 256> digit_values() {
  std::array<std::uint8_t, 256> values{};
  values.fill(not_a_digit);
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < digits.size(); ++i) {
    values[static_cast<unsigned char>(digits[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}

constexpr auto values = digit_values();

}  // namespace

bool decode_base64(std::string_view text, std::string& out) {
  out.clear();
  if (text.size() % 4 != 0) return false;
  if (text.empty()) return true;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  out.resize(text.size() / 4 * 3);
  char* p = out.data();
  for (std::size_t i = 0; i < text.size(); i += 4) {
    const std::size_t n_digits = i + 4 == text.size() ? 4 - padding : 4;
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const std::uint8_t value = k < n_digits ? values[static_cast<unsigned char>(text[i + k])] : std::uint8_t{0};
      if (value == not_a_digit) return false;
      group = group << 6 | value;
    }
    *p++ = static_cast<char>(group >> 16 & 0xFF);
    *p++ = static_cast<char>(group >> 8 & 0xFF);
    *p++ = static_cast<char>(group & 0xFF);
  }
  out.resize(out.size() - padding);
  return true;
}

}  // namespace hark::input
