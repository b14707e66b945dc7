// `where` in TOML -> topic::FilterSpec. Every fault is told; what is right is kept.
#pragma once

#include <string>

#include "config/toml.h"

namespace hark::config {

// path: how messages name it, "subscribers.slack.where".
topic::FilterSpec read_where(const toml::node& node, const std::string& path, Report& report);

}  // namespace hark::config
