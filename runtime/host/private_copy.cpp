#include "host/private_copy.h"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
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

}  // namespace

core::Result<std::filesystem::path> private_copy(const std::filesystem::path& file,
                                                 const std::filesystem::path& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder.parent_path(), failed);
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return core::fail(because("make " + folder.string()));
  const Fd from(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat before{};
  if (from.get() < 0 || fstat(from.get(), &before) != 0) return core::fail(because("open " + file.string()));

  std::filesystem::path copy = folder / (file.stem().string() + "-" + identity(before) + ".so");
  struct stat have{};
  if (::stat(copy.c_str(), &have) == 0 && have.st_size == before.st_size) return copy;

  const std::filesystem::path temporary = copy.string() + "." + std::to_string(getpid());
  const Fd to(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (to.get() < 0) return core::fail(because("write " + temporary.string()));
  auto copied = copy_bytes(from.get(), to.get(), before.st_size);
  struct stat after{};
  if (copied && (fstat(from.get(), &after) != 0 || identity(after) != identity(before))) {
    copied = core::fail("the file changed while it was copied; put it there by renaming, not by writing");
  }
  if (copied && ::rename(temporary.c_str(), copy.c_str()) != 0) copied = core::fail(because("write " + copy.string()));
  if (!copied) {
    ::unlink(temporary.c_str());
    return std::unexpected(copied.error());
  }
  return copy;
}

}  // namespace hark::host
