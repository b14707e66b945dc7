#include "core/arena.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

namespace hark::core {
namespace {

Block* allocate_block(std::size_t capacity, std::int64_t references) {
  void* memory = std::aligned_alloc(alignof(Block), (sizeof(Block) + capacity + 63) & ~std::size_t{63});
  if (memory == nullptr) throw std::bad_alloc();
  auto* block = new (memory) Block;
  block->capacity = static_cast<std::uint32_t>(capacity);
  block->references.store(references, std::memory_order_relaxed);
  return block;
}

char* memory_of(Block* block) { return reinterpret_cast<char*>(block + 1); }

void place(Record* record, const Block* block) {
  record->block_offset =
      static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(record) - reinterpret_cast<std::uintptr_t>(block));
}

}  // namespace

void release_block(Block* block, std::int64_t n) {
  if (block->references.fetch_sub(n, std::memory_order_acq_rel) - n == Block::solo) std::free(block);
}

void pin(const Record* r) { block_of(r)->references.fetch_add(1, std::memory_order_relaxed); }

Record* solo_record(const hark_event& event, const Stamp& stamp) {
  const std::size_t size = record_size(event, stamp);
  Block* block = allocate_block(size, Block::solo + 1);
  Record* r = write_record(memory_of(block), size, event, stamp);
  place(r, block);
  return r;
}

Record* solo_copy(const Record& record) {
  Block* block = allocate_block(record.total, Block::solo + 1);
  auto* copy = reinterpret_cast<Record*>(memory_of(block));
  std::memcpy(static_cast<void*>(copy), &record, record.total);
  place(copy, block);
  return copy;
}

Record* Arena::write(const hark_event& event, const Stamp& stamp, std::uint32_t references, std::size_t size) {
  if (size == 0) size = record_size(event, stamp);
  if (size >= large) {
    Record* r = solo_record(event, stamp);
    block_of(r)->references.store(Block::solo + references, std::memory_order_relaxed);
    return r;
  }
  if (open_ == nullptr || used_ + size > open_->capacity) begin_block();
  Record* r = write_record(memory_of(open_) + used_, size, event, stamp);
  place(r, open_);
  used_ += size;
  handed_out_ += references;
  return r;
}

void Arena::seal() {
  open_->references.fetch_sub(Block::open_bias - handed_out_, std::memory_order_acq_rel);
  enqueue(open_);
  open_ = nullptr;
}

void Arena::enqueue(Block* block) {
  if (n_sealed_ == sealed_.size()) {
    std::rotate(sealed_.begin(), sealed_.begin() + static_cast<std::ptrdiff_t>(oldest_), sealed_.end());
    oldest_ = 0;
    sealed_.resize(std::max<std::size_t>(2 * keep_free, 2 * n_sealed_));
  }
  sealed_[(oldest_ + n_sealed_++) % sealed_.size()] = block;
}

Block* Arena::dequeue() {
  Block* block = sealed_[oldest_];
  oldest_ = (oldest_ + 1) % sealed_.size();
  --n_sealed_;
  return block;
}

// For as long as it took to fill all of them once, those sealed keep_free blocks ago have been free; for longer where
// that was a mistake before. So a backlog that comes and goes costs no malloc each time.
bool Arena::keeps_too_many() {
  const bool unneeded =
      n_sealed_ >= keep_free &&
      sealed_[(oldest_ + n_sealed_ - keep_free) % sealed_.size()]->references.load(std::memory_order_relaxed) == 0;
  unneeded_ = unneeded ? unneeded_ + 1 : 0;
  return unneeded_ > n_sealed_ * patience_;
}

void Arena::begin_block() {
  if (open_ != nullptr) seal();
  ++serial_;
  used_ = 0;
  handed_out_ = 0;
  const bool may_free = keeps_too_many();
  // A block that a slow subscriber pins goes to the back, so that it does not hide the free ones behind it.
  for (std::size_t tries = n_sealed_ < 8 ? n_sealed_ : 8; tries != 0; --tries) {
    Block* oldest = dequeue();
    if (oldest->references.load(std::memory_order_acquire) != 0) {
      enqueue(oldest);
    } else if (open_ == nullptr) {
      open_ = oldest;
      if (!may_free) break;
    } else {
      std::free(oldest);  // one more than we keep
      let_go_ = true;
      break;
    }
  }
  if (open_ == nullptr) {
    if (std::exchange(let_go_, false)) patience_ = std::min<std::size_t>(patience_ * 16, 4096);
    open_ = allocate_block(block_bytes - sizeof(Block), Block::open_bias);
  } else {
    open_->references.store(Block::open_bias, std::memory_order_relaxed);
  }
}

Arena::~Arena() {
  if (open_ != nullptr) seal();
  while (n_sealed_ != 0) {
    Block* block = dequeue();
    if (block->references.fetch_add(Block::solo, std::memory_order_acq_rel) == 0) std::free(block);
  }
}

}  // namespace hark::core
