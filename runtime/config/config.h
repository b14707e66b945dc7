// A configuration file as plain data, every value with the place it came from.
//
// Only config/ knows TOML. Loading never stops at the first problem: Report holds all of them, in file order.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/secret.h"
#include "flow/options.h"
#include "host/abi_guard.h"
#include "topic/filter_spec.h"
#include "topic/pattern.h"

namespace hark::config {

// 1-based; line 0 = no place in the file. length: columns that the caret line underlines, at least 1.
struct Place {
  std::uint32_t line = 0, column = 0, length = 1;
};

template <class T>
struct Located {
  T value{};
  Place place;
};

// The `options` of a source or subscriber: JSON for the plugin, and where each part of it stands in the file.
struct PluginOptions {
  std::string json = "{}";                      // as in the file, with secrets by their references: may be shown
  std::map<std::string, core::Secret> secrets;  // JSON pointer -> what stands there instead
  std::string path = "options";                 // how messages name it: "subscribers.audit.options"
  Place place;                                  // of the table, or of the instance's header when there is none
  std::map<std::string, Place> places;          // JSON pointer ("/listen", "/topics/0") -> place of the value
  std::map<std::string, Place> keys;            // JSON pointer -> place of its key

  // The JSON that the plugin gets, with all secrets in it: for the plugin and its schema, for nothing that is seen.
  std::string revealed() const;
};

using host::Isolation;

// What [sources.NAME] and [subscribers.NAME] share.
struct InstanceConfig {
  std::string name;  // [A-Za-z0-9_-]{1,64}, unique over sources and subscribers
  Place place;       // of its table's header
  Located<std::string> plugin;
  PluginOptions options;
  Isolation isolation = Isolation::automatic;
  std::string sha256;  // of the library, 64 lower-case hexadecimal digits; empty: any
  bool required = false;
  flow::RestartOptions restart;
};

struct SourceConfig : InstanceConfig {};

struct Subscription {
  topic::Pattern pattern;
  topic::FilterSpec where;  // the pattern's own
};

enum class LaneKind : std::uint8_t { queued, in_line };

struct SubscriberConfig : InstanceConfig {
  std::optional<std::vector<Subscription>> on;  // absent: what the plugin declares, else everything but `hark.*`
  topic::FilterSpec where;                      // for every pattern
  flow::QueueOptions queue;
  flow::DeliveryOptions delivery;
  Located<LaneKind> lane;
};

struct Guards {
  std::uint32_t max_hops = 16;         // 1 .. 1000; an event with more hops is dead-lettered as a loop
  std::uint64_t max_event = 1u << 20;  // bytes of an event's data and attributes together; at least 64 KiB
};

struct DeadLetterOptions {
  std::filesystem::path path = "dead-letters.ndjson";  // absolute after loading
  std::uint64_t bytes = 1ull << 30;
};

struct SecretOptions {
  std::filesystem::path files;  // folder of `secret:NAME`, absolute after loading; empty: there is none
};

struct RuntimeOptions {
  std::chrono::nanoseconds shutdown = std::chrono::seconds(10);
  std::filesystem::path state_dir = "hark-state";  // absolute after loading
  // The host's own in it: names that no instance can have.
  std::filesystem::path spools() const { return state_dir / ".spool"; }
  std::filesystem::path plugin_copies() const { return state_dir / ".plugins"; }
  std::filesystem::path crashes() const { return state_dir / ".crashes"; }
};

struct Config {
  std::filesystem::path file;                 // as given
  std::filesystem::path dir;                  // absolute; relative paths in the file start here
  std::vector<SourceConfig> sources;          // in file order
  std::vector<SubscriberConfig> subscribers;  // in file order
  RuntimeOptions runtime;
  DeadLetterOptions dead_letters;
  Guards guards;
  Located<std::filesystem::path> plugin_dir{"plugins", {}};  // absolute after loading; need not exist
  // What becomes of a library in plugin_dir that no instance names: a subscriber like this one, named after its file.
  // Absent: nothing.
  std::optional<SubscriberConfig> autoload;
  SecretOptions secrets;
};

struct Diagnostic {
  enum class Severity : std::uint8_t { error, warning } severity = Severity::error;
  Place place;
  std::string message;  // "unknown key `timout` in [subscribers.thumbs]"
  std::string help;     // "did you mean `timeout`?"; may be empty
};

// The problems of one file, and its text, to show the lines they stand on.
class Report {
 public:
  Report() = default;
  Report(std::string file, std::string text);

  void error(Place place, std::string message, std::string help = {});
  void warning(Place place, std::string message, std::string help = {});

  bool ok() const;  // no error (warnings are fine)
  const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }

  // By place; as told in docs/config.md: "FILE:L:C: error: MESSAGE", the line, a caret line with the help.
  std::string render(bool colour) const;

 private:
  void add(Diagnostic diagnostic);

  std::string file_, text_;
  std::vector<Diagnostic> diagnostics_;  // by place, each once; at most 200, the rest is counted
  std::size_t errors_ = 0, untold_ = 0;
};

struct Loaded {
  Config config;
  Report report;  // config is usable only when report.ok()
};

// Reads and checks a file. Never throws; a file that cannot be read is a diagnostic without a place.
Loaded load(const std::filesystem::path& file);

// The same from memory; file names it in messages, its folder is where relative paths start.
Loaded parse(const std::string& text, const std::filesystem::path& file);

// Options that come from no file, as one JSON object.
core::Result<PluginOptions> options_of_json(const std::string& text);

// Checks options against the plugin's JSON Schema (the draft-07 subset of docs/plugin-options.md). A schema that is
// itself broken or outside the subset is an error too, blamed on the plugin.
void check_options(const InstanceConfig& instance, const char* schema, Report& report);

// 1 to 64 of A-Z a-z 0-9 _ -, and not `hark`, which stands for the host itself.
bool is_instance_name(std::string_view name);

// The nearest of candidates to a misspelled word, or empty when none is near: at most a third of its letters off
// (Damerau-Levenshtein; case and `-` for `_` do not count).
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace hark::config
