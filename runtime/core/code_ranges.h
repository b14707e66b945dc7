// Where in memory the code lies that frames of a stack can be told by: the host's own, and that of each loaded plugin.
//
// Grows only; read by signal handlers, so neither lock nor allocation on that side.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hark::core {

// All texts live for ever.
struct CodeRange {
  std::uintptr_t base = 0;            // what addresses in the file are added to
  std::uintptr_t begin = 0, end = 0;  // of what may be executed
  const char* file = "";              // that is loaded: for a plugin often a private copy
  // Of a plugin:
  const char* original = nullptr;  // the file as it was found; nullptr: the host's own code
  const char* plugin = "";         // its id
  const char* version = "";
};

inline constexpr std::size_t most_code_ranges = 512;

// Registers the library that an address lies in; texts are copied. What goes beyond the most is left out. Thread: any.
void add_code_of_host();
void add_code_of_plugin(const void* address_in_it, const char* original, const char* plugin, const char* version);

// Async-signal-safe. nullptr: code of nobody known.
const CodeRange* code_at(std::uintptr_t address);

}  // namespace hark::core
