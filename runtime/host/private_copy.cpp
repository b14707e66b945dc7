#include "host/private_copy.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>

namespace hark::host {
namespace {

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

std::string because(const std::string& doing) { return doing + ": " + std::strerror(errno); }

std::string identity(const struct stat& s) {
  char text[128];
  std::snprintf(text, sizeof text, "%lx-%lx-%lx-%lx.%lx-%lx.%lx", s.st_dev, s.st_ino,
                static_cast<unsigned long>(s.st_size), static_cast<unsigned long>(s.st_mtim.tv_sec),
                static_cast<unsigned long>(s.st_mtim.tv_nsec), static_cast<unsigned long>(s.st_ctim.tv_sec),
                static_cast<unsigned long>(s.st_ctim.tv_nsec));
  return text;
}

core::Result<void> copy_bytes(int from, int to, off_t size) {
  for (off_t left = size; left > 0;) {
    const ssize_t n = sendfile(to, from, nullptr, static_cast<std::size_t>(left));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return core::fail(because("copy"));
    if (n == 0)
      return core::fail("the file became shorter while it was copied; put it there by renaming, not by writing");
    left -= n;
  }
  return {};
}

// A copy that is whole and cannot be pruned any more, or nothing.
std::optional<PrivateCopy> reuse(const std::filesystem::path& path, off_t size) {
  PrivateCopy copy(path, ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat have{};
  if (copy.fd() < 0) return std::nullopt;
  flock(copy.fd(), LOCK_SH);  // waits for one that is just removing it; without locks (some NFS) nobody removes
  if (fstat(copy.fd(), &have) != 0 || have.st_nlink == 0 || have.st_size != size) return std::nullopt;
  return copy;
}

// A new file that nobody prunes: `name` ends in XXXXXX, which is filled in. Negative: errno says why.
int make_locked(std::string& name) {
  const std::string pattern = name;
  for (;;) {
    name = pattern;
    const int fd = mkostemp(name.data(), O_CLOEXEC);
    if (fd < 0) return fd;
    // Until it is locked another host may take it for a remnant, and remove it: then the next one.
    struct stat status{};
    if (flock(fd, LOCK_SH) != 0 || fstat(fd, &status) != 0 || status.st_nlink != 0) return fd;
    ::close(fd);
  }
}

core::Result<PrivateCopy> make(int from, const struct stat& before, const std::filesystem::path& path) {
  std::string temporary = path.string() + ".XXXXXX";
  const int to = make_locked(temporary);
  if (to < 0) return core::fail(because("write " + temporary));
  PrivateCopy copy(path, to);
  auto copied = lseek(from, 0, SEEK_SET) == 0 ? copy_bytes(from, to, before.st_size) : core::fail(because("read"));
  struct stat after{};
  if (copied && (fstat(from, &after) != 0 || identity(after) != identity(before)))
    copied = core::fail("the file changed while it was copied; put it there by renaming, not by writing");
  if (copied && ::rename(temporary.c_str(), path.c_str()) != 0) copied = core::fail(because("write " + path.string()));
  if (copied) return copy;
  ::unlink(temporary.c_str());
  return std::unexpected(copied.error());
}

bool is_copy_or_remnant(const std::string& name) { return name.find(".so") != std::string::npos; }

}  // namespace

PrivateCopy::~PrivateCopy() {
  if (fd_ >= 0) ::close(fd_);
}

core::Result<PrivateCopy> private_copy(const std::filesystem::path& file, const std::filesystem::path& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder.parent_path(), failed);
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return core::fail(because("make " + folder.string()));
  const Fd from(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat before{};
  if (from.get() < 0 || fstat(from.get(), &before) != 0) return core::fail(because("open " + file.string()));

  const std::filesystem::path path = folder / (file.stem().string() + "-" + identity(before) + ".so");
  if (auto copy = reuse(path, before.st_size)) return std::move(*copy);
  return make(from.get(), before, path);
}

void prune_copies(const std::filesystem::path& folder) {
  std::error_code failed;
  for (std::filesystem::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed)) {
    const std::filesystem::path& path = it->path();
    if (!is_copy_or_remnant(path.filename().string())) continue;
    std::error_code ignored;
    if (path.extension() == ".probed") {
      if (!std::filesystem::exists(path.parent_path() / path.stem(), ignored)) ::unlink(path.c_str());
      continue;
    }
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (fd.get() < 0 || flock(fd.get(), LOCK_EX | LOCK_NB) != 0) continue;
    ::unlink((path.string() + ".probed").c_str());  // first: a copy that is gone must not be remembered as tried
    ::unlink(path.c_str());
  }
}

}  // namespace hark::host
