// Which file is it, whatever its name: device and inode, and how it begins.
#pragma once

#include <sys/stat.h>

#include <compare>
#include <cstdint>

namespace hark::file_source {

struct FileId {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  auto operator<=>(const FileId&) const = default;
};

inline FileId id_of(const struct stat& status) { return {status.st_dev, status.st_ino}; }

// The first bytes of a file, as their length and FNV-1a hash. Inodes are used again, and a file that was truncated can
// be longer than before when one looks: then it begins differently, unless its lines all begin alike for 256 bytes.
struct Fingerprint {
  static constexpr std::uint32_t most = 256;

  std::uint32_t length = 0;
  std::uint64_t hash = 0;

  // Whether the file still begins so, as far as it can be read. Takes in what came since, up to `most`.
  bool matches(int fd);
};

}  // namespace hark::file_source
