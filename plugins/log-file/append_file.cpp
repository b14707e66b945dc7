#include "append_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <hark/sdk/result.hpp>
#include <system_error>
#include <utility>

#include "output/write_lines.h"

namespace hark::log_file {
namespace {

// Reading is for looking at the end of the file; without that right it goes on without looking. Without O_NONBLOCK the
// open itself would wait for the reader of a FIFO.
int open_for_append(const char* path) {
  constexpr int flags = O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  const int fd = open(path, O_RDWR | flags, 0640);
  return fd >= 0 || errno != EACCES ? fd : open(path, O_WRONLY | flags, 0640);
}

}  // namespace

AppendFile::AppendFile(std::string path) : path_(std::move(path)), fd_(open_for_append(path_.c_str())) {
  if (fd_ < 0) throw Reject("open \"" + path_ + "\" for appending: " + std::generic_category().message(errno));
  struct stat status{};
  const bool has_end = fstat(fd_, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0;
  char last = '\n';
  if (has_end && pread(fd_, &last, 1, status.st_size - 1) == 1) torn_ = last != '\n';
}

AppendFile::~AppendFile() { close(fd_); }

std::optional<AppendFile::Status> AppendFile::status() const {
  struct stat status{};
  if (fstat(fd_, &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  const auto since_1970 = std::chrono::seconds(status.st_mtim.tv_sec);
  return Status{static_cast<std::uint64_t>(status.st_size), std::chrono::system_clock::time_point(since_1970)};
}

bool AppendFile::is_named() const {
  struct stat ours{}, named{};
  return fstat(fd_, &ours) == 0 && stat(path_.c_str(), &named) == 0 && ours.st_dev == named.st_dev &&
         ours.st_ino == named.st_ino;
}

int AppendFile::sync() const {
  if (fdatasync(fd_) == 0 || errno == EINVAL || errno == EROFS) return 0;
  return errno;
}

AppendFile::Appended AppendFile::write(std::string_view lines) {
  if (torn_) {
    const output::Written line_break = output::write_all(fd_, "\n");
    if (line_break.error != 0) return {0, line_break.error};
    torn_ = false;
  }
  const output::Written done = output::write_all(fd_, lines);
  return {done.bytes, done.error};
}

void AppendFile::cut(std::string_view torn) {
  struct stat status{};
  torn_ = true;
  if (fstat(fd_, &status) != 0 || !S_ISREG(status.st_mode) || !ends_with(torn, status.st_size)) return;
  torn_ = ftruncate(fd_, status.st_size - static_cast<off_t>(torn.size())) != 0;
}

bool AppendFile::ends_with(std::string_view tail, long long size) const {
  std::string end(tail.size(), '\0');
  return size >= static_cast<long long>(tail.size()) &&
         pread(fd_, end.data(), end.size(), size - static_cast<long long>(tail.size())) ==
             static_cast<ssize_t>(end.size()) &&
         end == tail;
}

}  // namespace hark::log_file
