#include "core/timestamp.h"

#include <hark/plugin.h>

#include <chrono>
#include <cstddef>

namespace hark::core {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

// Seconds since 1970-01-01T00:00:00Z, which years 0000 to 9999 cannot overflow, and the fraction.
struct Instant {
  std::int64_t seconds;
  std::int64_t nanos;
};

// Reads fixed fields from the front of a text; after a failure everything else fails too.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  int number(std::size_t digits) {
    if (text_.size() < digits) return fail();
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (text_[i] < '0' || text_[i] > '9') return fail();
      value = value * 10 + (text_[i] - '0');
    }
    text_.remove_prefix(digits);
    return value;
  }

  // The character that follows must be one of the two.
  void expect(char a, char b) {
    if (text_.empty() || (text_[0] != a && text_[0] != b)) {
      fail();
    } else {
      text_.remove_prefix(1);
    }
  }

  bool take(char c) {
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  // 1*DIGIT as nanoseconds.
  std::int64_t fraction() {
    std::int64_t nanos = 0;
    std::size_t n = 0;
    for (; n < text_.size() && text_[n] >= '0' && text_[n] <= '9'; ++n) {
      if (n < 9) nanos = nanos * 10 + (text_[n] - '0');
    }
    if (n == 0) return fail();
    text_.remove_prefix(n);
    for (; n < 9; ++n) nanos *= 10;
    return nanos;
  }

  int fail() {
    ok_ = false;
    text_ = {};
    return 0;
  }

  bool at_end() const { return ok_ && text_.empty(); }

 private:
  std::string_view text_;
  bool ok_ = true;
};

// Seconds east of UTC.
int read_offset(Cursor& in) {
  int sign = 0;
  if (in.take('+')) sign = 1;
  if (sign == 0 && in.take('-')) sign = -1;
  if (sign == 0) {
    in.expect('Z', 'z');
    return 0;
  }
  const int hours = in.number(2);
  in.expect(':', ':');
  const int minutes = in.number(2);
  if (hours > 23 || minutes > 59) in.fail();
  return sign * (hours * 3600 + minutes * 60);
}

std::optional<Instant> read(std::string_view text) {
  Cursor in(text);
  const int year = in.number(4);
  in.expect('-', '-');
  const int month = in.number(2);
  in.expect('-', '-');
  const int day = in.number(2);
  in.expect('T', 't');
  const int hour = in.number(2);
  in.expect(':', ':');
  const int minute = in.number(2);
  in.expect(':', ':');
  const int second = in.number(2);
  std::int64_t nanos = in.take('.') ? in.fraction() : 0;
  const int offset = read_offset(in);
  if (!in.at_end() || hour > 23 || minute > 59 || second > 60) return std::nullopt;

  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  std::int64_t seconds = days * 86'400 + hour * 3600 + minute * 60 + second - offset;
  if (second == 60) {
    --seconds;
    nanos = second_ns - 1;
    constexpr std::int64_t day_s = 86'400;
    if (((seconds % day_s) + day_s) % day_s != day_s - 1) return std::nullopt;  // leap seconds end a UTC day
  }
  return Instant{seconds, nanos};
}

char* put(char* at, std::int64_t value, int digits) {
  for (int i = digits - 1; i >= 0; --i) {
    at[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  return at + digits;
}

}  // namespace

bool is_timestamp(std::string_view text) { return read(text).has_value(); }

std::optional<std::int64_t> parse_timestamp(std::string_view text) {
  const std::optional<Instant> t = read(text);
  if (!t) return std::nullopt;
  // Toward zero first: -0.5 s is -1 s + 500 ms here, and the whole seconds alone may already be out of range.
  const bool before = t->seconds < 0 && t->nanos > 0;
  std::int64_t ns = 0;
  if (__builtin_mul_overflow(t->seconds + (before ? 1 : 0), second_ns, &ns) ||
      __builtin_add_overflow(ns, before ? t->nanos - second_ns : t->nanos, &ns) || ns == HARK_TIME_ABSENT) {
    return std::nullopt;
  }
  return ns;
}

TimestampText format_timestamp(std::int64_t unix_ns) {
  using namespace std::chrono;
  std::int64_t second = unix_ns / second_ns;
  std::int64_t nanos = unix_ns % second_ns;
  if (nanos < 0) {
    nanos += second_ns;
    --second;
  }
  const auto day = floor<days>(sys_seconds(seconds(second)));
  const year_month_day date(day);
  const std::int64_t in_day = second - day.time_since_epoch().count() * 86'400;

  TimestampText out;
  char* at = out.text_.data();
  at = put(at, static_cast<int>(date.year()), 4);
  *at++ = '-';
  at = put(at, static_cast<unsigned>(date.month()), 2);
  *at++ = '-';
  at = put(at, static_cast<unsigned>(date.day()), 2);
  *at++ = 'T';
  at = put(at, in_day / 3600, 2);
  *at++ = ':';
  at = put(at, in_day / 60 % 60, 2);
  *at++ = ':';
  at = put(at, in_day % 60, 2);
  if (nanos != 0) {
    *at++ = '.';
    if (nanos % 1'000'000 == 0) {
      at = put(at, nanos / 1'000'000, 3);
    } else if (nanos % 1'000 == 0) {
      at = put(at, nanos / 1'000, 6);
    } else {
      at = put(at, nanos, 9);
    }
  }
  *at++ = 'Z';
  out.size_ = static_cast<std::uint8_t>(at - out.text_.data());
  return out;
}

}  // namespace hark::core
