// A shared library in this process. The only place that knows Boost.DLL.
#pragma once

#include <hark/plugin.h>

#include <filesystem>

#include "core/error.h"

namespace hark::host {

using Entry = const hark_module* (*)(const hark_loader*, hark_error*);

// Loads with all symbols bound at once (a missing one is an error here, that names it, not an abort weeks later) and
// finds hark_entry_v1. Runs the library's constructors: check the file first. Never unloaded in this version: threads
// and thread_locals that a plugin leaves behind would run into unmapped code. Thread: one at a time.
core::Result<Entry> load_library(const std::filesystem::path& file);

}  // namespace hark::host
