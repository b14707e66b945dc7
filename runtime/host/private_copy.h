// Copies of plugin libraries that nobody else writes to.
//
// A library that is overwritten in place while it is loaded ends the process with SIGBUS; so what is loaded is a copy,
// named for the file's identity and reused while the file has not changed.
#pragma once

#include <filesystem>

#include "core/error.h"

namespace hark::host {

// folder: made when missing, mode 0700. Returns the copy's path. Fails when the file changes while it is copied.
core::Result<std::filesystem::path> private_copy(const std::filesystem::path& file,
                                                 const std::filesystem::path& folder);

}  // namespace hark::host
