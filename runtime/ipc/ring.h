// A ring of bytes between two processes: frames of a kind and a payload, one writer, one reader.
//
// Each side's words lie in memory that this side writes. Neither trusts the other: whatever it finds there, it stays
// within the ring, and says `broken` for good once the positions or a frame's length cannot be. Payloads are in the
// reader's hands while the other may still change them: copy before looking, unless the other side is trusted.
//
// A position is the number of bytes ever written or read. A frame lies in one piece, 16-aligned, behind its 16-byte
// head.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/clock.h"

namespace hark::ipc {

// In the writer's memory, in front of the ring.
struct alignas(64) WriterWords {
  std::atomic<std::uint64_t> written{0};
  // Changes after each write that finds the reader asleep; what the reader sleeps on.
  std::atomic<std::uint32_t> bell{0};
  std::uint32_t pad_ = 0;
};

// Where the reader is: what a writer must do for it to see a frame.
enum class Reader : std::uint32_t {
  looking,  // nothing
  asleep,   // ring the bell
  away,     // write to the event descriptor: nobody reads the ring, but somebody polls that
};

// In the reader's memory.
struct alignas(64) ReaderWords {
  std::atomic<std::uint64_t> read{0};
  std::atomic<Reader> reader{Reader::looking};
  std::uint32_t pad_ = 0;
};

struct FrameHead {
  std::uint32_t size;  // of the payload
  std::uint32_t kind;  // 0: nothing up to the end of the ring
  std::uint64_t pad_;
};
static_assert(sizeof(FrameHead) == 16);

// The largest payload that a ring of so many bytes is sure to take once it is empty.
constexpr std::size_t max_payload(std::size_t ring_bytes) { return ring_bytes / 2 - sizeof(FrameHead); }

// Thread: one at a time.
class RingWriter {
 public:
  // ring: a power of two of bytes. event: a descriptor of the caller's, for a reader that goes away; -1: it never does.
  RingWriter(WriterWords& words, std::span<char> ring, const ReaderWords& reader, int event = -1)
      : words_(&words), ring_(ring), reader_(&reader), event_(event) {}

  // Room for a payload, to be written and then committed; nullptr: none now, or broken(). Not seen before flush().
  char* reserve(std::size_t size);
  void commit(std::uint32_t kind, std::size_t size);  // size: at most what was reserved
  void flush();  // what was committed is there for the reader, who is told if it does not look
  bool broken() const { return broken_; }

 private:
  WriterWords* words_;
  std::span<char> ring_;
  const ReaderWords* reader_;
  int event_;
  std::uint64_t written_ = 0, read_ = 0;  // read_: as last seen
  bool broken_ = false;
};

struct Frame {
  std::uint32_t kind = 0;
  std::span<const char> payload;
};

// Thread: one at a time, but for wake().
class RingReader {
 public:
  RingReader(WriterWords& writer, std::span<const char> ring, ReaderWords& words)
      : writer_(&writer), ring_(ring), words_(&words) {}

  // The next frame, valid until done(); false: none now, or broken().
  bool next(Frame& frame);
  void done();  // the frames up to here may be overwritten
  bool has_more() const { return writer_->written.load(std::memory_order_acquire) != read_; }
  bool broken() const { return broken_; }

  // Sleeps until there may be more, until_ns has passed, or `over` is set and then wake() called; wakes for nothing at
  // times.
  void sleep(std::int64_t until_ns = core::never_ns, const std::atomic<bool>* over = nullptr);
  // From here on the writer tells the event descriptor. False: there is more already, and it looks on.
  bool go_away();
  void come_back() { words_->reader.store(Reader::looking, std::memory_order_relaxed); }
  // Ends a sleep() by its own side. Thread: any.
  void wake();

 private:
  WriterWords* writer_;
  std::span<const char> ring_;
  ReaderWords* words_;
  std::uint64_t read_ = 0, seen_ = 0;
  bool broken_ = false;
};

}  // namespace hark::ipc
