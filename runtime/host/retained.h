// Events that one instance keeps past their call.
#pragma once

#include <hark/plugin.h>

#include <cstdint>
#include <memory>
#include <unordered_map>

#include "bus/in_flight.h"
#include "core/mutex.h"
#include "core/record.h"

namespace hark::host {

// Thread: any. Only pointers handed out by retain() are ever followed.
class Retained {
 public:
  static constexpr std::uint64_t budget = 64ull << 20;  // bytes an instance may hold

  // A copy of its own (an event lies in a shared block that must not be pinned), or one more reference to one that is
  // already retained. nullptr: over the budget.
  const hark_event* retain(const hark_event& event) EXCLUDES(mutex_);
  bool release(const hark_event* event) EXCLUDES(mutex_);  // false: not one of ours
  bool chain_of(const hark_event* event, bus::ChainLink& out) const EXCLUDES(mutex_);

  std::size_t count() const EXCLUDES(mutex_);
  void clear() EXCLUDES(mutex_);

 private:
  struct Kept {
    core::Record* record = nullptr;
    core::Expanded expanded;
    std::uint32_t references = 1;
    ~Kept();
  };

  mutable core::Mutex mutex_;
  std::unordered_map<const hark_event*, std::unique_ptr<Kept>> kept_ GUARDED_BY(mutex_);
  std::uint64_t bytes_ GUARDED_BY(mutex_) = 0;
};

}  // namespace hark::host
