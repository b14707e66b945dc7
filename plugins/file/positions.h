// What survives a restart: how far each file was read. The text is documented in docs/plugins.md.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "file_identity.h"

namespace hark::file_source {

struct Position {
  FileId id;
  Fingerprint head;
  std::uint64_t offset = 0;  // of the first byte that is not kept
  std::string path;          // where it was last seen
};

struct LoadedPositions {
  std::vector<Position> positions;
  std::string problem;  // for a person; empty: none. What could be read is there all the same
};

// A file that is not there is an empty list.
LoadedPositions load_positions(const std::string& file);

// All of them or none, even if the machine stops in the middle: written beside it, synced, renamed. Answers what went
// wrong, or an empty text.
std::string save_positions(const std::string& file, std::span<const Position> positions);

}  // namespace hark::file_source
