// The part of JSON Schema draft-07 that a plugin may use for its options (docs/plugin-options.md).
//
// Anything else is refused rather than ignored: valijson 1.0 skips keywords it does not know, runs `pattern` (and the
// URI in `$id`) in std::regex (a stack overflow or an endless loop on hostile input), and `uniqueItems` in quadratic
// time.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace hark::config {

// What is wrong with a schema: "keyword `pattern` at /properties/url is not supported". nullopt: valijson may have it.
std::optional<std::string> schema_fault(const nlohmann::json& schema);

}  // namespace hark::config
