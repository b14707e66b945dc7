// A config file and all that it names, checked: what `hark check` shows and `hark run` starts.
#pragma once

#include <deque>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/past.h"
#include "app/resolve.h"
#include "config/config.h"
#include "core/redaction.h"
#include "host/plugin_file.h"

namespace hark::app {

struct PlannedInstance {
  const config::InstanceConfig* config = nullptr;
  const config::SubscriberConfig* subscriber = nullptr;  // nullptr: a source
  std::filesystem::path file{};
  const host::PluginFile* plugin = nullptr;  // nullptr: refused, or the config is wrong
  std::string refused{};                     // reason and remedy
  bool autoloaded = false;                   // no instance names it: it lay in [plugins] dir
  bool left_out = false;                     // refused because of --safe, also when it is required
};

struct Plan {
  config::Config config;
  config::Report report;
  PluginFolders folders;
  std::vector<PlannedInstance> instances;           // sources, then subscribers, each in file order, then autoloaded
  std::deque<config::SubscriberConfig> autoloaded;  // what those are configured as; a deque: addresses hold
  // Each library once for each way in which it is isolated, however many instances it has.
  std::map<std::pair<std::filesystem::path, host::Isolation>, host::PluginFile> files;
  core::Redaction redaction;  // the secrets of all options
  Past past{};

  bool ok() const { return report.ok(); }
};

// Loads the config, finds and loads the plugins, checks their options. A plugin that is found but refused is no error
// of the config. Forks to try strangers' libraries: call it before the process has threads.
Plan make_plan(const std::filesystem::path& config_file, Mode mode = Mode::look);

// What a subscriber hears: the config's `on`, else what its plugin declares, else everything but `hark.*`.
std::vector<config::Subscription> subscriptions_of(const PlannedInstance& instance);

}  // namespace hark::app
