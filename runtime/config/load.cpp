#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "config/instances.h"
#include "config/limits.h"
#include "config/policy.h"
#include "config/units.h"

namespace hark::config {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr Advice later_tables[] = {
    {"journal", "leave it out; events are kept in memory only"},
    {"schemas", "leave it out; a plugin's typed events are checked where it handles them"},
    {"admin", "leave it out; the ledger is printed at exit"},
    {"tests", "leave it out"}};

// Relative paths start at base. The folder need not exist.
fs::path absolute_from(const fs::path& base, const std::string& path) { return (base / path).lexically_normal(); }

void read_runtime(TableReader& root, Config& config) {
  std::string state_dir = config.runtime.state_dir.string(), dead_letters = config.dead_letters.path.string();
  std::string plugins = config.plugin_dir.value.string();
  if (auto table = root.table("runtime")) {
    table->duration("shutdown", config.runtime.shutdown, 0s, longest_duration);
    table->text("state_dir", state_dir);
    table->done();
  }
  if (auto table = root.table("dead_letters")) {
    table->text("path", dead_letters);
    table->size("bytes", config.dead_letters.bytes, 1u << 10, 16ull << 40);
    table->done();
  }
  if (auto table = root.table("plugins")) {
    if (const auto place = table->text("dir", plugins)) config.plugin_dir.place = *place;
    bool autoload = false;
    if (const auto place = table->boolean("autoload", autoload); place && autoload) {
      config.autoload.emplace();
      config.autoload->place = config.autoload->plugin.place = config.autoload->options.place = *place;
    }
    table->done();
  }
  if (auto table = root.table("secrets")) {
    std::string files;
    if (table->text("files", files)) config.secrets.files = absolute_from(config.dir, files);
    table->done();
  }
  config.runtime.state_dir = absolute_from(config.dir, state_dir);
  config.dead_letters.path = absolute_from(config.runtime.state_dir, dead_letters);
  config.plugin_dir.value = absolute_from(config.dir, plugins);
}

// Answers where max_event was given.
Place read_guards(TableReader& root, Guards& guards) {
  Place max_event;
  if (auto table = root.table("guards")) {
    table->integer("max_hops", guards.max_hops, 1, 1000);
    if (const auto place = table->size("max_event", guards.max_event, 64u << 10, 1ull << 30)) max_event = *place;
    table->done();
  }
  return max_event;
}

void read_file(const toml::table& toml, Loaded& loaded) {
  TableReader root(toml, "", loaded.report);
  read_runtime(root, loaded.config);
  const Place max_event = read_guards(root, loaded.config.guards);
  read_instances(root, loaded.config, max_event);
  root.later(later_tables);
  root.done();
}

// Text of at most max_file_bytes + 1 bytes, or errno. A pipe is fine (`hark run <(generate)`).
std::expected<std::string, int> read_text(const fs::path& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::unexpected(errno);
  std::string text;
  int error = 0;
  char buffer[16384];
  while (text.size() <= max_file_bytes) {
    const ssize_t n = ::read(fd, buffer, std::min(sizeof buffer, max_file_bytes + 1 - text.size()));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) error = errno;
    if (n <= 0) break;
    text.append(buffer, static_cast<std::size_t>(n));
  }
  ::close(fd);
  if (error != 0) return std::unexpected(error);
  return text;
}

std::string quoted_reason(int error) {
  if (error == EISDIR) return "is a directory, not a config file";
  if (error == ENOENT) return "no such file";
  return std::string("cannot be read: ") + std::strerror(error);
}

}  // namespace

Loaded load(const fs::path& file) {
  auto text = read_text(file);
  if (text) return parse(*text, file);
  Loaded loaded;
  loaded.config.file = file;
  loaded.report = Report(file.string(), "");
  loaded.report.error({}, quoted_reason(text.error()));
  return loaded;
}

Loaded parse(const std::string& text, const fs::path& file) {
  Loaded loaded;
  loaded.config.file = file;
  std::error_code ignored;  // only getcwd can fail, and then a relative path is the best there is
  loaded.config.dir = fs::absolute(file, ignored).parent_path().lexically_normal();
  if (text.size() > max_file_bytes) {
    loaded.report = Report(file.string(), "");
    loaded.report.error({}, "larger than " + format_size(max_file_bytes) + ", the limit of a config file");
    return loaded;
  }
  std::optional<Diagnostic> beyond = check_utf8(text);
  if (!beyond) beyond = check_shape(text);
  loaded.report = Report(file.string(), text);
  if (beyond) {
    loaded.report.error(beyond->place, beyond->message, beyond->help);
    return loaded;
  }
  const toml::parse_result parsed = toml::parse(text, std::string_view{});
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    loaded.report.error(place_of(error.source()), "syntax: " + std::string(error.description()));
    return loaded;
  }
  if (parsed.table().empty()) {
    loaded.report.error({}, "the file is empty",
                        "start with [sources.in] plugin = \"stdin\" and [subscribers.out] plugin = \"print\"");
    return loaded;
  }
  read_file(parsed.table(), loaded);
  return loaded;
}

}  // namespace hark::config
