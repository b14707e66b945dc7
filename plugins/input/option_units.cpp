#include "input/option_units.h"

#include <charconv>
#include <hark/sdk/result.hpp>
#include <limits>
#include <optional>
#include <span>
#include <string>

namespace hark::input {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr Unit size_units[] = {{"B", 1},
                               {"kB", 1'000},
                               {"MB", 1'000'000},
                               {"GB", 1'000'000'000},
                               {"TB", 1'000'000'000'000},
                               {"KiB", 1ull << 10},
                               {"MiB", 1ull << 20},
                               {"GiB", 1ull << 30},
                               {"TiB", 1ull << 40}};
constexpr Unit time_units[] = {{"ns", 1},
                               {"us", 1'000},
                               {"ms", 1'000'000},
                               {"s", 1'000'000'000},
                               {"m", 60'000'000'000},
                               {"h", 3'600'000'000'000},
                               {"d", 86'400'000'000'000},
                               {"w", 604'800'000'000'000}};

std::optional<std::uint64_t> parse(std::string_view text, std::span<const Unit> units) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  const std::string_view name(end, static_cast<std::size_t>(text.data() + text.size() - end));
  for (const Unit& unit : units) {
    std::uint64_t product = 0;
    if (unit.name != name) continue;
    if (__builtin_mul_overflow(number, unit.factor, &product)) return std::nullopt;
    if (product > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) return std::nullopt;
    return product;
  }
  return std::nullopt;
}

[[noreturn]] void refuse(std::string_view name, const std::string& text, const char* usage) {
  std::string path(name);
  for (char& c : path) c = c == '/' ? '.' : c;
  throw Reject("option " + path + ": \"" + text + "\": " + usage);
}

}  // namespace

std::uint64_t size_option(const PluginOptions& options, std::string_view name, std::uint64_t by_default) {
  const std::string text = options.text(name, "");
  if (text.empty() && !options.has(name)) return by_default;
  if (text.empty()) return options.number(name, by_default);
  const auto bytes = parse(text, size_units);
  if (!bytes)
    refuse(name, text, "write a whole number with B, kB, MB, GB, TB, KiB, MiB, GiB or TiB, such as \"64MiB\"");
  return *bytes;
}

std::chrono::nanoseconds duration_option(const PluginOptions& options, std::string_view name,
                                         std::chrono::nanoseconds by_default) {
  if (!options.has(name)) return by_default;
  const std::string text = options.text(name, "");
  const auto ns = parse(text, time_units);
  if (!ns) refuse(name, text, "write a whole number with ns, us, ms, s, m, h, d or w, such as \"30s\"");
  return std::chrono::nanoseconds(static_cast<std::int64_t>(*ns));
}

}  // namespace hark::input
