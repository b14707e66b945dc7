// What is remembered of plugins from one run to the next, in a small text file of the state folder: which ended a host,
// and which the operator has disabled.
//
//   demoted   it ended a host: its code is kept out of this process, as long as the file has the same SHA-256
//   pardoned  it did, and `hark plugin enable` let it back in
//   disabled  `hark plugin disable`: not loaded at all, whatever the file is
//
// Plugins go by the name of their file: audit.so is `audit`. Control plane only; several processes may write.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace hark::host {

struct BlameEntry {
  enum class State : std::uint8_t { demoted, pardoned, disabled } state = State::demoted;
  std::string name{};
  std::string when{};  // RFC 3339
  // Not of disabled ones:
  std::string version{};
  std::string sha256{};
  std::uint64_t size = 0;  // of the file: only one of the same size is hashed to compare
  std::string why{};       // "SIGSEGV while handling event X of type `T`"
};

// The plugin's name: of the file as it was found, not of a copy.
std::string plugin_name(const std::filesystem::path& file);

class Blame {
 public:
  static std::filesystem::path file_in(const std::filesystem::path& state_dir) { return state_dir / "blamed.txt"; }

  // A file that is missing holds nothing; lines that nobody understands are left out.
  static Blame read(const std::filesystem::path& file);
  // Reads, changes and replaces the file, with nobody else in between.
  static core::Result<void> change(const std::filesystem::path& file,
                                   const std::function<void(std::vector<BlameEntry>&)>& how);

  // nullptr: no such entry. demoted(): of this very content.
  const BlameEntry* demoted(const std::filesystem::path& library) const;
  const BlameEntry* disabled(std::string_view name) const;
  const BlameEntry* ever_blamed(std::string_view name) const;  // demoted or pardoned, whatever its content

  const std::vector<BlameEntry>& entries() const { return entries_; }

 private:
  std::vector<BlameEntry> entries_;
};

// The entry for a library that ended a host just now; fails when the file cannot be read.
core::Result<BlameEntry> blame_for(const std::filesystem::path& library, std::string_view name,
                                   std::string_view version, std::string why);

}  // namespace hark::host
