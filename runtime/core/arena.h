// Memory for records: 64 KiB blocks, filled by one publishing thread, given back by many lanes, reused oldest first.
//
// A block has one count, not one for each record: lanes subtract what they are done with (one subtraction for a run of
// records), the arena adds up what it handed out without touching shared memory and settles when the block is full.
// Oldest-first reuse keeps the writer away from lines that a lane still reads; newest-first cost 2.5 times as much.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/record.h"

namespace hark::core {

struct alignas(64) Block {
  // References out, plus open_bias while an arena still fills it. 0: free, for its arena to fill again. Exactly `solo`:
  // no arena owns it, so whoever gave back the last reference frees it.
  static constexpr std::int64_t open_bias = std::int64_t{1} << 40;
  static constexpr std::int64_t solo = std::int64_t{1} << 50;
  std::atomic<std::int64_t> references{open_bias};
  std::uint32_t capacity = 0;  // bytes behind this header
};

// Gives back n references to the block of a record. Thread: any.
void release_block(Block* block, std::int64_t n);
inline Block* block_of(const Record* r) {
  return reinterpret_cast<Block*>(reinterpret_cast<std::uintptr_t>(r) - r->block_offset);
}
inline void release(const Record* r) { release_block(block_of(r), 1); }
// One more reference that is never given back: for what somebody may read for ever.
void pin(const Record* r);

// A copy with one reference and memory of its own: for what is kept for long and must not pin a shared block.
Record* solo_copy(const Record& record);
Record* solo_record(const hark_event& event, const Stamp& stamp);

// Several references given back at once when they are to the same block. Owner: one lane. Flushes when destroyed.
class ReleaseRun {
 public:
  ReleaseRun() = default;
  ReleaseRun(const ReleaseRun&) = delete;
  ReleaseRun& operator=(const ReleaseRun&) = delete;
  ~ReleaseRun() { flush(); }

  void add(const Record* r) {
    Block* b = block_of(r);
    if (b != block_) {
      flush();
      block_ = b;
    }
    ++count_;
  }
  void flush() {
    if (count_ != 0) release_block(block_, count_);
    block_ = nullptr;
    count_ = 0;
  }

 private:
  Block* block_ = nullptr;
  std::int64_t count_ = 0;
};

// Owner: one publishing thread; every member is called by it alone. The destructor leaves blocks that are still
// referenced to their readers: each becomes solo.
class Arena {
 public:
  static constexpr std::size_t block_bytes = 64 * 1024;
  static constexpr std::size_t large = block_bytes / 4;  // records from this size on get a block of their own

  Arena() = default;
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // Writes a record with `references` references (at least 1) to give back. size: record_size(), when it is known.
  Record* write(const hark_event& event, const Stamp& stamp, std::uint32_t references, std::size_t size = 0);

  // Changes whenever a new block is begun.
  std::uint64_t block_serial() const { return serial_; }
  std::size_t blocks() const { return n_sealed_ + (open_ != nullptr ? 1 : 0); }

 private:
  void begin_block();
  void seal();
  void enqueue(Block* block);
  Block* dequeue();
  bool keeps_too_many();

  static constexpr std::size_t keep_free = 48;  // 3 MiB: larger than a second-level cache, smaller than a third

  Block* open_ = nullptr;
  std::size_t used_ = 0;
  std::int64_t handed_out_ = 0;
  std::uint64_t serial_ = 0;
  // Sealed blocks, a ring: sealed_[(oldest_ + i) % size] is the i-th oldest of n_sealed_.
  std::vector<Block*> sealed_;
  std::size_t oldest_ = 0, n_sealed_ = 0;
  std::size_t unneeded_ = 0;  // begun blocks in a row at which keep_free would have been enough
  std::size_t patience_ = 1;  // so many times all must have been filled meanwhile; more after one let go too soon
  bool let_go_ = false;       // since the last allocation
};

}  // namespace hark::core
