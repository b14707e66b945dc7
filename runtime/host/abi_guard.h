// Whether a library may be loaded, and into which process, judged by what its file says, before any code of it runs.
//
// A pure function; called by the loader on the control plane. The tiers: docs/isolation.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/elf_image.h"

namespace hark::host {

// automatic: a process of its own where what the file says asks for one, in this process else.
enum class Isolation : std::uint8_t { automatic, thread, process };

struct Verdict {
  bool accepted = true;
  std::string reason, remedy;         // of a refusal: "needs plugin ABI 2, this host has 1.0" and what to do about it
  std::vector<std::string> warnings;  // of an accepted one
  std::string process_because;        // of an accepted one that is to have a process of its own: why

  std::string text() const { return reason + "; " + remedy; }
};

Verdict judge(const ElfFacts& facts, Isolation requested);

}  // namespace hark::host
