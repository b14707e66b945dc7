// A fresh folder with a configuration and plugins in it, and the real `hark` running there.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "events.h"
#include "ledger.h"
#include "process.h"

namespace hark::e2e {

namespace fs = std::filesystem;

// What most configurations begin with. Waits are short: tests of failures are many. What is left at the end is
// dead-lettered, where a test can look at it; the default, the spool, has tests of its own.
inline constexpr std::string_view from_stdin = R"(
[sources.in]
plugin = "stdin"
[defaults]
retry = { attempts = 3, base = "1ms", max = "5ms" }
queue = { when_full = "block" }
)";
inline constexpr std::string_view to_out_file = R"(
[subscribers.out]
plugin = "log-file"
options = { path = "out.ndjson" }
)";
// The host's own events, for tests that ask whether something was published.
inline constexpr std::string_view to_host_file = R"(
[subscribers.host_events]
plugin = "log-file"
on = "hark.**"
options = { path = "host.ndjson" }
)";

// As much as is there when it begins: the file of a running host grows faster than it can be read.
std::string read_text(const fs::path& file);
std::uintmax_t size_of(const fs::path& file);  // 0: not there
void write_text(const fs::path& file, std::string_view text);
std::size_t count_of(std::string_view text, std::string_view what);
// "{"type":"T","n":0}\n" and so on, n from 0.
std::string numbered(std::string_view type, int count);

class Workspace {
 public:
  Workspace();
  ~Workspace();
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  fs::path path(const std::string& name) const { return folder_ / name; }
  // Copies a plugin of the zoo into plugins/, where configurations find it by its name; answers the copy.
  fs::path plugin(const std::string& name, const std::string& as = {}) const;
  // Writes hark.toml, and copies those plugins of the zoo that it names.
  void config(std::string_view a, std::string_view b = {}, std::string_view c = {}, std::string_view d = {}) const;

  Launch launch(std::vector<std::string> arguments) const;
  Ended hark(std::vector<std::string> arguments, std::string_view input = {}) const;
  // `hark run hark.toml` with all of input, to its end.
  Ended run(std::string_view input = {}) const { return hark({"run", "hark.toml"}, input); }

  std::vector<Event> events(const std::string& file) const { return read_events(path(file)); }
  std::vector<Event> dead_letters() const { return events("hark-state/dead-letters.ndjson"); }
  std::vector<std::string> lines(const std::string& file) const;

 private:
  fs::path folder_;
};

// Exit status 0 and a ledger that balances: the end of every test in which the host is to do well.
void check_ended_well(const Ended& ended);

}  // namespace hark::e2e
