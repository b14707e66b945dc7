// A plugin that calls exit() would end the host as if all were well. Told apart here.
#pragma once

namespace hark::host {

inline constexpr int exit_ended_by_plugin = 70;  // EX_SOFTWARE

// From here on an exit() from within a plugin's call writes who it was to standard error and leaves with status 70.
// Once, before plugins are loaded. (_exit() and a plugin's own threads get past it; a worker process will not let
// them.)
void install_exit_guard();

}  // namespace hark::host
