#include "host/plugin_file.h"

#include <algorithm>
#include <cstring>

#include "core/code_ranges.h"
#include "core/text.h"
#include "host/file_hash.h"
#include "host/file_trust.h"
#include "host/library.h"
#include "host/private_copy.h"
#include "host/probe.h"

namespace hark::host {
namespace {

std::string version_text(unsigned major, unsigned minor) { return std::to_string(major) + "." + std::to_string(minor); }

core::Result<const hark_module*> enter(Entry entry, const std::filesystem::path& file) {
  const std::string path = file.string();
  const hark_loader loader{sizeof(hark_loader), HARK_ABI_MINOR, core::str("hark"), core::str(host_version),
                           core::str(path)};
  hark_error error;
  error.len = 0;
  const hark_module* module = nullptr;
  try {
    module = entry(&loader, &error);
  } catch (const std::exception& e) {
    return core::fail(std::string("its entry threw: ") + e.what());
  } catch (...) {
    return core::fail("its entry threw something that is not a std::exception");
  }
  if (module == nullptr) {
    const std::string why(error.msg, std::min<std::size_t>(error.len, sizeof error.msg));
    return core::fail("it declined: " + (why.empty() ? std::string("no reason given") : why));
  }
  return module;
}

// The module and the note say the same, and the tables reach as far as ABI 1.0 does.
core::Result<void> agree(const hark_module& module, const hark_note& note) {
  if (!HARK_HAS(&module, hark_module, plugin) || module.plugin == nullptr)
    return core::fail("its hark_module is too short or has no plugin");
  const hark_plugin& p = *module.plugin;
  if (module.abi_major != note.abi_major || module.abi_minor != note.abi_minor ||
      module.min_host_minor != note.min_host_minor) {
    return core::fail("its note says plugin ABI " + version_text(note.abi_major, note.abi_minor) + ", its module " +
                      version_text(module.abi_major, module.abi_minor) + "; build it again from one source");
  }
  if (module.min_host_minor > HARK_ABI_MINOR) {
    return core::fail("needs plugin ABI " + version_text(1, module.min_host_minor) + " or newer, this host has " +
                      version_text(HARK_ABI_MAJOR, HARK_ABI_MINOR) + "; upgrade hark");
  }
  if (!HARK_HAS(&p, hark_plugin, extension)) return core::fail("its hark_plugin is shorter than ABI 1.0's");
  if (p.id == nullptr || p.name == nullptr || p.version == nullptr)
    return core::fail("its hark_plugin has no id, name or version");
  if (std::strncmp(p.id, note.id, sizeof note.id) != 0 || p.caps != note.caps) {
    return core::fail("its note says `" + std::string(note.id) + "`, its module `" + p.id +
                      "`, or their capabilities differ; build it again from one source");
  }
  if (p.create == nullptr || p.destroy == nullptr) return core::fail("it has no create or no destroy function");
  if ((p.caps & HARK_CAP_SUBSCRIBER) != 0 && p.handle == nullptr)
    return core::fail("it says it is a subscriber and has no handle function");
  if (p.threads > HARK_THREADS_CONCURRENT) return core::fail("its thread model is unknown to this host; upgrade hark");
  return {};
}

// Of the copy, which nobody can change between this look and the load.
core::Result<void> check_hash(const PrivateCopy& copy, const std::vector<std::string>& wanted) {
  if (wanted.empty()) return {};
  const auto have = sha256_of(copy.fd());
  if (!have) return std::unexpected(have.error());
  for (const std::string& hash : wanted) {
    if (hash == *have) continue;
    return core::fail(
        "its SHA-256 is " + *have + ", the config pins it to " + hash +
        "; put the first into `sha256` if you trust this file, or the file that was pinned into its place");
  }
  return {};
}

}  // namespace

core::Result<Inspected> inspect_plugin(const std::filesystem::path& file, Isolation isolation) {
  if (auto trusted = check_trust(file); !trusted) return std::unexpected(trusted.error());
  auto facts = read_elf(file);
  if (!facts) return std::unexpected(facts.error());
  Verdict verdict = judge(*facts, isolation);
  if (!verdict.accepted) return core::fail(verdict.text());
  return Inspected{std::move(*facts), std::move(verdict)};
}

core::Result<PluginFile> prepare_plugin(const std::filesystem::path& file, const LoadOptions& options) {
  PluginFile plugin;
  plugin.path = file;
  auto inspected = inspect_plugin(file, options.isolation);  // 1 to 4
  if (!inspected) return std::unexpected(inspected.error());

  if (!options.bundled || !options.sha256.empty() || !private_to_owner(file.parent_path())) {  // 5
    auto copy = private_copy(file, options.copies);
    if (!copy) return std::unexpected(copy.error());
    if (auto same = check_hash(*copy, options.sha256); !same) return std::unexpected(same.error());
    inspected = inspect_plugin(copy->path(), options.isolation);
    if (!inspected) return std::unexpected(inspected.error());
    if (auto probed = probe_library(copy->path()); !probed) return std::unexpected(probed.error());  // 6
    plugin.copy = std::move(*copy);
  }
  plugin.facts = std::move(inspected->facts);
  plugin.warnings = std::move(inspected->verdict.warnings);
  plugin.process_because = std::move(inspected->verdict.process_because);
  return plugin;
}

core::Result<const hark_plugin*> enter_plugin(const PluginFile& plugin) {
  const auto entry = load_library(plugin.loaded());  // 7
  if (!entry) return std::unexpected(entry.error());
  const auto module = enter(*entry, plugin.path);  // 8
  if (!module) return std::unexpected(module.error());
  if (auto agreed = agree(**module, *plugin.facts.note); !agreed) return std::unexpected(agreed.error());  // 9
  const hark_plugin& table = *(*module)->plugin;
  core::add_code_of_plugin(&table, plugin.path.c_str(), table.id, table.version);
  return &table;
}

core::Result<PluginFile> load_plugin(const std::filesystem::path& file, const LoadOptions& options) {
  auto plugin = prepare_plugin(file, options);
  if (!plugin || !plugin->process_because.empty()) return plugin;
  const auto table = enter_plugin(*plugin);
  if (!table) return std::unexpected(table.error());
  plugin->table = *table;
  return plugin;
}

}  // namespace hark::host
