// `on` of a subscriber -> patterns, each with its own `where`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/toml.h"

namespace hark::config {

// path: "subscribers.slack.on".
std::vector<Subscription> read_on(const toml::node& node, const std::string& path, Report& report);

}  // namespace hark::config
