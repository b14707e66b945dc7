#include "followed_files.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

namespace hark::file_source {

FollowedFiles::FollowedFiles(Context& context, const std::vector<std::string>& patterns, bool from_end, bool follow)
    : context_(context), patterns_(patterns.begin(), patterns.end()), from_end_(from_end), follow_(follow) {}

std::vector<std::string> FollowedFiles::begin(std::vector<Position> stored) {
  stored_ = std::move(stored);
  std::erase_if(stored_, [this](const Position& p) { return !matches(p.path); });
  for (const Position& p : stored_) known_paths_.insert(p.path);
  // Rotated while nobody was looking: these are older than what stands at their path now.
  for (const Position& p : std::vector(stored_)) {
    struct stat status{};
    if (stat(p.path.c_str(), &status) == 0 && id_of(status) == p.id) continue;
    if (const std::string renamed = find_renamed(p); !renamed.empty()) add(renamed, p.path);
  }
  scan();
  begun_ = true;
  give_up_lost();
  std::vector<std::string> missing;
  for (const PathPattern& p : patterns_) {
    if (p.expand([](const std::string&) {}).empty()) missing.push_back(p.text());
  }
  return missing;
}

// A folder that is not there may be mounted later; a file that is missing in one that is there does not come back.
void FollowedFiles::give_up_lost() {
  std::erase_if(stored_, [this](const Position& p) {
    const std::filesystem::path folder = std::filesystem::path(p.path).parent_path();
    std::error_code error;
    if (!std::filesystem::is_directory(folder.empty() ? "." : folder, error)) return false;
    context_.warn("a file that was being read is gone: what it held past this offset was not read",
                  {{"path", p.path}, {"offset", std::to_string(p.offset)}});
    return true;
  });
}

void FollowedFiles::look_around() {
  if (!follow_) return;
  const Watch::Happened happened = watch_.take();
  const std::int64_t now = context_.now_ns();
  const bool poll_now = watch_.polls() && now >= next_poll_ns_;
  if (poll_now) next_poll_ns_ = now + poll_ns;
  if (watch_.polls() && !std::exchange(told_polling_, true))
    context_.warn("files are looked at once a second instead of being watched", {{"reason", watch_.why()}});
  adopt(happened.renamed);
  const bool all = poll_now || happened.everything;
  for (FollowedFile& f : files_) f.ready |= all || happened.files.contains(f.watch);
  if (all || std::ranges::any_of(happened.paths, [this](const std::string& p) { return concerns(p); })) scan();
}

std::optional<std::int64_t> FollowedFiles::next_look_ns() const {
  if (!watch_.polls() || !follow_) return std::nullopt;
  return next_poll_ns_;
}

void FollowedFiles::scan() {
  for (FollowedFile& f : files_) f.seen = false;
  for (const PathPattern& pattern : patterns_) {
    const auto paths = pattern.expand([this](const std::string& folder) {
      if (follow_) watch_.folder(folder);
    });
    for (const std::string& path : paths) see(path);
  }
  const std::int64_t now = context_.now_ns();
  for (FollowedFile& f : files_) {
    if (f.named && !f.seen) f.quiet_since_ns = now;
    f.named = f.seen;
  }
}

void FollowedFiles::see(const std::string& path) {
  std::error_code error;
  if (follow_ && std::filesystem::is_symlink(path, error)) {
    const std::string folder = std::filesystem::weakly_canonical(path, error).parent_path().string();
    if (!folder.empty() && link_folders_.insert(folder).second) watch_.folder(folder);
  }
  struct stat status{};
  if (stat(path.c_str(), &status) != 0) {
    if (errno != ENOENT) tell_once(path, std::generic_category().message(errno));
    return;
  }
  const FileId id = id_of(status);
  const auto known = std::ranges::find(files_, id, &FollowedFile::id);
  if (known == files_.end()) return add(path, path);
  if (!known->seen && std::exchange(known->path, path) != path) changed_ = true;
  known->seen = true;
}

void FollowedFiles::add(const std::string& path, const std::string& origin) {
  std::string why;
  auto file = open_file(path, why);
  if (!file) return tell_once(path, why);
  if (std::ranges::find(files_, file->id, &FollowedFile::id) != files_.end()) return;
  file->origin = origin;
  file->number = ++numbers_;
  file->start = file->next = where_to_begin(*file);
  file->watch = follow_ ? watch_.file(file->fd.get()) : -1;
  file->quiet_since_ns = context_.now_ns();
  context_.debug("reading", {{"path", path}, {"offset", std::to_string(file->start)}});
  files_.push_back(std::move(*file));
  changed_ = true;
}

std::uint64_t FollowedFiles::where_to_begin(FollowedFile& file) {
  const int fd = file.fd.get();
  struct stat status{};
  (void)fstat(fd, &status);
  const auto known = std::ranges::find(stored_, file.id, &Position::id);
  const bool resumed =
      known != stored_.end() && known->head.matches(fd) && std::cmp_less_equal(known->offset, status.st_size);
  if (known != stored_.end()) {
    file.head = resumed ? known->head : Fingerprint{};
    const std::uint64_t offset = known->offset;
    stored_.erase(known);
    if (resumed) return offset;
  }
  (void)file.head.matches(fd);
  const bool appeared = begun_ || known_paths_.contains(file.origin);
  return appeared || !from_end_ ? 0 : begin_of_last_line(fd);
}

// Files that were renamed before they were ever opened, by two rotations in short order: what was written to them
// belongs to the path that they had.
void FollowedFiles::adopt(const std::vector<Watch::Renamed>& renamed) {
  std::map<std::string, std::string> origins;  // name now -> path of ours
  for (const Watch::Renamed& r : renamed) {
    std::string origin;
    if (const auto known = origins.extract(r.from)) {
      origin = known.mapped();
    } else if (matches(r.from)) {
      origin = r.from;
    }
    if (!origin.empty()) origins[r.to] = origin;
  }
  for (const auto& [path, origin] : origins) {
    struct stat status{};
    if (stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode)) add(path, origin);
  }
}

void FollowedFiles::remove(std::list<FollowedFile>::iterator file) {
  watch_.forget(file->watch);
  files_.erase(file);
  changed_ = true;
}

void FollowedFiles::rewind(FollowedFile& file) {
  file.number = ++numbers_;
  file.start = file.next = 0;
  file.partial.reset();
  file.head = {};
  (void)file.head.matches(file.fd.get());
  changed_ = true;
}

bool FollowedFiles::concerns(const std::string& path) const {
  return link_folders_.contains(std::filesystem::path(path).parent_path().string()) ||
         std::ranges::any_of(patterns_, [&](const PathPattern& p) { return p.concerns(path); });
}

bool FollowedFiles::matches(const std::string& path) const {
  return std::ranges::any_of(patterns_, [&](const PathPattern& p) { return p.matches(path); });
}

void FollowedFiles::tell_once(const std::string& path, const std::string& why) {
  constexpr std::size_t most = 1000;
  if (told_.size() < most && told_.insert(path + '\n' + why).second)
    context_.warn("a file is not read", {{"path", path}, {"reason", why}});
}

}  // namespace hark::file_source
