// hark plugin check FILE
#include <stdlib.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>

#include "cli/plugin_sheet.h"
#include "cli/verb.h"
#include "config/config.h"
#include "host/file_hash.h"
#include "host/plugin_file.h"
#include "host/trial.h"

namespace hark::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string file, options = "{}";
  unsigned patience_s = 10;
};

// A folder for copies and for what the plugin writes, gone afterwards.
class Scratch {
 public:
  Scratch() {
    std::error_code failed;
    std::string name = (fs::temp_directory_path(failed) / "hark-check-XXXXXX").string();
    if (!failed && mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~Scratch() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

int failed(const std::string& why) {
  std::printf("failed: %s\n", why.c_str());
  return 1;
}

// "@file" or JSON itself.
core::Result<config::PluginOptions> read_options(const std::string& given) {
  if (!given.starts_with('@')) return config::options_of_json(given);
  std::ifstream in(given.substr(1), std::ios::binary);
  if (!in) return core::fail("cannot be read");
  return config::options_of_json({std::istreambuf_iterator<char>(in), {}});
}

// What the options lack for the schema, one line each; empty: they fit.
std::vector<std::string> unfit_options(const config::PluginOptions& options, const std::string& file,
                                       const std::string& schema) {
  if (schema.empty()) return {};
  config::InstanceConfig instance;
  instance.plugin.value = file;
  instance.options = options;
  config::Report report;
  config::check_options(instance, schema.c_str(), report);
  std::vector<std::string> faults;
  for (const config::Diagnostic& d : report.diagnostics()) faults.push_back(d.message);
  return faults;
}

int check(const Options& o) {
  const auto options = read_options(o.options);
  if (!options) {
    std::fprintf(stderr, "hark: --options %s: %s\n", o.options.c_str(), options.error().message.c_str());
    return exit_usage;
  }
  std::printf("%s\n", o.file.c_str());
  const auto facts = host::read_elf(o.file);
  if (!facts) return failed(facts.error().message);
  PluginSheet sheet;
  const auto exports = host::read_exports(o.file);
  sheet.file(*facts, exports ? *exports : std::vector<host::Export>());
  sheet.isolation(*facts);

  const Scratch scratch;
  if (scratch.path().empty()) return failed("no folder for temporary files could be made; set TMPDIR to one");
  const auto prepared =
      host::prepare_plugin(o.file, {host::Isolation::automatic, false, scratch.path() / "copies", {}});
  if (!prepared) return failed(prepared.error().message);
  if (const auto hash = host::sha256_of(prepared->copy->fd())) sheet.row("sha256", *hash);
  const std::chrono::seconds patience(o.patience_s);
  const auto description = host::describe_plugin(*prepared, patience);
  if (!description) return failed(description.error().message);
  sheet.description(*description, facts->note->caps);
  sheet.schema(description->schema);
  if (const auto faults = unfit_options(*options, o.file, description->schema); !faults.empty()) {
    for (const std::string& fault : faults) sheet.row(&fault == &faults.front() ? "cycle" : "", "not run: " + fault);
    return failed("not tried: give it options with --options '{...}' or --options @FILE");
  }
  const auto trial = host::try_plugin(*prepared, {options->json, scratch.path(), patience});
  if (!trial) return failed(trial.error().message);
  sheet.trial(*trial);
  if (!trial->failure.empty()) return failed(trial->failure);
  const std::size_t warnings = sheet.warnings();
  std::printf("%s\n", warnings == 0 ? "fine" : ("fine, with " + std::to_string(warnings) + " warning(s)").c_str());
  return 0;
}

}  // namespace

std::function<int()> declare_plugin_check(CLI::App& command) {
  const auto o = std::make_shared<Options>();
  command.add_option("FILE", o->file, "The plugin, a shared library")->required();
  command.add_option("--options", o->options, "Its options: a JSON object, or @FILE with one in it");
  command.add_option("--patience", o->patience_s, "Seconds that each of its calls may take")
      ->check(CLI::Range(1u, 3600u))
      ->capture_default_str();
  return [o] { return check(*o); };
}

}  // namespace hark::cli
