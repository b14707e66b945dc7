// Deliveries on their way from the handler that kept them to the threads that complete them.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>

#include "said.h"

namespace hark::stress {

class Subject;

struct Kept {
  Subject* subject;
  std::uint64_t ticket;
  EventId id;
  core::Uid uid;
  bool answered_as_well;  // its handler answers OK all the same, so it may be completed with OK only
  std::shared_ptr<std::atomic<bool>> done{std::make_shared<std::atomic<bool>>(false)};
};

// Thread: any.
class Shelf {
 public:
  void put(Kept kept) {
    const std::lock_guard lock(mutex_);
    kept_.push_back(std::move(kept));
  }
  bool take(Kept& out) {
    const std::lock_guard lock(mutex_);
    if (kept_.empty()) return false;
    out = std::move(kept_.front());
    kept_.pop_front();
    return true;
  }

 private:
  std::mutex mutex_;
  std::deque<Kept> kept_;
};

}  // namespace hark::stress
