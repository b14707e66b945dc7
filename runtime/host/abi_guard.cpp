#include "host/abi_guard.h"

#include <hark/plugin.h>

#include <utility>

namespace hark::host {
namespace {

Verdict refuse(std::string reason, std::string remedy) {
  return {.accepted = false,
          .reason = std::move(reason),
          .remedy = std::move(remedy),
          .warnings = {},
          .process_because = {}};
}

std::string version(unsigned major, unsigned minor) { return std::to_string(major) + "." + std::to_string(minor); }

// Why it cannot be in the host's process; empty: it can.
std::string needs_process(const ElfFacts& facts) {
  if ((facts.note->caps & HARK_CAP_NEEDS_PROC) != 0) return "it declares HARK_CAP_NEEDS_PROC";
  if (facts.go_runtime) return "it carries a Go runtime, which takes the host's signals and cannot be stopped";
  if (facts.private_cxx_runtime) {
    return "it carries a C++ runtime of its own, whose exceptions nobody else can catch";
  }
  return {};
}

}  // namespace

Verdict judge(const ElfFacts& facts, Isolation requested) {
  if (!facts.note) {
    return refuse("no Hark note: not a Hark plugin, or built without HARK_PLUGIN or HARK_DECLARE_NOTE",
                  "build it with hark_add_plugin(), or name another file");
  }
  const hark_note& note = *facts.note;
  const std::string host_abi = version(HARK_ABI_MAJOR, HARK_ABI_MINOR);
  if (note.abi_major != HARK_ABI_MAJOR) {
    return refuse("needs plugin ABI " + std::to_string(note.abi_major) + ", this host has " + host_abi,
                  note.abi_major > HARK_ABI_MAJOR ? "upgrade hark or use a build for ABI " + host_abi
                                                  : "rebuild the plugin against this host's hark/plugin.h");
  }
  if (note.min_host_minor > HARK_ABI_MINOR) {
    return refuse(
        "needs plugin ABI " + version(note.abi_major, note.min_host_minor) + " or newer, this host has " + host_abi,
        "upgrade hark or use a build for ABI " + host_abi);
  }
  const std::string needed = needs_process(facts);
  if (!needed.empty() && requested == Isolation::thread) {
    return refuse(needed + ", so it needs a process of its own", "leave out isolation = \"thread\"");
  }
  Verdict verdict;
  const bool fenced = (note.flags & HARK_NOTE_FENCED) != 0;
  if (!needed.empty()) {
    verdict.process_because = needed;
  } else if (requested == Isolation::process) {
    verdict.process_because = "isolation = \"process\" says so";
  } else if (!fenced && requested == Isolation::automatic) {
    verdict.process_because =
        "it is not fenced: what leaves one of its functions as an exception or panic would end the host";
  } else if (!fenced) {
    verdict.warnings.emplace_back(
        "not fenced: an exception or panic that leaves one of its functions may end the host; it is loaded because "
        "isolation = \"thread\" says so; build it with an SDK that fences, or fence it and set HARK_NOTE_FENCED");
  }
  return verdict;
}

}  // namespace hark::host
