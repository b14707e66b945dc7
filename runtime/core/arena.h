// Where the records of one publishing thread lie: blocks of the pool, filled one after the other, given back by many
// lanes (one subtraction for a run of records).
//
// The arena adds up what it handed out without touching shared memory, and settles when the block is full.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "core/blocks.h"
#include "core/record.h"

namespace hark::core {

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

// Owner: one publishing thread; every member is called by it alone. What is still referenced when it goes stays with
// its readers.
class Arena {
 public:
  static constexpr std::size_t block_bytes = BlockPool::block_bytes;
  static constexpr std::size_t large = block_bytes / 4;  // records from this size on get a block of their own

  explicit Arena(BlockPool& pool = BlockPool::common()) : pool_(&pool) {}
  ~Arena() { seal(); }
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  Arena(Arena&& other) noexcept
      : pool_(other.pool_),
        open_(std::exchange(other.open_, nullptr)),
        used_(other.used_),
        handed_out_(other.handed_out_),
        serial_(other.serial_) {}
  Arena& operator=(Arena&&) = delete;

  // Writes a record with `references` references (at least 1) to give back. size: record_size(), when it is known.
  Record* write(const hark_event& event, const Stamp& stamp, std::uint32_t references, std::size_t size = 0);
  // With one reference.
  Record* copy(const Record& record);

  // Gives the block that is being filled to its readers, however full.
  void seal();
  // Changes whenever a new block is begun.
  std::uint64_t block_serial() const { return serial_; }

 private:
  char* room_for(std::size_t size) {
    if (open_ == nullptr || used_ + size > open_->capacity) begin_block();
    return open_->memory() + used_;
  }
  void place(Record* record, std::size_t size, std::uint32_t references);
  void begin_block();

  BlockPool* pool_;
  Block* open_ = nullptr;
  std::size_t used_ = 0;
  std::int64_t handed_out_ = 0;
  std::uint64_t serial_ = 0;
};

}  // namespace hark::core
