// The symbols that a library gives to others, read from its file.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/error.h"

namespace hark::host {

struct Export {
  std::string name;
  bool unique = false;  // STB_GNU_UNIQUE: a library that has one is never unloaded
};

// In the table's order. Empty also for a file whose section table was cut away. For people, not for verdicts.
core::Result<std::vector<Export>> read_exports(const std::filesystem::path& file);

}  // namespace hark::host
