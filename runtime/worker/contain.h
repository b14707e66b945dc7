// Gives a plugin that is to have a process of its own the table through which the host calls it.
#pragma once

#include <filesystem>

#include "core/error.h"
#include "host/plugin_file.h"

namespace hark::worker {

// Beside the running binary, else where it was installed.
std::filesystem::path worker_program();

// host::load_plugin(), and for one with process_because a table of ours: then none of its code is in this process.
// max_event: bytes, of [guards]. Forks: call it before the process has threads.
core::Result<host::PluginFile> load_plugin(const std::filesystem::path& file, const host::LoadOptions& options,
                                           std::uint64_t max_event);

}  // namespace hark::worker
