#include "ipc/ring.h"

#include <unistd.h>

#include <climits>
#include <cstring>

#include "core/futex.h"

namespace hark::ipc {
namespace {

constexpr std::size_t aligned(std::size_t size) { return (size + 15) & ~std::size_t{15}; }

}  // namespace

char* RingWriter::reserve(std::size_t size) {
  const std::size_t need = sizeof(FrameHead) + aligned(size);
  if (broken_ || size > max_payload(ring_.size())) return nullptr;
  const std::size_t at = written_ & (ring_.size() - 1), to_end = ring_.size() - at;
  const std::size_t all = to_end < need ? to_end + need : need;
  if (ring_.size() - (written_ - read_) < all) {
    read_ = reader_->read.load(std::memory_order_acquire);
    if (written_ - read_ > ring_.size()) broken_ = true;
    if (broken_ || ring_.size() - (written_ - read_) < all) return nullptr;
  }
  if (to_end < need) {
    const FrameHead nothing{0, 0, 0};
    std::memcpy(ring_.data() + at, &nothing, sizeof nothing);
    written_ += to_end;
  }
  return ring_.data() + (written_ & (ring_.size() - 1)) + sizeof(FrameHead);
}

void RingWriter::commit(std::uint32_t kind, std::size_t size) {
  const FrameHead head{static_cast<std::uint32_t>(size), kind, 0};
  std::memcpy(ring_.data() + (written_ & (ring_.size() - 1)), &head, sizeof head);
  written_ += sizeof head + aligned(size);
}

// With the order of stores and loads here, in sleep() and in go_away(), either the reader sees the frames or the writer
// sees where it is.
void RingWriter::flush() {
  words_->written.store(written_, std::memory_order_seq_cst);
  switch (reader_->reader.load(std::memory_order_seq_cst)) {
    case Reader::asleep:
      words_->bell.fetch_add(1, std::memory_order_seq_cst);
      core::futex_wake_shared(words_->bell);
      return;
    case Reader::away: {
      static constexpr std::uint64_t one = 1;
      [[maybe_unused]] const ssize_t n = ::write(event_, &one, sizeof one);
      return;
    }
    default: return;
  }
}

bool RingReader::next(Frame& frame) {
  for (;;) {
    if (broken_) return false;
    if (read_ == seen_) {
      seen_ = writer_->written.load(std::memory_order_acquire);
      if (read_ == seen_) return false;
    }
    const std::uint64_t there = seen_ - read_;
    const std::size_t at = read_ & (ring_.size() - 1), to_end = ring_.size() - at;
    FrameHead head;
    if (there > ring_.size() || there < sizeof head || (read_ & 15) != 0) return broken_ = true, false;
    std::memcpy(&head, ring_.data() + at, sizeof head);  // once: the other side may be changing it
    if (head.kind == 0) {
      if (there < to_end) return broken_ = true, false;
      read_ += to_end;
      continue;
    }
    const std::size_t all = sizeof head + aligned(head.size);
    if (all > there || all > to_end) return broken_ = true, false;
    frame = {head.kind, ring_.subspan(at + sizeof head, head.size)};
    read_ += all;
    return true;
  }
}

void RingReader::done() { words_->read.store(read_, std::memory_order_release); }

void RingReader::sleep(std::int64_t until_ns, const std::atomic<bool>* over) {
  const std::uint32_t bell = writer_->bell.load(std::memory_order_seq_cst);
  words_->reader.store(Reader::asleep, std::memory_order_seq_cst);
  const bool is_over = over != nullptr && over->load(std::memory_order_seq_cst);
  if (!is_over && writer_->written.load(std::memory_order_seq_cst) == read_) {
    core::futex_wait_shared(writer_->bell, bell, until_ns);
  }
  words_->reader.store(Reader::looking, std::memory_order_relaxed);
}

bool RingReader::go_away() {
  words_->reader.store(Reader::away, std::memory_order_seq_cst);
  if (writer_->written.load(std::memory_order_seq_cst) == read_) return true;
  come_back();
  return false;
}

void RingReader::wake() {
  writer_->bell.fetch_add(1, std::memory_order_seq_cst);
  core::futex_wake_shared(writer_->bell, INT_MAX);
}

}  // namespace hark::ipc
