// Where lanes run: a pool of threads shared by many, or one thread of its own.
#pragma once

#include <atomic>
#include <cstdint>

#include "core/uid.h"

namespace hark::bus {

class Lane;

// What a thread that runs lanes is doing, for the watch that looks on from outside. Written by the thread, read by any.
struct alignas(64) Cell {
  std::atomic<const Lane*> lane{nullptr};  // set while a lane runs
  std::atomic<std::uint64_t> ticket{0};    // set while its plugin handles a delivery
  std::atomic<std::uint64_t> control{0};   // set, never twice to the same, during a [control] call
  std::atomic<std::uint64_t> event[2] = {0, 0};

  void enter(std::uint64_t t, const core::Uid& uid) {
    std::uint64_t words[2];
    std::memcpy(words, uid.bytes.data(), 16);
    event[0].store(words[0], std::memory_order_relaxed);
    event[1].store(words[1], std::memory_order_relaxed);
    ticket.store(t, std::memory_order_release);
  }
  void leave() { ticket.store(0, std::memory_order_release); }
  core::Uid uid() const {
    const std::uint64_t words[2] = {event[0].load(std::memory_order_relaxed), event[1].load(std::memory_order_relaxed)};
    core::Uid u;
    std::memcpy(u.bytes.data(), words, 16);
    return u;
  }
};

// What a lane wants after a run.
enum class Next : std::uint8_t {
  again,   // there is more to do
  linger,  // there is nothing now, but a moment ago there was: run it again within microseconds
  sleep,   // somebody submits it again when there is something to do
};

class Executor {
 public:
  virtual ~Executor() = default;
  // Runs the lane soon: Lane::run(cell), until it answers Next::sleep. Thread: any. Called once for each change of the
  // lane from idle to busy, so a lane is never run by two threads at once.
  virtual void submit(Lane& lane) = 0;
};

}  // namespace hark::bus
