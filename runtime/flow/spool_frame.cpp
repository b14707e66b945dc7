#include "flow/spool_frame.h"

#include <zlib.h>

#include <bit>
#include <cstring>

#include "core/arena.h"
#include "core/text.h"

namespace hark::flow {
namespace {

static_assert(std::endian::native == std::endian::little, "the spool's files are little-endian");

constexpr std::size_t crc_from = offsetof(FrameHead, subscription);

std::uint32_t crc_of(const char* frame, std::size_t size) {
  return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(frame) + crc_from, size - crc_from));
}

core::Stamp without_name(const core::Stamp& stamp) {
  core::Stamp s = stamp;
  s.type = nullptr;  // an address means nothing to the next process
  s.tell = 0;
  return s;
}

// The same without the slack behind the data, which only a reader in memory needs.
std::size_t packed_size(const hark_event& event, const core::Stamp& stamp) {
  return core::record_size(event, stamp) - core::data_slack;
}

}  // namespace

std::size_t frame_size(const hark_event& event, const core::Stamp& stamp) {
  return sizeof(FrameHead) + packed_size(event, without_name(stamp));
}

void append_frame(Bytes& to, const hark_event& event, const core::Stamp& stamp, const SpoolNote& note) {
  const core::Stamp s = without_name(stamp);
  const std::size_t size = packed_size(event, s);
  const std::size_t at = to.size();
  to.resize(at + sizeof(FrameHead) + size);
  new (to.data() + at) FrameHead{
      static_cast<std::uint32_t>(sizeof(FrameHead) + size), 0, note.subscription, note.attempt, note.flags, {}};
  core::write_record(to.data() + at + sizeof(FrameHead), size, event, s);
}

void append_frame(Bytes& to, const core::Record& record, const SpoolNote& note) {
  core::Expanded expanded;
  const hark_event& event = expanded.expand(record);
  append_frame(to, event, core::stamp_of(record, event), note);
}

void seal_frames(Bytes& frames) {
  for (std::size_t at = 0; at < frames.size();) {
    auto* head = reinterpret_cast<FrameHead*>(frames.data() + at);
    head->crc = crc_of(frames.data() + at, head->size);
    at += head->size;
  }
}

const FrameHead* whole_frame(std::span<const char> bytes) {
  if (bytes.size() < sizeof(FrameHead)) return nullptr;
  const auto* head = reinterpret_cast<const FrameHead*>(bytes.data());
  if (head->size < sizeof(FrameHead) + sizeof(core::Record) || head->size > bytes.size() || head->size % 16 != 0) {
    return nullptr;
  }
  if (head->crc != crc_of(bytes.data(), head->size)) return nullptr;
  return core::is_whole(record_of(*head), head->size - sizeof(FrameHead)) ? head : nullptr;
}

core::Record* unpack(const FrameHead& head, core::Names& names, std::uint32_t tell) {
  core::Expanded expanded;
  const core::Record& packed = record_of(head);
  const hark_event& event = expanded.expand(packed);
  core::Stamp stamp = core::stamp_of(packed, event);
  stamp.type = names.intern(core::view(event.type));
  stamp.tell = tell;
  return core::solo_record(event, stamp);
}

}  // namespace hark::flow
