// Sizes ("64MiB") and durations ("200ms") as a person writes them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/error.h"

namespace hark::config {

// A whole number and a unit, no space: B, kB MB GB TB (powers of 1000), KiB MiB GiB TiB (powers of 1024).
core::Result<std::uint64_t> parse_size(std::string_view text);

// A whole number and a unit, no space: ns us ms s m h d w.
core::Result<std::chrono::nanoseconds> parse_duration(std::string_view text);

// In the largest unit that divides it: "64MiB", "1500B"; "30s", "1500ms".
std::string format_size(std::uint64_t bytes);
std::string format_duration(std::chrono::nanoseconds duration);

}  // namespace hark::config
