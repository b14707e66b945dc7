// What a file must keep to before a parser sees it.
//
// toml++ 3.3 recurses once for each level of nesting and overflows the stack on a dotted key 100,000 deep; its own
// limit covers brackets only. Its test for Unicode white space runs into __builtin_unreachable() for U+00FC and others
// in a bare key. So a scan comes first, one that knows strings and comments and nothing else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "config/config.h"

namespace hark::config {

inline constexpr std::size_t max_file_bytes = 1u << 20;
inline constexpr std::uint32_t max_depth = 32;  // tables and lists in each other, however they are written

// The first byte that is not UTF-8 (RFC 3629: no surrogates, no overlong forms, nothing over U+10FFFF).
std::optional<Diagnostic> check_utf8(std::string_view text);

// The first place that nests deeper than max_depth, or that is not ASCII outside of strings and comments (which
// TOML 1.0 does not allow). text: UTF-8.
std::optional<Diagnostic> check_shape(std::string_view text);

}  // namespace hark::config
