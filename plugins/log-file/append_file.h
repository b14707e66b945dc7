// A file that only whole lines are appended to.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hark::log_file {

// Opened in the constructor, closed in the destructor. Thread: one at a time.
// Others may append to the same file: what is cut off again is cut only where it is still the end of the file.
class AppendFile {
 public:
  // Creates it with mode 0640. Throws hark::Reject, naming path and cause.
  explicit AppendFile(std::string path);
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;
  ~AppendFile();

  // The file does not end with a line break: a line was torn. The next append() begins with one.
  bool torn() const { return torn_; }
  // What the file is now; of one that is no regular file, and cannot be rotated or replaced, nothing.
  struct Status {
    std::uint64_t size = 0;
    std::chrono::system_clock::time_point modified;
  };
  std::optional<Status> status() const;
  // The path still leads to this file, and not to another one or none.
  bool is_named() const;
  // To disk: errno, or 0; also 0 where there is nothing to sync, as in a FIFO. Any thread.
  int sync() const;

  struct Appended {
    std::size_t bytes = 0;  // of `lines`; whole lines only when the file let itself be cut, else see torn()
    int error = 0;          // errno, or 0 when all were written
  };
  // `lines`: whole lines, each with its line break; `end_of_whole(n)` says where the last line ends that lies within n
  // bytes.
  template <class EndOfWhole>
  Appended append(std::string_view lines, EndOfWhole end_of_whole) {
    const Appended done = write(lines);
    if (done.error == 0) return done;
    const std::size_t whole = end_of_whole(done.bytes);
    if (done.bytes > whole) cut(lines.substr(whole, done.bytes - whole));
    return Appended{whole, done.error};
  }

 private:
  Appended write(std::string_view lines);
  void cut(std::string_view torn);
  bool ends_with(std::string_view tail, long long size) const;

  std::string path_;
  int fd_ = -1;
  bool torn_ = false;
};

}  // namespace hark::log_file
