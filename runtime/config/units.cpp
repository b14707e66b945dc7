#include "config/units.h"

#include <charconv>
#include <limits>
#include <span>

namespace hark::config {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

// Largest first, for format().
constexpr Unit size_units[] = {{"TiB", 1ull << 40},
                               {"TB", 1'000'000'000'000},
                               {"GiB", 1ull << 30},
                               {"GB", 1'000'000'000},
                               {"MiB", 1ull << 20},
                               {"MB", 1'000'000},
                               {"KiB", 1ull << 10},
                               {"kB", 1'000},
                               {"B", 1}};
constexpr Unit time_units[] = {{"w", 604'800'000'000'000},
                               {"d", 86'400'000'000'000},
                               {"h", 3'600'000'000'000},
                               {"m", 60'000'000'000},
                               {"s", 1'000'000'000},
                               {"ms", 1'000'000},
                               {"us", 1'000},
                               {"ns", 1}};

core::Result<std::uint64_t> parse(std::string_view text, std::span<const Unit> units, std::uint64_t max,
                                  const char* usage) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::invalid_argument) return core::fail(usage);
  if (error == std::errc::result_out_of_range) return core::fail("the number is too large");
  const std::string_view name(end, static_cast<std::size_t>(text.data() + text.size() - end));
  for (const Unit& unit : units) {
    if (unit.name != name) continue;
    std::uint64_t product = 0;
    if (__builtin_mul_overflow(number, unit.factor, &product) || product > max) {
      return core::fail("the number is too large");
    }
    return product;
  }
  return core::fail(usage);
}

std::string format(std::uint64_t value, std::span<const Unit> units) {
  for (const Unit& unit : units) {
    if (value >= unit.factor && value % unit.factor == 0) {
      return std::to_string(value / unit.factor).append(unit.name);
    }
  }
  return std::string("0").append(units.back().name);
}

}  // namespace

core::Result<std::uint64_t> parse_size(std::string_view text) {
  return parse(text, size_units, std::numeric_limits<std::int64_t>::max(),
               "write a whole number with B, kB, MB, GB, TB, KiB, MiB, GiB or TiB, such as \"64MiB\"");
}

core::Result<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  auto ns = parse(text, time_units, std::numeric_limits<std::int64_t>::max(),
                  "write a whole number with ns, us, ms, s, m, h, d or w, such as \"30s\"");
  if (!ns) return std::unexpected(ns.error());
  return std::chrono::nanoseconds(static_cast<std::int64_t>(*ns));
}

std::string format_size(std::uint64_t bytes) { return format(bytes, size_units); }

std::string format_duration(std::chrono::nanoseconds duration) {
  if (duration.count() == 0) return "0s";
  return format(static_cast<std::uint64_t>(duration.count()), time_units);
}

}  // namespace hark::config
