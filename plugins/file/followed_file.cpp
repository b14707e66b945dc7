#include "followed_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <system_error>

namespace hark::file_source {

std::optional<FollowedFile> open_file(const std::string& path, std::string& why) {
  FollowedFile file;
  // Without O_NONBLOCK the open of a FIFO would wait.
  file.fd = Descriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat status{};
  if (!file.fd || fstat(file.fd.get(), &status) != 0) {
    why = std::generic_category().message(errno);
    return std::nullopt;
  }
  if (!S_ISREG(status.st_mode)) {
    why = "not a regular file";
    return std::nullopt;
  }
  file.path = file.origin = path;
  file.id = id_of(status);
  return file;
}

std::uint64_t begin_of_last_line(int fd) {
  constexpr off_t near = 64 * 1024;
  struct stat status{};
  if (fstat(fd, &status) != 0) return 0;
  const off_t from = std::max<off_t>(0, status.st_size - near);
  std::string end(static_cast<std::size_t>(status.st_size - from), '\0');
  const ssize_t n = pread(fd, end.data(), end.size(), from);
  const std::size_t line_break =
      std::string_view(end.data(), static_cast<std::size_t>(std::max<ssize_t>(n, 0))).rfind('\n');
  if (line_break != std::string_view::npos) return static_cast<std::uint64_t>(from) + line_break + 1;
  return from == 0 ? 0 : static_cast<std::uint64_t>(status.st_size);
}

std::string find_renamed(const Position& position) {
  const std::size_t slash = position.path.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : position.path.substr(0, slash + 1);
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(opendir(folder.empty() ? "." : folder.c_str()), closedir);
  if (!entries) return {};
  while (const dirent* const entry = readdir(entries.get())) {
    std::string path = folder + entry->d_name;
    struct stat status{};  // d_ino would do, but for overlay file systems
    if (lstat(path.c_str(), &status) != 0 || id_of(status) != position.id) continue;
    std::string why;
    auto file = open_file(path, why);
    Fingerprint head = position.head;
    if (file && file->id == position.id && head.matches(file->fd.get())) return path;
  }
  return {};
}

}  // namespace hark::file_source
