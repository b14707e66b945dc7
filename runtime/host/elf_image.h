// What an ELF file says about itself, read without loading it: dlopen would run its constructors before any check
// could.
//
// Called by the loader on the control plane; the file may be hostile, cut off, or change while it is read. Nothing is
// mapped (a file cut short under a mapping is a SIGBUS): every read is a pread whose bounds were checked.
#pragma once

#include <hark/plugin.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"

namespace hark::host {

inline constexpr std::uint64_t max_library_bytes = 1ull << 30;

struct ElfFacts {
  std::uint64_t size = 0;           // of the file, bytes
  std::optional<hark_note> note;    // id and version end in NUL, id is not empty, both are clean text
  std::vector<std::string> needed;  // DT_NEEDED, in order
  std::string build_id;             // GNU build id, lower-case hexadecimal; may be empty
  bool go_runtime = false;          // a Go build id or .go.buildinfo
  // Catches C++ exceptions (.gcc_except_table) without the shared libstdc++ or libgcc_s: what it throws, the host's
  // fence cannot catch. Unknown, and so false, for a file whose section table was cut away on purpose.
  bool private_cxx_runtime = false;
};

// Fails for what is no whole shared library for this machine, and for a damaged Hark note; the text says what is wrong
// and what to do, and leaves out the path, which the caller knows. That there is no note is a fact, not a failure.
core::Result<ElfFacts> read_elf(const std::filesystem::path& file);

// The same of an open file, whose position is left alone.
core::Result<ElfFacts> read_elf(int fd);

}  // namespace hark::host
