// One episode: the lives of some hosts, one after the other, with one folder.
#pragma once

#include <cstdint>
#include <filesystem>

#include "story.h"

namespace hark::stress {

// What was violated, on stderr. The exit status to end with.
int report(const Story& story);

// In a process of its own, which ends with it: a handler that hangs keeps its thread for ever.
[[noreturn]] void play(std::uint64_t seed, const std::filesystem::path& folder, Exercised& did);

}  // namespace hark::stress
