#include "host/file_hash.h"

#include <sha2.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace hark::host {

core::Result<std::string> sha256_of(int fd) {
  SHA2_CTX context;
  SHA256Init(&context);
  std::array<std::uint8_t, 65536> buffer;
  for (off_t at = 0;;) {
    const ssize_t n = pread(fd, buffer.data(), buffer.size(), at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return core::fail(std::string("cannot be read: ") + std::strerror(errno));
    if (n == 0) break;
    SHA256Update(&context, buffer.data(), static_cast<std::size_t>(n));
    at += n;
  }
  std::array<char, SHA256_DIGEST_STRING_LENGTH> text;
  return std::string(SHA256End(&context, text.data()));
}

}  // namespace hark::host
