// Lines to a descriptor, and how many of them arrived whole.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hark::output {

// Lines rendered one behind the other, each with its line break, so that one write carries many.
// Thread: one at a time. Keeps its memory between uses, unless a huge event blew it up.
class Lines {
 public:
  // Past this many bytes it is time to write.
  static constexpr std::size_t full = 256 * 1024;

  // Where to append the next line; end_line() then ends it.
  std::string& text() { return text_; }
  void end_line();
  void clear();

  std::size_t size() const { return ends_.size(); }
  bool is_full() const { return text_.size() >= full; }
  // How many lines lie whole within the first `bytes`, and where the last of those ends.
  std::size_t whole(std::size_t bytes) const;
  std::size_t end_of(std::size_t n_lines) const { return n_lines == 0 ? 0 : ends_[n_lines - 1]; }

 private:
  std::string text_;
  std::vector<std::size_t> ends_;
};

struct Written {
  std::size_t bytes = 0;
  int error = 0;  // errno, or 0 when all was written
};

// Writes all of it, however often that takes; waits where a non-blocking descriptor has no room. The signals with which
// the kernel comments on a failed write (SIGPIPE, SIGXFSZ) do not reach the process: a plugin cannot rely on its host
// ignoring them.
Written write_all(int fd, std::string_view text);

}  // namespace hark::output
