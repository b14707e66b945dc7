// hark plugin ls [--events] [CONFIG]
#include <algorithm>
#include <cstdio>
#include <iterator>
#include <memory>

#include "app/resolve.h"
#include "app/runtime.h"
#include "cli/verb.h"
#include "config/config.h"
#include "config/event_shape.h"
#include "core/text.h"
#include "host/described_events.h"
#include "host/plugin_file.h"
#include "worker/contain.h"

namespace hark::cli {
namespace {

std::string kind_text(std::uint32_t caps) {
  const bool source = (caps & HARK_CAP_SOURCE) != 0, subscriber = (caps & HARK_CAP_SUBSCRIBER) != 0;
  return source && subscriber ? "both" : source ? "source" : "subscriber";
}

// False when it is refused.
bool list(const std::string& name, const app::FoundPlugin& found) {
  const auto inspected = host::inspect_plugin(found.file, host::Isolation::automatic);
  if (!inspected) {
    std::printf("%-16s refused: %s: %s\n", name.c_str(), found.file.c_str(), inspected.error().message.c_str());
    return false;
  }
  const hark_note& note = *inspected->facts.note;
  std::printf("%-16s %-10s %-24s %-8s abi %u.%u  %s%s\n", name.c_str(), kind_text(note.caps).c_str(), note.id,
              note.version, note.abi_major, note.abi_minor, found.bundled ? "bundled" : found.file.c_str(),
              inspected->verdict.process_because.empty() ? "" : "  (in a process of its own)");
  return true;
}

// The fields one below the other, what is in them indented.
void list_fields(const config::EventShape& shape, int indent) {
  int width = 0;
  for (const config::EventField& f : shape.fields) width = std::max(width, static_cast<int>(f.name.size()));
  for (const config::EventField& f : shape.fields) {
    std::printf("%*s%-*s %s\n", indent, "", width + 1, (f.name + ":").c_str(), config::describe(f).c_str());
    const config::EventShape* inner = &f.shape;  // past the lists and maps around an object
    while (inner->fields.empty() && !(inner->elements.empty() && inner->others.empty()))
      inner = inner->elements.empty() ? inner->others.data() : inner->elements.data();
    list_fields(*inner, indent + 4);
  }
}

void list_direction(const char* verb, const char* const* types, bool heard,
                    const std::vector<host::DescribedEvent>& events) {
  for (const std::string& type : core::texts(types)) {
    std::printf("    %s %s\n", verb, type.c_str());
    for (const host::DescribedEvent& e : events) {
      if (e.heard != heard || e.type != type) continue;
      if (const auto shape = config::read_event_shape(e.schema)) {
        list_fields(*shape, 8);
      } else {
        std::printf("        its schema is broken: %s\n", shape.error().message.c_str());
      }
    }
  }
}

void list_events(const app::FoundPlugin& found, const std::filesystem::path& copies) {
  const auto plugin =
      worker::load_plugin(found.file, {host::Isolation::automatic, found.bundled, copies}, config::Guards().max_event);
  if (!plugin) {
    std::printf("    refused: %s\n", plugin.error().message.c_str());
    return;
  }
  const auto events = host::described_events(*plugin->table);
  if (!events) std::printf("    %s\n", events.error().message.c_str());
  const std::vector<host::DescribedEvent> none;
  list_direction("hears", plugin->table->subscribes, true, events ? *events : none);
  list_direction("publishes", plugin->table->publishes, false, events ? *events : none);
}

// In the order of the file, each once.
std::vector<std::string> named_by_path(const config::Config& config) {
  std::vector<std::string> paths;
  const auto add = [&](const config::InstanceConfig& i) {
    const std::string& spelled = i.plugin.value;
    if (spelled.find('/') != std::string::npos && std::ranges::find(paths, spelled) == paths.end())
      paths.push_back(spelled);
  };
  std::ranges::for_each(config.sources, add);
  std::ranges::for_each(config.subscribers, add);
  return paths;
}

struct Options {
  std::string config;
  bool events = false;
};

int plugin_ls(const Options& o) {
  app::PluginFolders folders{"plugins", app::bundled_folder()};
  std::filesystem::path copies = config::RuntimeOptions().plugin_copies(), dir = ".";
  std::vector<std::string> names;
  if (!o.config.empty()) {
    const config::Loaded loaded = config::load(o.config);
    if (!loaded.report.ok()) {
      std::fputs(loaded.report.render(false).c_str(), stderr);
      return app::exit_bad_config;
    }
    folders.own = loaded.config.plugin_dir.value;
    copies = loaded.config.runtime.plugin_copies();
    dir = loaded.config.dir;
    names = named_by_path(loaded.config);
  }
  std::ranges::copy(app::plugin_names(folders), std::back_inserter(names));
  for (const std::string& name : names) {
    const auto found = app::find_plugin(name, dir, folders);
    if (found && list(name, *found) && o.events) list_events(*found, copies);
  }
  return app::exit_ok;
}

}  // namespace

std::function<int()> declare_plugin_ls(CLI::App& command) {
  const auto o = std::make_shared<Options>();
  command.add_option("CONFIG", o->config,
                     "Also list what it names by a path, and its [plugins] dir (without one: ./plugins)");
  command.add_flag("--events", o->events, "Load each, and show what it hears and publishes, with the fields");
  return [o] { return plugin_ls(*o); };
}

}  // namespace hark::cli
