// Why one value of `options` does not meet its part of the schema, in words for the person who wrote it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace hark::config {

struct OptionFault {
  std::string key;      // of an unknown key: the caret goes below it; else empty
  std::string message;  // "expected text, found integer"
  std::string help;
};

// The faults of the value itself, not of what it holds. schema: inside the subset of schema_subset.h. secret: the value
// is one; nothing that is told may depend on what it is, but for the rule that it breaks.
std::vector<OptionFault> option_faults(const nlohmann::json& schema, const nlohmann::json& value, bool secret = false);

}  // namespace hark::config
