// What changed among files and folders, told by inotify.
#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "descriptor.h"

namespace hark::file_source {

// Where inotify is not to be had (limits, remote file systems, whose changes it does not see), polls() is true from
// then on and why() says why: then everything is to be looked at now and again. Thread: the reader's.
class Watch {
 public:
  Watch();

  int fd() const { return inotify_.get(); }  // readable: take() has something
  bool polls() const { return !why_.empty(); }
  const std::string& why() const { return why_; }

  // Names that come, go or change in a folder. Again and again for the same one is fine.
  void folder(const std::string& path);
  // Whether an open file grows or goes, wherever it is moved. Answers a number for forget() and Happened::files, or -1.
  int file(int fd);
  void forget(int number);

  struct Renamed {
    std::string from, to;
  };
  struct Happened {
    std::unordered_set<int> files;   // that changed
    std::vector<std::string> paths;  // that came or went
    std::vector<Renamed> renamed;    // in their order, within what is watched
    bool everything = false;         // more than could be told: look everywhere
  };
  Happened take();

 private:
  void give_up(const char* what, int error);
  bool is_remote(const std::string& folder) const;

  Descriptor inotify_;
  std::string why_;
  std::unordered_map<int, std::string> folders_;  // by number
  std::unordered_map<std::string, int> numbers_;
};

}  // namespace hark::file_source
