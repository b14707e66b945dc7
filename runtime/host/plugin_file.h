// From a file to a plugin's table of functions: the load sequence.
//
//   1 trust       the file and its folder belong to us, and nobody else may write them
//   2 ELF bounds  a whole shared library for this machine
//   3 note        what it is, for which ABI, fenced or not: read from the file
//   4 verdict     version, fence, capabilities, runtimes: refused or accepted, before any code of it runs
//   5 copy        a private copy is what gets loaded (not of a bundled file in a folder that only we may write): it
//   must
//                 have the SHA-256 that the config pins it to, and is judged again
//   6 probe       the copy is loaded in a child process: a constructor that throws or crashes ends that one
//   7 load        its constructors run here, all its symbols are bound
//   8 entry       hark_entry_v1: it may decline
//   9 agreement   what the module says agrees with the note, its tables are whole, it accepts this host
#pragma once

#include <hark/plugin.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "host/abi_guard.h"
#include "host/contained.h"
#include "host/elf_image.h"
#include "host/private_copy.h"

namespace hark::host {

struct PluginFile {
  std::filesystem::path path;  // as found, not the copy
  ElfFacts facts;
  const hark_plugin* table = nullptr;  // valid until the process ends; nullptr: only prepared
  std::vector<std::string> warnings;
  std::optional<PrivateCopy> copy;       // absent: loaded in place
  std::string process_because;           // why it is to have a process of its own; empty: it is not
  std::shared_ptr<Contained> contained;  // then: what its table belongs to

  const std::filesystem::path& loaded() const { return copy ? copy->path() : path; }
};

struct LoadOptions {
  Isolation isolation = Isolation::automatic;
  bool bundled = false;                  // in the folder that came with the host
  std::filesystem::path copies;          // where private copies go
  std::vector<std::string> sha256 = {};  // each must be the file's: 64 lower-case hexadecimal digits
};

// Steps 1 to 4: runs no code of the file.
struct Inspected {
  ElfFacts facts;
  Verdict verdict;  // accepted
};
core::Result<Inspected> inspect_plugin(const std::filesystem::path& file, Isolation isolation);

// Steps 1 to 6: no code of the file runs in this process. Forks, and so is called before the process has threads.
core::Result<PluginFile> prepare_plugin(const std::filesystem::path& file, const LoadOptions& options);

// Steps 7 to 9, for a library that may be in this process or that this process is for: the plugin's table, valid until
// the process ends.
core::Result<const hark_plugin*> enter_plugin(const PluginFile& prepared);

// All steps, but for one that is to have a process of its own, which is prepared only. The error says reason and remedy
// and leaves out the path. Forks: call it before the process has threads.
core::Result<PluginFile> load_plugin(const std::filesystem::path& file, const LoadOptions& options);

inline constexpr const char* host_version = HARK_VERSION;

}  // namespace hark::host
