// Which files are read: found by their patterns, followed through renames, let go when they are over.
#pragma once

#include <hark/plugin.hpp>

#include <cstdint>
#include <list>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "folder_scan.h"
#include "followed_file.h"
#include "positions.h"
#include "watch.h"

namespace hark::file_source {

// Files are in the order in which they are to be read where one replaced the other. A file that lost its name is kept
// open until it has not grown for `linger`: whoever writes it may not have noticed yet. A file is added by any call,
// and removed by remove() only. Thread: the reader's.
class FollowedFiles {
 public:
  static constexpr std::int64_t linger_ns = 60'000'000'000;
  static constexpr std::int64_t poll_ns = 1'000'000'000;  // where inotify is not to be had

  FollowedFiles(Context& context, const std::vector<std::string>& patterns, bool from_end, bool follow);

  // Those that are there, with the positions of an earlier run. Answers the plain paths that lead nowhere.
  std::vector<std::string> begin(std::vector<Position> stored);
  // Takes in what happened since.
  void look_around();

  std::list<FollowedFile>& all() { return files_; }
  const std::list<FollowedFile>& all() const { return files_; }
  // Positions of an earlier run whose files cannot be looked for now.
  const std::vector<Position>& unclaimed() const { return stored_; }
  void remove(std::list<FollowedFile>::iterator file);
  // It begins anew: what was read of it is another file's.
  void rewind(FollowedFile& file);

  int watch_fd() const { return watch_.fd(); }
  // When to look around even if watch_fd() stays silent.
  std::optional<std::int64_t> next_look_ns() const;
  bool take_changed() { return std::exchange(changed_, false); }  // files came, went or have another name

 private:
  void scan();
  void see(const std::string& path);
  void add(const std::string& path, const std::string& origin);
  std::uint64_t where_to_begin(FollowedFile& file);
  void adopt(const std::vector<Watch::Renamed>& renamed);
  bool concerns(const std::string& path) const;
  bool matches(const std::string& path) const;
  void give_up_lost();
  void tell_once(const std::string& path, const std::string& why);

  Context& context_;
  std::vector<PathPattern> patterns_;
  bool from_end_;
  bool follow_;
  Watch watch_;
  std::list<FollowedFile> files_;
  std::vector<Position> stored_;
  std::set<std::string> known_paths_;   // of an earlier run
  std::set<std::string> link_folders_;  // to which symbolic links of ours lead
  std::set<std::string> told_;
  std::uint32_t numbers_ = 0;
  std::int64_t next_poll_ns_ = 0;
  bool told_polling_ = false;
  bool begun_ = false;
  bool changed_ = false;
};

}  // namespace hark::file_source
