// An event as it lies in memory between publish and the lane: compact, immutable, one copy for all its subscribers.
//
// A full hark_event is 8 cache lines; a record is one line and the data. The lane expands it into a hark_event of its
// own just before the call.
#pragma once

#include <hark/plugin.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/names.h"
#include "core/uid.h"

namespace hark::core {

// What the host adds to a message when it admits it.
struct Stamp {
  Uid uid, cause, root;  // cause nil and root == uid: the first of its chain
  std::int64_t recv_ns = 0;
  std::int64_t time_ns = HARK_TIME_ABSENT;
  std::uint16_t hops = 0;
  const Name* type = nullptr;  // nullptr: not interned
  std::uint32_t tell = 0;      // who waits to hear that the event is safe (bus/tells.h); 0 = nobody
};

struct alignas(16) Record {
  std::uint32_t total;         // bytes, this header included
  std::uint32_t block_offset;  // from the start of its Block
  Uid uid;
  const Name* type;  // nullptr: the text is among the fields
  std::int64_t recv_ns;
  std::uint32_t data_size;
  std::uint16_t n_attributes;
  std::uint16_t hops;
  std::uint16_t flags;   // HARK_E_*
  std::uint16_t fields;  // which optional parts follow, in the order of Field
  std::uint32_t tell;    // Stamp::tell
};
static_assert(sizeof(Record) == 64);

// Bytes that the event will take, data_slack included.
std::size_t record_size(const hark_event& event, const Stamp& stamp);

// Writes the event at memory (16-aligned, record_size() bytes) and leaves block_offset to the arena.
Record* write_record(void* memory, std::size_t size, const hark_event& event, const Stamp& stamp);

// Whether what claims to be a record of `size` bytes without its slack is one: every part lies within it. For records
// that come from outside the process.
bool is_whole(const Record& record, std::size_t size);

// A hark_event over a record. The views live as long as the record; the attributes as long as this.
class Expanded {
 public:
  Expanded() { event_.size = sizeof event_; }
  const hark_event& expand(const Record& record);
  const hark_event& event() const { return event_; }

 private:
  hark_event event_{};
  std::vector<hark_attr> attributes_;
};

// What was stamped on the event that a record holds; event: the record, expanded.
Stamp stamp_of(const Record& record, const hark_event& event);

// A message as a hark_event over the caller's memory: what filters, inline subscribers and write_record() see.
hark_event view_message(const hark_message& message, hark_str source_default, const Stamp& stamp);

// How many readable bytes lie behind a record's data (simdjson reads past the end of its input).
inline constexpr std::size_t data_slack = 64;

}  // namespace hark::core
