// Loads a library in a throw-away child process first: a constructor that throws, crashes, exits or hangs ends that
// one, not the host.
#pragma once

#include <chrono>
#include <filesystem>

#include "core/error.h"

namespace hark::host {

// Fails with how the child ended and what it last wrote to standard error. Forks: call it before the process has
// threads. Takes a few milliseconds, at most patience; a library that has passed is remembered beside it as
// FILE.probed.
core::Result<void> probe_library(const std::filesystem::path& file,
                                 std::chrono::milliseconds patience = std::chrono::seconds(10));

}  // namespace hark::host
