#include "store/causes.h"

#include <cstring>

namespace hark::store {
namespace {

std::array<std::uint64_t, 2> words(const core::Uid& uid) {
  std::array<std::uint64_t, 2> w;
  std::memcpy(w.data(), uid.bytes.data(), 16);
  return w;
}

core::Uid load(const std::array<std::atomic<std::uint64_t>, 2>& from) {
  const std::array<std::uint64_t, 2> w{from[0].load(std::memory_order_acquire),
                                       from[1].load(std::memory_order_acquire)};
  core::Uid uid;
  std::memcpy(uid.bytes.data(), w.data(), 16);
  return uid;
}

void store(std::array<std::atomic<std::uint64_t>, 2>& to, const core::Uid& uid) {
  const auto w = words(uid);
  to[0].store(w[0], std::memory_order_release);
  to[1].store(w[1], std::memory_order_release);
}

}  // namespace

// The event's id is cleared first and written last: a reader that sees the same id before and after it read the rest
// has read one entry.
void CauseRing::add(const core::Uid& event, const core::Uid& cause, const core::Name* type) {
  Entry& e = entries_[next_++ % size];
  store(e.event, core::Uid{});
  store(e.cause, cause);
  e.type.store(type, std::memory_order_release);
  store(e.event, event);
}

bool CauseRing::find(const core::Uid& event, Cause& out) const {
  const std::uint64_t low = words(event)[1];
  for (const Entry& e : entries_) {
    if (e.event[1].load(std::memory_order_acquire) != low || load(e.event) != event) continue;
    out = {event, load(e.cause), e.type.load(std::memory_order_acquire)};
    return load(e.event) == event;
  }
  return false;
}

}  // namespace hark::store
