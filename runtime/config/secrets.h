// `secret:NAME` and `env:NAME` in options -> the text they stand for.
#pragma once

#include <optional>
#include <string>

#include "config/config.h"
#include "core/secret.h"

namespace hark::config {

// A value that is a reference as a whole; "Bearer secret:x" is none.
bool is_secret_reference(const std::string& value);

// What a reference stands for. One that stands for nothing is an error at its place, which never holds the text; one
// that is not well kept is a warning. path: of the value, "subscribers.audit.options.token".
std::optional<core::Secret> read_secret(const std::string& reference, const SecretOptions& options, Place place,
                                        const std::string& path, Report& report);

}  // namespace hark::config
