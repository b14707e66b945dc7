#include "watch.h"

#include <linux/magic.h>
#include <sys/inotify.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <map>
#include <system_error>

namespace hark::file_source {
namespace {

constexpr std::uint32_t folder_events =
    IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr std::uint32_t file_events = IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF;

std::string joined(const std::string& folder, const char* name) {
  if (folder == ".") return name;
  return folder.ends_with('/') ? folder + name : folder + "/" + name;
}

}  // namespace

Watch::Watch() : inotify_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
  if (!inotify_) give_up("inotify_init", errno);
}

void Watch::give_up(const char* what, int error) {
  if (why_.empty()) why_ = std::string(what) + ": " + std::generic_category().message(error);
}

bool Watch::is_remote(const std::string& folder) const {
  constexpr std::array<std::int64_t, 6> remote{NFS_SUPER_MAGIC,  SMB_SUPER_MAGIC, CIFS_SUPER_MAGIC,
                                               SMB2_SUPER_MAGIC, V9FS_MAGIC,      0x65735546 /* FUSE */};
  struct statfs status{};
  return statfs(folder.c_str(), &status) == 0 &&
         std::ranges::find(remote, std::int64_t{status.f_type}) != std::end(remote);
}

void Watch::folder(const std::string& path) {
  if (!inotify_ || numbers_.contains(path)) return;
  if (is_remote(path)) {
    if (why_.empty()) why_ = "\"" + path + "\" is on a file system of which inotify does not see every change";
    return;
  }
  const int number = inotify_add_watch(inotify_.get(), path.c_str(), folder_events);
  if (number >= 0) {
    folders_[number] = path;
    numbers_[path] = number;
  } else if (errno != ENOENT && errno != ENOTDIR && errno != EACCES) {
    give_up("inotify_add_watch", errno);
  }
}

int Watch::file(int fd) {
  if (!inotify_) return -1;
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  const int number = inotify_add_watch(inotify_.get(), path.c_str(), file_events);
  if (number < 0) give_up("inotify_add_watch", errno);
  return number;
}

void Watch::forget(int number) {
  if (number < 0) return;
  (void)inotify_rm_watch(inotify_.get(), number);
}

Watch::Happened Watch::take() {
  Happened happened;
  if (!inotify_) return happened;
  std::map<std::uint32_t, std::string> moved;  // cookie -> from where
  alignas(inotify_event) std::array<char, 64 * 1024> bytes;
  for (ssize_t n; (n = read(inotify_.get(), bytes.data(), bytes.size())) > 0;) {
    for (ssize_t at = 0; at < n;) {
      inotify_event event;
      std::memcpy(&event, bytes.data() + at, sizeof event);
      const char* const name = bytes.data() + at + sizeof event;
      at += static_cast<ssize_t>(sizeof event) + event.len;
      const auto folder = folders_.find(event.wd);
      if ((event.mask & IN_Q_OVERFLOW) != 0) {
        happened.everything = true;
      } else if (folder == folders_.end()) {
        happened.files.insert(event.wd);
        // Its name may be one that leads there by a symbolic link.
        if ((event.mask & (IN_MOVE_SELF | IN_DELETE_SELF | IN_ATTRIB)) != 0) happened.everything = true;
      } else if ((event.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED)) != 0) {
        // The path may name another folder by now.
        happened.everything = true;
        if ((event.mask & IN_IGNORED) == 0) (void)inotify_rm_watch(inotify_.get(), event.wd);
        numbers_.erase(folder->second);
        folders_.erase(folder);
      } else if (event.len != 0) {
        std::string path = joined(folder->second, name);
        if ((event.mask & IN_MOVED_FROM) != 0) moved[event.cookie] = path;
        if ((event.mask & IN_MOVED_TO) != 0 && moved.contains(event.cookie))
          happened.renamed.push_back({moved[event.cookie], path});
        happened.paths.push_back(std::move(path));
      }
    }
  }
  return happened;
}

}  // namespace hark::file_source
