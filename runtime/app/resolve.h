// From a plugin's name in the config to a file.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hark::app {

struct PluginFolders {
  std::filesystem::path own;      // [plugins] dir; need not exist
  std::filesystem::path bundled;  // what came with this host
};

struct FoundPlugin {
  std::filesystem::path file;
  bool bundled = false;
};

// Beside the running binary (../lib/hark/plugins), else where it was installed.
std::filesystem::path bundled_folder();

// A value with a slash is a path, relative to the config's folder. A name is NAME.so, first in the own folder, then
// among the bundled ones.
std::optional<FoundPlugin> find_plugin(const std::string& spelled, const std::filesystem::path& config_dir,
                                       const PluginFolders& folders);

// All names that find_plugin() would find, sorted, each once.
std::vector<std::string> plugin_names(const PluginFolders& folders);

}  // namespace hark::app
