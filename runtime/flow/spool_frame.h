// One delivery as it lies in a spool, in memory and on disk alike: a head, then the event's record.
// docs/spool-format.md
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/names.h"
#include "core/record.h"

namespace hark::flow {

// What a delivery is besides its event.
struct SpoolNote {
  std::uint64_t subscription = 0;
  std::uint32_t attempt = 1;
  std::uint32_t flags = 0;  // HARK_D_*
};

struct alignas(16) FrameHead {
  std::uint32_t size;  // bytes, this head included; a multiple of 16
  std::uint32_t crc;   // CRC-32 (zlib's) of all that follows this field
  std::uint64_t subscription;
  std::uint32_t attempt, flags;
  std::uint32_t pad_[2];
};
static_assert(sizeof(FrameHead) == 32);

using Bytes = std::vector<char>;

std::size_t frame_size(const hark_event& event, const core::Stamp& stamp);

// Appends a frame; its CRC is left for seal(), which every frame needs before it is written.
void append_frame(Bytes& to, const hark_event& event, const core::Stamp& stamp, const SpoolNote& note);
void append_frame(Bytes& to, const core::Record& record, const SpoolNote& note);
void seal_frames(Bytes& frames);

// The frame at the beginning of bytes (16-aligned), or nullptr: it is not whole, or not what was written.
const FrameHead* whole_frame(std::span<const char> bytes);

inline SpoolNote note_of(const FrameHead& head) { return {head.subscription, head.attempt, head.flags}; }
inline const core::Record& record_of(const FrameHead& head) {
  return *reinterpret_cast<const core::Record*>(&head + 1);
}

// The event of a frame as a record of its own, its type interned. tell: see core::Stamp.
core::Record* unpack(const FrameHead& head, core::Names& names, std::uint32_t tell);

}  // namespace hark::flow
