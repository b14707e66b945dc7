#include "input/json_fault.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <hark/json_text.hpp>

namespace hark::input {
namespace {

// A walk over the text, one value after the other; the open brackets lie in a stack of fixed size.
// Each step returns false once fault_ is set.
class Walk {
 public:
  explicit Walk(std::string_view text) : begin_(text.data()), p_(begin_), end_(begin_ + text.size()) {}

  std::optional<JsonFault> run() {
    if (document()) return std::nullopt;
    return std::move(fault_);
  }

 private:
  bool fail_at(const char* where, std::string what) {
    fault_ = JsonFault{static_cast<std::size_t>(where - begin_) + 1, std::move(what)};
    return false;
  }
  bool expected(std::string_view what) { return fail_at(p_, "expected " + std::string(what) + ", found " + found()); }

  std::string found() const {
    if (p_ == end_) return "the end";
    const auto c = static_cast<unsigned char>(*p_);
    if (c > 0x20 && c < 0x7F) return std::string("`") + *p_ + "`";
    constexpr char digits[] = "0123456789ABCDEF";
    return std::string("byte 0x") + digits[c >> 4] + digits[c & 15];
  }

  void skip_space() {
    while (p_ != end_ && (*p_ == ' ' || *p_ == '\t' || *p_ == '\n' || *p_ == '\r')) ++p_;
  }

  bool document() {
    do {
      skip_space();
      if (!value() || !after_value()) return false;
    } while (depth_ != 0);
    skip_space();
    return p_ == end_ || fail_at(p_, "text after the end of the document");
  }

  // A scalar or an empty pair of brackets, behind as many opening ones as stand there.
  bool value() {
    while (p_ != end_ && (*p_ == '{' || *p_ == '[')) {
      const char* const open = p_++;
      skip_space();
      if (p_ != end_ && *p_ == (*open == '{' ? '}' : ']')) {
        ++p_;
        return true;
      }
      if (depth_ == max_nesting) return fail_at(open, "nested deeper than " + std::to_string(max_nesting) + " levels");
      stack_[depth_++] = *open;
      if (*open == '{' && !key()) return false;
    }
    return scalar();
  }

  bool key() {
    if (p_ == end_ || *p_ != '"') return expected("a name in double quotes");
    if (!string()) return false;
    skip_space();
    if (p_ == end_ || *p_ != ':') return expected("`:`");
    ++p_;
    skip_space();
    return true;
  }

  // Closes what ends here, or goes on to the next member or element.
  bool after_value() {
    while (depth_ != 0) {
      skip_space();
      const bool in_object = stack_[depth_ - 1] == '{';
      if (p_ == end_ || (*p_ != ',' && *p_ != (in_object ? '}' : ']'))) {
        return expected(in_object ? "`,` or `}`" : "`,` or `]`");
      }
      if (*p_++ == ',') {
        skip_space();
        return !in_object || key();
      }
      --depth_;
    }
    return true;
  }

  bool scalar() {
    if (p_ == end_) return expected("a value");
    switch (*p_) {
      case '"': return string();
      case 't': return literal("true");
      case 'f': return literal("false");
      case 'n': return literal("null");
      default: return *p_ == '-' || is_digit() ? number() : expected("a value");
    }
  }

  bool literal(std::string_view word) {
    if (!std::string_view(p_, static_cast<std::size_t>(end_ - p_)).starts_with(word)) return expected("a value");
    p_ += word.size();
    return true;
  }

  bool is_digit() const { return p_ != end_ && *p_ >= '0' && *p_ <= '9'; }
  bool digits() {
    if (!is_digit()) return expected("a digit");
    while (is_digit()) ++p_;
    return true;
  }

  bool number() {
    const char* const first = p_;
    bool whole = true;
    if (*p_ == '-') ++p_;
    if (p_ != end_ && *p_ == '0') {
      ++p_;
      if (is_digit()) return fail_at(first, "a number with a leading zero");
    } else if (!digits()) {
      return false;
    }
    if (p_ != end_ && *p_ == '.') {
      whole = false;
      ++p_;
      if (!digits()) return false;
    }
    if (p_ != end_ && (*p_ == 'e' || *p_ == 'E')) {
      whole = false;
      ++p_;
      if (p_ != end_ && (*p_ == '+' || *p_ == '-')) ++p_;
      if (!digits()) return false;
    }
    return whole ? integer_fits(first) : double_fits(first);
  }

  bool integer_fits(const char* first) {
    std::int64_t negative = 0;
    std::uint64_t positive = 0;
    const bool fits = *first == '-' ? std::from_chars(first, p_, negative).ec == std::errc()
                                    : std::from_chars(first, p_, positive).ec == std::errc();
    return fits || fail_at(first, "an integer beyond 64 bits (write it as text)");
  }

  bool double_fits(const char* first) {
    double number = 0;
    if (std::from_chars(first, p_, number).ec != std::errc::result_out_of_range) return true;
    // Out of range is also what is too small, which parsers round to zero.
    if (!std::isinf(std::strtod(std::string(first, p_).c_str(), nullptr))) return true;
    return fail_at(first, "a number beyond the range of a 64-bit float (write it as text)");
  }

  bool string() {
    for (++p_; p_ != end_;) {
      const auto c = static_cast<unsigned char>(*p_);
      if (c == '"') {
        ++p_;
        return true;
      }
      if (c == '\\') {
        if (!escape()) return false;
      } else if (c < 0x20) {
        return fail_at(p_, "a bare control character in a string");
      } else if (c < 0x80) {
        ++p_;
      } else {
        const std::size_t length = json_text_detail::utf8_sequence(p_, end_);
        if (length == 0) return fail_at(p_, "invalid UTF-8");
        p_ += length;
      }
    }
    return fail_at(p_, "the text ends inside a string");
  }

  bool escape() {
    const char* const first = p_++;
    if (p_ == end_) return fail_at(p_, "the text ends inside a string");
    if (std::string_view("\"\\/bfnrt").find(*p_) != std::string_view::npos) {
      ++p_;
      return true;
    }
    unsigned code = 0;
    if (*p_ != 'u') return fail_at(first, "an escape that JSON does not know");
    if (!code_unit(code)) return fail_at(first, "\\u without four hexadecimal digits");
    if (code < 0xD800 || code > 0xDFFF) return true;
    unsigned low = 0;
    bool pair = code < 0xDC00 && end_ - p_ >= 2 && p_[0] == '\\' && p_[1] == 'u';
    if (pair) {
      ++p_;
      pair = code_unit(low) && low >= 0xDC00 && low <= 0xDFFF;
    }
    return pair || fail_at(first, "a lone surrogate: half of a pair is no character");
  }

  // At the `u`; behind the four digits afterwards.
  bool code_unit(unsigned& code) {
    if (end_ - p_ < 5) return false;
    const auto [end, error] = std::from_chars(p_ + 1, p_ + 5, code, 16);
    if (error != std::errc() || end != p_ + 5) return false;
    p_ = end;
    return true;
  }

  const char* begin_;
  const char* p_;
  const char* end_;
  std::size_t depth_ = 0;
  std::array<char, max_nesting> stack_;
  std::optional<JsonFault> fault_;
};

}  // namespace

std::optional<JsonFault> find_json_fault(std::string_view text) { return Walk(text).run(); }

}  // namespace hark::input
