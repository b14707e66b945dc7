// Events whose handling has ended processes of plugins, and whose: one that ends one after the other is kept from the
// rest.
#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "core/mutex.h"
#include "core/uid.h"

namespace hark::bus {

// Thread: any. Remembers the last 1,024 such events.
class Suspects {
 public:
  static constexpr std::size_t limit = 1024;
  static constexpr std::size_t too_many = 3;  // subscribers

  void blame(const core::Uid& event, const std::string& subscriber) EXCLUDES(mutex_);
  // Why it is kept from this subscriber, which is none of those whose processes it has ended; empty: it is not. Costs
  // one load while no event is under suspicion.
  std::string barred(const core::Uid& event, const std::string& subscriber) const EXCLUDES(mutex_) {
    return any_.load(std::memory_order_acquire) ? look(event, subscriber) : std::string();
  }

 private:
  std::string look(const core::Uid& event, const std::string& subscriber) const EXCLUDES(mutex_);

  std::atomic<bool> any_{false};
  mutable core::Mutex mutex_;
  std::map<std::array<std::uint8_t, 16>, std::vector<std::string>> blamed_ GUARDED_BY(mutex_);
  std::deque<std::array<std::uint8_t, 16>> order_ GUARDED_BY(mutex_);
};

}  // namespace hark::bus
