// Publishers that asked to be told when an event is safe (HARK_M_TELL_KEPT): every subscriber is done with it, or it is
// on disk in a spool or among the dead letters.
//
// A tell is a small number that travels with the event (core::Stamp::tell). It counts what is still unsafe: one for
// each delivery and one for the publish itself, so that it is never told before publish() is about to return.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "core/mutex.h"

namespace hark::bus {

// One publisher's mailbox of tokens. Thread: any.
class Outcomes {
 public:
  // called: whenever there is something to take() and was nothing before; from any thread, must not wait.
  void open(std::function<void()> called) EXCLUDES(mutex_);
  // Calls no more; what comes in may still be taken.
  void mute() EXCLUDES(mutex_);
  // What was published until now is forgotten: the instance that did it has gone.
  void begin_generation() EXCLUDES(mutex_);
  std::uint32_t generation() const { return generation_.load(std::memory_order_acquire); }

  struct Taken {
    std::vector<std::uint64_t> kept, lost;  // tokens
    bool empty() const { return kept.empty() && lost.empty(); }
  };
  Taken take() EXCLUDES(mutex_);

  void post(std::uint64_t token, std::uint32_t generation, bool lost) EXCLUDES(mutex_);

 private:
  core::Mutex mutex_;
  std::function<void()> called_ GUARDED_BY(mutex_);
  Taken waiting_ GUARDED_BY(mutex_);
  std::atomic<std::uint32_t> generation_{0};
};

// Thread: any.
class Tells {
 public:
  // The number for an event to be published; counts 1, for the publish.
  std::uint32_t open(Outcomes& outcomes, std::uint64_t token) EXCLUDES(mutex_);

  // 0 is nobody, and nothing happens.
  void add(std::uint32_t tell, std::uint32_t deliveries);
  void done(std::uint32_t tell, bool kept = true) EXCLUDES(mutex_);  // with one of them; not kept: lost

 private:
  struct Slot {
    std::atomic<std::uint32_t> left{0};
    std::atomic<bool> lost{false};
    Outcomes* outcomes = nullptr;
    std::uint64_t token = 0;
    std::uint32_t generation = 0;
  };
  Slot& slot(std::uint32_t tell) EXCLUDES(mutex_);

  core::Mutex mutex_;
  std::deque<Slot> slots_ GUARDED_BY(mutex_);  // grows only; a deque: addresses hold
  std::vector<std::uint32_t> free_ GUARDED_BY(mutex_);
};

}  // namespace hark::bus
