#include "app/resolve.h"

#include <algorithm>

namespace hark::app {
namespace fs = std::filesystem;

fs::path bundled_folder() {
  std::error_code failed;
  const fs::path binary = fs::read_symlink("/proc/self/exe", failed);
  const fs::path beside = binary.parent_path().parent_path() / "lib" / "hark" / "plugins";
  return !failed && fs::is_directory(beside, failed) ? beside : fs::path(HARK_BUNDLED_PLUGINS);
}

std::optional<FoundPlugin> find_plugin(const std::string& spelled, const fs::path& config_dir,
                                       const PluginFolders& folders) {
  std::error_code ignored;
  const auto is_there = [&](const fs::path& p) { return fs::exists(p, ignored) && !fs::is_directory(p, ignored); };
  if (spelled.find('/') != std::string::npos) {
    const fs::path file = (config_dir / spelled).lexically_normal();
    return is_there(file) ? std::optional(FoundPlugin{file, false}) : std::nullopt;
  }
  const std::string name = spelled + ".so";
  if (is_there(folders.own / name)) return FoundPlugin{folders.own / name, false};
  if (is_there(folders.bundled / name)) return FoundPlugin{folders.bundled / name, true};
  return std::nullopt;
}

std::vector<std::string> plugin_names(const PluginFolders& folders) {
  std::vector<std::string> names;
  for (const fs::path& folder : {folders.own, folders.bundled}) {
    std::error_code failed;
    for (fs::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed)) {
      if (it->path().extension() == ".so") names.push_back(it->path().stem().string());
    }
  }
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  return names;
}

}  // namespace hark::app
