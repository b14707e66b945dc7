#include "input/line_buffer.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace hark::input {

LineBuffer::LineBuffer(std::size_t max_line, std::size_t padding)
    : max_line_(max_line),
      padding_(padding),
      size_(2 * read_size + padding),
      bytes_(std::make_unique_for_overwrite<char[]>(size_)) {}

void LineBuffer::reset(std::uint64_t offset) {
  begin_ = scanned_ = end_ = 0;
  offset_ = position_ = offset;
  number_ = discarded_ = 0;
}

std::span<char> LineBuffer::room() {
  discard_if_too_long();
  if (begin_ != 0) {
    std::memmove(bytes_.get(), bytes_.get() + begin_, end_ - begin_);
    offset_ += begin_;
    scanned_ -= begin_;
    end_ -= begin_;
    begin_ = 0;
  }
  if (size_ - padding_ - end_ < read_size) {
    const std::size_t most = max_line_ + 2 * read_size + padding_;
    const std::size_t size = std::min(most, size_ * 2 + read_size);
    auto larger = std::make_unique_for_overwrite<char[]>(size);
    std::memcpy(larger.get(), bytes_.get(), end_);
    bytes_ = std::move(larger);
    size_ = size;
  }
  return std::span(bytes_.get() + end_, size_ - padding_ - end_);
}

std::optional<Line> LineBuffer::next() {
  while (scanned_ != end_) {
    const void* const found = std::memchr(bytes_.get() + scanned_, '\n', end_ - scanned_);
    if (found == nullptr) {
      scanned_ = end_;
      return std::nullopt;
    }
    const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - bytes_.get());
    const std::optional<Line> line = take(at, at + 1);
    if (line.has_value()) return line;
  }
  return std::nullopt;
}

std::optional<Line> LineBuffer::rest() {
  if (begin_ == end_ && discarded_ == 0) return std::nullopt;
  return take(end_, end_);
}

std::optional<Line> LineBuffer::take(std::size_t line_end, std::size_t next_line) {
  ++number_;
  std::string_view text(bytes_.get() + begin_, line_end - begin_);
  if (text.ends_with('\r')) text.remove_suffix(1);
  if (position_ == 0 && text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  Line line{text, number_, discarded_ + text.size(), position_, offset_ + next_line, false};
  if (line.length > max_line_) {
    if (discarded_ == 0) head_.assign(text.substr(0, head_size));
    line.text = head_;
    line.too_long = true;
  }
  discarded_ = 0;
  scanned_ = begin_ = next_line;
  position_ = line.end;
  if (line.length == 0) return std::nullopt;
  return line;
}

// What is left is the beginning of one line. Two bytes of grace: a CRLF may follow.
void LineBuffer::discard_if_too_long() {
  const std::size_t size = end_ - begin_;
  if (discarded_ == 0 && size <= max_line_ + 2) return;
  if (discarded_ == 0) head_.assign(bytes_.get() + begin_, std::min(size, head_size));
  // The last byte stays, for it may be the CR of the line break.
  const std::size_t dropped = size == 0 ? 0 : size - 1;
  discarded_ += dropped;
  begin_ += dropped;
}

}  // namespace hark::input
