#include "gzip_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <memory>
#include <system_error>
#include <vector>

namespace hark::log_file {
namespace {

struct Close {
  void operator()(const int* fd) const {
    ::close(*fd);
    delete fd;
  }
};
using Fd = std::unique_ptr<const int, Close>;

Fd own(int fd) { return fd < 0 ? Fd() : Fd(new int(fd)); }

enum class Copied { all, stopped, failed };  // failed: errno

Copied copy(int from, gzFile to, const std::atomic<bool>& stopping) {
  std::vector<char> bytes(256 * 1024);
  for (;;) {
    if (stopping) return Copied::stopped;
    const ssize_t n = read(from, bytes.data(), bytes.size());
    if (n == 0) return Copied::all;
    if (n < 0 && errno == EINTR) continue;
    errno = n < 0 ? errno : 0;
    if (n < 0 || gzwrite(to, bytes.data(), static_cast<unsigned>(n)) != n) {
      if (errno == 0) errno = EIO;
      return Copied::failed;
    }
  }
}

// Into `out`, which stays open, so that it can be synced.
Copied compress(int in, int out, const std::atomic<bool>& stopping) {
  const int own_of_zlib = fcntl(out, F_DUPFD_CLOEXEC, 0);
  const gzFile stream = own_of_zlib < 0 ? nullptr : gzdopen(own_of_zlib, "wb");
  if (stream == nullptr) {
    if (own_of_zlib >= 0) ::close(own_of_zlib);
    return Copied::failed;
  }
  const Copied copied = copy(in, stream, stopping);
  const int error = errno;
  errno = 0;
  if (gzclose(stream) != Z_OK && copied == Copied::all) {
    if (errno == 0) errno = EIO;
    return Copied::failed;
  }
  errno = error;
  return copied;
}

}  // namespace

std::string gzip_file(const std::string& path, const std::atomic<bool>& stopping) {
  const std::string whole = path + gzip_suffix, unfinished = path + gzip_unfinished;
  const auto failed = [&](const char* what, const std::string& file) {
    std::string text = std::string(what) + " \"" + file + "\": " + std::generic_category().message(errno);
    unlink(unfinished.c_str());
    return text;
  };
  const Fd in = own(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat before{}, after{};
  if (!in || fstat(*in, &before) != 0) return failed("read", path);
  const Fd out = own(open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, before.st_mode & 0777));
  if (!out) return failed("make", unfinished);
  switch (compress(*in, *out, stopping)) {
    case Copied::stopped: unlink(unfinished.c_str()); return {};
    case Copied::failed: return failed("compress", path);
    case Copied::all: break;
  }
  if (fdatasync(*out) != 0) return failed("sync", unfinished);
  // Somebody else still writes to it: what came since would be lost. The next time, perhaps.
  if (fstat(*in, &after) != 0 || after.st_size != before.st_size) {
    unlink(unfinished.c_str());
    return {};
  }
  if (rename(unfinished.c_str(), whole.c_str()) != 0) return failed("rename", unfinished);
  if (unlink(path.c_str()) != 0) return failed("remove", path);
  return {};
}

}  // namespace hark::log_file
