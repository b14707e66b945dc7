// hark plugin ls [CONFIG]
#include <cstdio>
#include <memory>

#include "app/resolve.h"
#include "app/runtime.h"
#include "cli/verb.h"
#include "config/config.h"
#include "host/plugin_file.h"

namespace hark::cli {
namespace {

std::string kind_text(std::uint32_t caps) {
  const bool source = (caps & HARK_CAP_SOURCE) != 0, subscriber = (caps & HARK_CAP_SUBSCRIBER) != 0;
  return source && subscriber ? "both" : source ? "source" : "subscriber";
}

void list(const std::string& name, const app::FoundPlugin& found) {
  std::vector<std::string> warnings;
  const auto facts = host::inspect_plugin(found.file, host::Isolation::automatic, warnings);
  if (!facts) {
    std::printf("%-16s refused: %s: %s\n", name.c_str(), found.file.c_str(), facts.error().message.c_str());
    return;
  }
  const hark_note& note = *facts->note;
  std::printf("%-16s %-10s %-24s %-8s abi %u.%u  %s%s\n", name.c_str(), kind_text(note.caps).c_str(), note.id,
              note.version, note.abi_major, note.abi_minor, found.bundled ? "bundled" : found.file.c_str(),
              warnings.empty() ? "" : "  (not fenced)");
}

int plugin_ls(const std::string& config) {
  app::PluginFolders folders{"plugins", app::bundled_folder()};
  if (!config.empty()) {
    const config::Loaded loaded = config::load(config);
    if (!loaded.report.ok()) {
      std::fputs(loaded.report.render(false).c_str(), stderr);
      return app::exit_bad_config;
    }
    folders.own = loaded.config.plugin_dir.value;
  }
  for (const std::string& name : app::plugin_names(folders)) {
    if (const auto found = app::find_plugin(name, ".", folders)) list(name, *found);
  }
  return app::exit_ok;
}

}  // namespace

std::function<int()> declare_plugin_ls(CLI::App& command) {
  const auto config = std::make_shared<std::string>();
  command.add_option("CONFIG", *config, "Also list its [plugins] dir (without one: ./plugins)");
  return [config] { return plugin_ls(*config); };
}

}  // namespace hark::cli
