// A plugin tried out: what its table says, and a host in small that creates, starts, stops and destroys it over and
// over, all in child processes.
//
// For `hark plugin check`. Forks: called before the process has threads.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/error.h"
#include "host/described_events.h"
#include "host/plugin_file.h"

namespace hark::host {

// The optional functions of a table.
inline constexpr std::uint32_t has_handle_batch = 1, has_on_timer = 2, has_outcome = 4, has_flush = 8,
                               has_reconfigure = 16;

// A plugin's table, as data.
struct Description {
  std::string id, name, version, vendor, license;  // the last two may be empty
  std::uint32_t caps = 0, functions = 0;           // HARK_CAP_*; has_*
  std::string schema;                              // of its options; empty: none
  std::uint32_t threads = 0, max_in_flight = 0, max_batch = 0;
  std::vector<std::string> subscribes, publishes;
  bool publishes_any = false;  // it has no list of what it publishes
  std::vector<DescribedEvent> events;
};

// Steps 7 to 9 of the load sequence, in a child. Fails with what the child died of.
core::Result<Description> describe_plugin(const PluginFile& prepared, std::chrono::milliseconds patience);

struct TrialOptions {
  std::string options_json = "{}";
  std::filesystem::path scratch;  // where it runs: its state_dir, and what the host writes
  std::chrono::milliseconds patience = std::chrono::seconds(10);  // for each call
};

struct Trial {
  static constexpr unsigned warm = 3, measured = 20;  // cycles

  std::string failure;  // empty: every cycle went well
  // What was there more after the first cycle than before it, and after the measured ones than before those. Heap:
  // bytes that malloc has given out, less what the host leaves after an empty plugin; of the measured cycles the median
  // of one. The host's own threads make that vary: less than heap_noise says nothing.
  static constexpr std::int64_t heap_noise = 256;
  struct Left {
    std::int64_t descriptors = 0, threads = 0, heap = 0;
  };
  Left by_first, by_measured;
  std::string open_files;          // some of those descriptors
  std::string unload;              // what dlclose() did, in words; empty: not tried
  std::vector<std::string> noted;  // what the host said about it, each once
  std::string said;  // its log in the first cycle, and the end of what it wrote to standard output and error
};

core::Result<Trial> try_plugin(const PluginFile& prepared, const TrialOptions& options);

}  // namespace hark::host
