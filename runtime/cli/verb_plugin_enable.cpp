// hark plugin enable NAME [CONFIG], hark plugin disable NAME [CONFIG]
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "app/resolve.h"
#include "app/runtime.h"
#include "cli/verb.h"
#include "config/config.h"
#include "core/clock.h"
#include "core/timestamp.h"
#include "host/blame.h"

namespace hark::cli {
namespace {

using host::BlameEntry;
using State = BlameEntry::State;

struct Options {
  std::string name;
  std::string config = "hark.toml";
};

// What a name can mean: a plugin that the config finds by name or names by its path.
std::vector<std::string> names_of(const config::Config& config) {
  std::vector<std::string> names = app::plugin_names({config.plugin_dir.value, app::bundled_folder()});
  const auto add = [&](const config::InstanceConfig& i) {
    if (i.plugin.value.find('/') != std::string::npos) names.push_back(host::plugin_name(i.plugin.value));
  };
  std::ranges::for_each(config.sources, add);
  std::ranges::for_each(config.subscribers, add);
  return names;
}

// Lets it be loaded again, whatever was against it. What it did stays remembered, for --safe.
void enable(std::vector<BlameEntry>& all, const std::string& name) {
  std::erase_if(all, [&](const BlameEntry& e) { return e.state == State::disabled && e.name == name; });
  for (BlameEntry& e : all) {
    if (e.name == name) e.state = State::pardoned;
  }
}

void disable(std::vector<BlameEntry>& all, const std::string& name) {
  const bool is_already =
      std::ranges::any_of(all, [&](const BlameEntry& e) { return e.state == State::disabled && e.name == name; });
  if (is_already) return;
  BlameEntry e;
  e.state = State::disabled;
  e.name = name;
  e.when = core::format_timestamp(core::wall_ns()).view();
  all.push_back(std::move(e));
}

int change(const Options& o, void (*how)(std::vector<BlameEntry>&, const std::string&), const char* done) {
  const config::Loaded loaded = config::load(o.config);
  if (!loaded.report.ok()) {
    std::fputs(loaded.report.render(false).c_str(), stderr);
    return app::exit_bad_config;
  }
  const std::filesystem::path file = host::Blame::file_in(loaded.config.runtime.state_dir);
  const std::vector<std::string> names = names_of(loaded.config);
  const host::Blame blame = host::Blame::read(file);
  const bool is_remembered = std::ranges::find(blame.entries(), o.name, &BlameEntry::name) != blame.entries().end();
  if (!is_remembered && std::ranges::find(names, o.name) == names.end()) {
    const std::string near = config::did_you_mean(o.name, names);
    std::fprintf(stderr, "hark: no plugin `%s`; %s\n", o.name.c_str(),
                 near.empty() ? "`hark plugin ls` lists them" : ("did you mean `" + near + "`?").c_str());
    return app::exit_failed;
  }
  const auto written = host::Blame::change(file, [&](std::vector<BlameEntry>& all) { how(all, o.name); });
  if (!written) {
    std::fprintf(stderr, "hark: %s\n", written.error().message.c_str());
    return app::exit_failed;
  }
  std::printf("%s %s; it counts from the next start on\n", o.name.c_str(), done);
  return app::exit_ok;
}

std::shared_ptr<Options> declare(CLI::App& command) {
  const auto o = std::make_shared<Options>();
  command.add_option("NAME", o->name, "The plugin: audit.so is `audit`")->required();
  command.add_option("CONFIG", o->config, "The configuration whose state folder remembers it")->capture_default_str();
  return o;
}

}  // namespace

std::function<int()> declare_plugin_enable(CLI::App& command) {
  return [o = declare(command)] { return change(*o, enable, "enabled"); };
}

std::function<int()> declare_plugin_disable(CLI::App& command) {
  return [o = declare(command)] { return change(*o, disable, "disabled"); };
}

}  // namespace hark::cli
