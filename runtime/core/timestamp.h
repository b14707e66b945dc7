// RFC 3339 timestamps, as CloudEvents writes them, to and from Unix nanoseconds.
//
// Thread: any. Nothing allocates.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace hark::core {

// True for what RFC 3339 section 5.6 allows: a date that exists, T and Z in either case, any number of fraction digits,
// offsets up to 23:59, and second 60 in the last minute of a UTC day. Years are 0000 to 9999.
bool is_timestamp(std::string_view text);

// Unix nanoseconds, or nothing when is_timestamp() is false or 64 bits cannot hold it (before 1677-09-21 or after
// 2262-04-11). Digits past the ninth of a fraction are cut off; a leap second reads as the last nanosecond before it.
std::optional<std::int64_t> parse_timestamp(std::string_view text);

// At most "1677-09-21T00:12:43.145224193Z".
class TimestampText {
 public:
  std::string_view view() const { return {text_.data(), size_}; }

 private:
  friend TimestampText format_timestamp(std::int64_t unix_ns);
  std::array<char, 31> text_;
  std::uint8_t size_ = 0;
};

// In UTC with Z; the fraction has 0, 3, 6 or 9 digits, as few as say it exactly.
TimestampText format_timestamp(std::int64_t unix_ns);

}  // namespace hark::core
