// Bytes as they come in, lines as they go out, in bounded memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace hark::input {

struct Line {
  std::string_view text;     // without its line break (LF or CRLF); of one that is too long, its first bytes
  std::uint64_t number = 0;  // counted from 1
  std::uint64_t length = 0;  // in bytes, without the line break
  std::uint64_t begin = 0;   // in the stream
  std::uint64_t end = 0;     // in the stream, behind the line break
  bool too_long = false;
};

// Splits a stream into lines. A line longer than max_line is not kept: its length is counted, and its first bytes come
// out once where it ends. Empty lines are counted and left out, a byte order mark at the start of the stream too.
//
// Use: read into room(), say filled(), then take next() until there is none; rest() at the end of the stream. A line is
// valid until the next room(). Memory: at most max_line + two reads, grown as lines need it.
// Thread: one at a time.
class LineBuffer {
 public:
  static constexpr std::size_t read_size = 256 * 1024;  // least room for one read
  static constexpr std::size_t head_size = 1024;        // kept of a line that is too long

  // `padding`: bytes behind a line that may be read (their content is unspecified).
  LineBuffer(std::size_t max_line, std::size_t padding);
  // Forgets all, and goes on at this offset of another stream.
  void reset(std::uint64_t offset);

  std::span<char> room();
  void filled(std::size_t n_bytes) { end_ += n_bytes; }
  std::optional<Line> next();
  // The last line, when it has no line break.
  std::optional<Line> rest();

  // Of the line that is being read: where it begins in the stream, and how much of it came so far.
  std::uint64_t position() const { return position_; }
  std::uint64_t pending() const { return discarded_ + (end_ - begin_); }

 private:
  std::optional<Line> take(std::size_t line_end, std::size_t next_line);
  void discard_if_too_long();

  std::size_t max_line_;
  std::size_t padding_;
  std::size_t size_;
  std::unique_ptr<char[]> bytes_;  // not touched before it is read into
  std::size_t begin_ = 0;          // of the line that is being read
  std::size_t scanned_ = 0;        // no line break lies before it
  std::size_t end_ = 0;
  std::uint64_t offset_ = 0;    // of bytes_[0] in the stream
  std::uint64_t position_ = 0;  // of the line that is being read, in the stream
  std::uint64_t number_ = 0;
  std::uint64_t discarded_ = 0;  // of the line that is being read, when it is too long
  std::string head_;             // its first bytes
};

}  // namespace hark::input
