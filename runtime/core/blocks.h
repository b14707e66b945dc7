// Memory for records is lent in blocks of 64 KiB, all of the process from one pool.
//
// A block has one count, not one for each record. Whoever takes it to 0 gives it back, so the pool knows each block
// that is free, and allocates one only when there is none: there are never more than were in use at once. (An arena
// that looked among its own blocks for a free one overlooked some behind those that a slow reader held, and grew for
// ever.) Reused in the order in which they came back: that keeps a writer away from lines that a lane still reads;
// newest-first cost 2.5 times as much.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/mutex.h"

namespace hark::core {

class BlockPool;

struct alignas(64) Block {
  // References out, plus open_bias while an arena fills it.
  static constexpr std::int64_t open_bias = std::int64_t{1} << 40;
  std::atomic<std::int64_t> references{open_bias};
  BlockPool* pool = nullptr;   // nullptr: it holds one record, and is freed after the last reference
  Block* next = nullptr;       // in the pool, while it is free
  std::uint32_t capacity = 0;  // bytes behind this header

  char* memory() { return reinterpret_cast<char*>(this + 1); }
};

// Outside any pool.
Block* allocate_block(std::size_t capacity, std::int64_t references);

// Gives back n references. Thread: any.
void release_block(Block* block, std::int64_t n);

// Thread: any. Once a block: a lock for some hundreds of events. Outlives its blocks.
class BlockPool {
 public:
  static constexpr std::size_t block_bytes = 64 * 1024;

  BlockPool() = default;
  ~BlockPool();
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;

  // Of the process; never destroyed.
  static BlockPool& common();

  // Open: with open_bias references, which are the caller's.
  Block* take();
  void give_back(Block* free_one);

  // Those lent and those that wait to be used again.
  std::size_t blocks() const EXCLUDES(mutex_);
  std::size_t lent() const EXCLUDES(mutex_);

 private:
  Block* unneeded() REQUIRES(mutex_);
  Block* pop() REQUIRES(mutex_);

  static constexpr std::size_t keep_free = 48;  // 3 MiB: larger than a second-level cache, smaller than a third

  mutable Mutex mutex_;
  Block* oldest_ GUARDED_BY(mutex_) = nullptr;
  Block* newest_ GUARDED_BY(mutex_) = nullptr;
  std::size_t n_free_ GUARDED_BY(mutex_) = 0, n_blocks_ GUARDED_BY(mutex_) = 0;
  std::size_t plenty_ GUARDED_BY(mutex_) = 0;    // takes in a row at which more than keep_free were free
  std::size_t patience_ GUARDED_BY(mutex_) = 1;  // so many times all must have been taken meanwhile
  bool let_go_ GUARDED_BY(mutex_) = false;       // since the last allocation
};

}  // namespace hark::core
