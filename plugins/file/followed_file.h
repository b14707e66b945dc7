// One file that is being read.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "descriptor.h"
#include "file_identity.h"
#include "input/line_buffer.h"
#include "positions.h"

namespace hark::file_source {

struct FollowedFile {
  std::string path;    // where it was last seen
  std::string origin;  // where it was looked for: a newer file there waits until this one is read to its end
  Descriptor fd;
  FileId id;
  Fingerprint head;
  std::uint32_t number = 0;  // in the KeptWindow
  std::uint64_t start = 0;   // its offset as long as nothing of it is kept
  std::uint64_t next = 0;    // first byte that is not read
  int watch = -1;
  bool ready = true;                           // there may be something to read
  bool named = true;                           // some path that is looked for leads to it
  bool seen = true;                            // by the scan that is going on
  bool unreadable = false;                     // told
  bool closing = false;                        // its last line needs no line break any more
  std::int64_t quiet_since_ns = 0;             // it lost its name, or grew after that
  std::unique_ptr<input::LineBuffer> partial;  // only while it ends in a long line without an end

  Position position(std::uint64_t offset) const { return {id, head, offset, origin}; }
};

// Opens a regular file. Else nothing, and `why` says why not, for a person.
std::optional<FollowedFile> open_file(const std::string& path, std::string& why);

// Where the last line begins that has no end yet; the end of the file when there is none near.
std::uint64_t begin_of_last_line(int fd);

// The name that a file has now, in the folder in which it was last seen: it was renamed. Empty: none.
std::string find_renamed(const Position& position);

}  // namespace hark::file_source
