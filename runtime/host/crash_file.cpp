#include "host/crash_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <string>

#include "host/exit_guard.h"

namespace hark::host {
namespace {

// The record, then the path of the cells.
constexpr off_t cells_at = 16384;
static_assert(sizeof(CrashRecord) <= static_cast<std::size_t>(cells_at));

std::string because(const std::string& doing) { return doing + ": " + std::strerror(errno); }

// Until it is locked another host may take it for one of the dead, and remove it: then the next one.
int make_locked(std::string& name) {
  const std::string pattern = name;
  for (;;) {
    name = pattern;
    const int fd = mkostemp(name.data(), O_CLOEXEC);
    if (fd < 0) return fd;
    struct stat status{};
    if (flock(fd, LOCK_EX) != 0 || fstat(fd, &status) != 0 || status.st_nlink != 0) return fd;
    ::close(fd);
  }
}

Death read_death(int fd) {
  Death death;
  CrashRecord record;
  if (pread(fd, &record, sizeof record, 0) == static_cast<ssize_t>(sizeof record) &&
      record.magic == CrashRecord::right_magic) {
    death.record = record;
  }
  std::array<char, 4096> path{};
  if (pread(fd, path.data(), path.size() - 1, cells_at) <= 0 || path[0] == '\0') return death;
  if (auto calls = bus::CellFile::read(path.data())) {
    if (!death.record) death.calls = std::move(*calls);
    ::unlink(path.data());
  }
  return death;
}

}  // namespace

core::Result<std::unique_ptr<CrashFile>> CrashFile::make(const std::filesystem::path& folder) {
  rlimit most{};
  if (getrlimit(RLIMIT_FSIZE, &most) == 0 && most.rlim_cur < static_cast<rlim_t>(cells_at) + PATH_MAX)
    return core::fail("files may not be as long");  // trying would be answered by SIGXFSZ
  std::error_code failed;
  const bool made_parent = std::filesystem::create_directories(folder.parent_path(), failed);
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return core::fail(because("make " + folder.string()));
  std::string name = (folder / "host.XXXXXX").string();
  const int fd = make_locked(name);
  if (fd < 0) return core::fail(because("make " + name));
  std::unique_ptr<CrashFile> file(new CrashFile(name, fd));
  file->made_parent_ = made_parent;
  if (const int full = posix_fallocate(fd, 0, sizeof(CrashRecord)); full != 0)
    return core::fail("write " + name + ": " + std::strerror(full));
  if (auto cells = bus::CellFile::make()) {
    file->cells_ = std::move(*cells);
    const std::string& path = file->cells_->path().native();
    if (pwrite(fd, path.c_str(), path.size() + 1, cells_at) < 0) return core::fail(because("write " + name));
  }
  return file;
}

void CrashFile::remove() {
  if (removed_) return;
  removed_ = true;
  if (cells_) ::unlink(cells_->path().c_str());
  ::unlink(path_.c_str());
  const std::filesystem::path folder = path_.parent_path();
  if (::rmdir(folder.c_str()) == 0 && made_parent_) ::rmdir(folder.parent_path().c_str());
}

// A record makes the cells obsolete.
void CrashFile::begin_recording() {
  record_ends_in(fd_, cells_ ? cells_->path().c_str() : nullptr);
  recording_ = true;
}

CrashFile::~CrashFile() {
  if (recording_) record_ends_in(-1, nullptr);
  remove();
  ::close(fd_);
}

std::vector<Death> take_deaths(const std::filesystem::path& folder) {
  std::vector<Death> deaths;
  std::error_code failed;
  for (std::filesystem::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed)) {
    const std::filesystem::path& path = it->path();
    if (!path.filename().string().starts_with("host.")) continue;
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat status{};
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &status) == 0 && status.st_nlink != 0) {
      // Empty: its host was just being started, or did not get so far.
      if (status.st_size != 0) deaths.push_back(read_death(fd));
      ::unlink(path.c_str());
    }
    if (fd >= 0) ::close(fd);
  }
  return deaths;
}

}  // namespace hark::host
