#include "core/blocks.h"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <utility>

namespace hark::core {

Block* allocate_block(std::size_t capacity, std::int64_t references) {
  void* memory = std::aligned_alloc(alignof(Block), (sizeof(Block) + capacity + 63) & ~std::size_t{63});
  if (memory == nullptr) throw std::bad_alloc();
  auto* block = new (memory) Block;
  block->capacity = static_cast<std::uint32_t>(capacity);
  block->references.store(references, std::memory_order_relaxed);
  return block;
}

void release_block(Block* block, std::int64_t n) {
  if (block->references.fetch_sub(n, std::memory_order_acq_rel) != n) return;
  if (block->pool != nullptr) {
    block->pool->give_back(block);
  } else {
    std::free(block);
  }
}

BlockPool& BlockPool::common() {
  static auto* const pool = new BlockPool;
  return *pool;
}

BlockPool::~BlockPool() {
  const Lock lock(mutex_);
  while (oldest_ != nullptr) std::free(pop());
}

Block* BlockPool::pop() {
  Block* block = std::exchange(oldest_, oldest_->next);
  if (oldest_ == nullptr) newest_ = nullptr;
  --n_free_;
  return block;
}

Block* BlockPool::take() {
  Block* block = nullptr;
  Block* too_many = nullptr;
  {
    const Lock lock(mutex_);
    if (oldest_ != nullptr) {
      block = pop();
      too_many = unneeded();
    } else {
      ++n_blocks_;
      plenty_ = 0;
      if (std::exchange(let_go_, false)) patience_ = std::min<std::size_t>(patience_ * 16, 4096);
    }
  }
  std::free(too_many);
  if (block != nullptr) {
    block->references.store(Block::open_bias, std::memory_order_relaxed);
    return block;
  }
  block = allocate_block(block_bytes - sizeof(Block), Block::open_bias);
  block->pool = this;
  return block;
}

// One to let go of. For as long as it took to take all of them once, more than enough have been free; for longer where
// that was a mistake before. So a backlog that comes and goes costs no malloc each time.
Block* BlockPool::unneeded() {
  plenty_ = n_free_ >= keep_free ? plenty_ + 1 : 0;
  if (plenty_ <= n_blocks_ * patience_) return nullptr;
  let_go_ = true;
  --n_blocks_;
  return pop();
}

void BlockPool::give_back(Block* free_one) {
  free_one->next = nullptr;
  const Lock lock(mutex_);
  (newest_ != nullptr ? newest_->next : oldest_) = free_one;
  newest_ = free_one;
  ++n_free_;
}

std::size_t BlockPool::blocks() const {
  const Lock lock(mutex_);
  return n_blocks_;
}

std::size_t BlockPool::lent() const {
  const Lock lock(mutex_);
  return n_blocks_ - n_free_;
}

}  // namespace hark::core
