// What `hark plugin check` prints: aligned rows, and what they warn of.
#pragma once

#include <string>
#include <vector>

#include "host/elf_exports.h"
#include "host/trial.h"

namespace hark::cli {

// "  name         text", further lines below the text. Rows go to standard output as they are known: what comes later
// may fail.
class PluginSheet {
 public:
  void row(const std::string& name, const std::string& text);
  void warn(const std::string& text);  // a row, and counted
  std::size_t warnings() const { return warnings_; }

  void file(const host::ElfFacts& facts, const std::vector<host::Export>& exports);
  void isolation(const host::ElfFacts& facts);
  void description(const host::Description& description, std::uint32_t caps);
  void schema(const std::string& schema);
  void trial(const host::Trial& trial);

 private:
  void left_row(const char* name, std::int64_t by_first, std::int64_t by_measured, const char* each);
  std::size_t warnings_ = 0;
};

}  // namespace hark::cli
