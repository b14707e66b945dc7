// Sizes and durations in a plugin's options, written as in the rest of the config file: "64MiB", "24h".
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "input/plugin_options.h"

namespace hark::input {

// "100MiB" or a plain number of bytes. Absent: `by_default`. Throws hark::Reject that names the option.
std::uint64_t size_option(const PluginOptions& options, std::string_view name, std::uint64_t by_default);
// "24h", always with a unit.
std::chrono::nanoseconds duration_option(const PluginOptions& options, std::string_view name,
                                         std::chrono::nanoseconds by_default);

}  // namespace hark::input
