#include "host/abi_guard.h"

#include <hark/plugin.h>

#include <utility>

namespace hark::host {
namespace {

Verdict refuse(std::string reason, std::string remedy) {
  return {.accepted = false, .reason = std::move(reason), .remedy = std::move(remedy), .warnings = {}};
}

std::string version(unsigned major, unsigned minor) { return std::to_string(major) + "." + std::to_string(minor); }

Verdict needs_process(std::string what, std::string otherwise) {
  return refuse(std::move(what) + ", so it needs a process of its own; not in this version", std::move(otherwise));
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
  if ((note.caps & HARK_CAP_NEEDS_PROC) != 0) {
    return needs_process("it declares HARK_CAP_NEEDS_PROC",
                         "leave it out, or use a build that runs within the host's process");
  }
  if (facts.go_runtime) {
    return needs_process("it carries a Go runtime, which takes the host's signals and cannot be stopped",
                         "leave it out, or use a build in C, C++, Rust or Zig");
  }
  if (facts.private_cxx_runtime) {
    return needs_process("it carries a C++ runtime of its own, whose exceptions nobody else can catch",
                         "link it without -static-libgcc and -static-libstdc++");
  }
  Verdict verdict;
  if ((note.flags & HARK_NOTE_FENCED) == 0) {
    std::string warning = "not fenced: an exception or panic that leaves one of its functions may end the host; ";
    warning += requested == Isolation::automatic
                   ? "it is loaded all the same, as this version has no processes for plugins yet; "
                   : "it is loaded because isolation = \"thread\" says so; ";
    verdict.warnings.push_back(warning + "build it with an SDK that fences, or fence it and set HARK_NOTE_FENCED");
  }
  return verdict;
}

}  // namespace hark::host
