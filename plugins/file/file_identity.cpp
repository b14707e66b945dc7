#include "file_identity.h"

#include <unistd.h>

#include <array>
#include <span>

namespace hark::file_source {
namespace {

std::uint64_t fnv1a(std::span<const unsigned char> bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const unsigned char byte : bytes) hash = (hash ^ byte) * 0x100000001b3;
  return hash;
}

}  // namespace

bool Fingerprint::matches(int fd) {
  std::array<unsigned char, most> bytes;
  const ssize_t n = pread(fd, bytes.data(), bytes.size(), 0);
  if (n < 0) return true;
  if (n < static_cast<ssize_t>(length)) return false;
  const std::span<const unsigned char> head(bytes.data(), static_cast<std::size_t>(n));
  if (length != 0 && fnv1a(head.first(length)) != hash) return false;
  length = static_cast<std::uint32_t>(n);
  hash = fnv1a(head);
  return true;
}

}  // namespace hark::file_source
