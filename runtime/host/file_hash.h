// The SHA-256 of a file, for configs that pin a plugin to one. The only place that knows libmd.
#pragma once

#include <string>

#include "core/error.h"

namespace hark::host {

// 64 lower-case hexadecimal digits, of an open file from its beginning; its position is left alone.
core::Result<std::string> sha256_of(int fd);

}  // namespace hark::host
