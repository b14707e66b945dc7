#include "core/arena.h"

#include <cstring>

namespace hark::core {
namespace {

void set_offset(Record* record, const Block* block) {
  record->block_offset =
      static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(record) - reinterpret_cast<std::uintptr_t>(block));
}

}  // namespace

void pin(const Record* r) { block_of(r)->references.fetch_add(1, std::memory_order_relaxed); }

Record* solo_record(const hark_event& event, const Stamp& stamp) {
  const std::size_t size = record_size(event, stamp);
  Block* block = allocate_block(size, 1);
  Record* r = write_record(block->memory(), size, event, stamp);
  set_offset(r, block);
  return r;
}

Record* solo_copy(const Record& record) {
  Block* block = allocate_block(record.total, 1);
  auto* copy = reinterpret_cast<Record*>(block->memory());
  std::memcpy(static_cast<void*>(copy), &record, record.total);
  set_offset(copy, block);
  return copy;
}

Record* Arena::write(const hark_event& event, const Stamp& stamp, std::uint32_t references, std::size_t size) {
  if (size == 0) size = record_size(event, stamp);
  if (size >= large) {
    Record* r = solo_record(event, stamp);
    block_of(r)->references.store(references, std::memory_order_relaxed);
    return r;
  }
  Record* r = write_record(room_for(size), size, event, stamp);
  place(r, size, references);
  return r;
}

Record* Arena::copy(const Record& record) {
  if (record.total >= large) return solo_copy(record);
  auto* copy = reinterpret_cast<Record*>(room_for(record.total));
  std::memcpy(static_cast<void*>(copy), &record, record.total);
  place(copy, record.total, 1);
  return copy;
}

void Arena::place(Record* record, std::size_t size, std::uint32_t references) {
  set_offset(record, open_);
  used_ += size;
  handed_out_ += references;
}

void Arena::seal() {
  if (open_ == nullptr) return;
  release_block(std::exchange(open_, nullptr), Block::open_bias - std::exchange(handed_out_, 0));
}

void Arena::begin_block() {
  seal();
  ++serial_;
  used_ = 0;
  open_ = pool_->take();
}

}  // namespace hark::core
