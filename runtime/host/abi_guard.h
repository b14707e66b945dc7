// Whether a library may be loaded into this process, judged by what its file says, before any code of it runs.
//
// A pure function; called by the loader on the control plane. The tiers: docs/isolation.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/elf_image.h"

namespace hark::host {

// automatic: a process of its own where that is needed, in this process else. This version has no processes yet, so it
// is like thread.
enum class Isolation : std::uint8_t { automatic, thread };

struct Verdict {
  bool accepted = true;
  std::string reason, remedy;         // of a refusal: "needs plugin ABI 2, this host has 1.0" and what to do about it
  std::vector<std::string> warnings;  // of an accepted one

  std::string text() const { return reason + "; " + remedy; }
};

Verdict judge(const ElfFacts& facts, Isolation requested);

}  // namespace hark::host
