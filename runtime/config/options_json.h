// The `options` table of an instance -> JSON for its plugin, remembering where each part stands.
#pragma once

#include <string>

#include "config/toml.h"

namespace hark::config {

// path: "subscribers.audit.options". secrets: where `secret:NAME` is found.
PluginOptions read_options(const toml::table& table, std::string path, const SecretOptions& secrets, Report& report);

}  // namespace hark::config
