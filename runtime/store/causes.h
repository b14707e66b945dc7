// Which event caused which: the last 2,048 publishes of one thread.
//
// For people: the chain in the log when a loop is cut, later `hark trace`. Forgetting is fine, stopping is not: the
// writer never waits, a reader may find an entry overwritten and then says so.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

#include "core/names.h"
#include "core/uid.h"

namespace hark::store {

struct Cause {
  core::Uid event, cause;
  const core::Name* type = nullptr;  // nullptr: not interned
};

// Writer: one thread. Readers: any.
class CauseRing {
 public:
  static constexpr std::size_t size = 2048;

  void add(const core::Uid& event, const core::Uid& cause, const core::Name* type);
  bool find(const core::Uid& event, Cause& out) const;

 private:
  struct Entry {
    std::array<std::atomic<std::uint64_t>, 2> event{}, cause{};
    std::atomic<const core::Name*> type{nullptr};
  };
  std::array<Entry, size> entries_;
  std::uint32_t next_ = 0;
};

}  // namespace hark::store
