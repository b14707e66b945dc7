// Where lanes run: a pool of threads shared by many, or one thread of its own.
#pragma once

#include <hark/plugin.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "core/uid.h"

namespace hark::bus {

class Lane;

// What a thread that runs lanes is doing, for the watch that looks on from outside, and for the next start should the
// process be killed: cells may lie in a file (cells.h). Written by the thread; the atomic parts are read by any.
struct alignas(64) Cell {
  std::atomic<const Lane*> lane{nullptr};  // set while a lane runs
  std::atomic<std::uint64_t> ticket{0};    // set while its plugin handles a delivery
  std::atomic<std::uint64_t> control{0};   // set, never twice to the same, during a [control] call
  std::atomic<std::uint64_t> event[2] = {0, 0};
  std::atomic<int> thread{0};  // its id for the kernel

  // The event's type, for who reads the file: written only when it is another than before, so that a call costs a
  // comparison.
  std::uint32_t type_id = 0;
  std::uint8_t type_size = 0;
  char type[64 + 7];

  // of: nullptr for a timer's call.
  void enter(std::uint64_t t, const hark_event* of) {
    std::uint64_t words[2] = {0, 0};
    if (of != nullptr) std::memcpy(words, of->uid, 16);
    event[0].store(words[0], std::memory_order_relaxed);
    event[1].store(words[1], std::memory_order_relaxed);
    if (of == nullptr || of->type_id == 0 || of->type_id != type_id) note_type(of);
    ticket.store(t, std::memory_order_release);
  }
  void leave() { ticket.store(0, std::memory_order_release); }
  core::Uid uid() const {
    const std::uint64_t words[2] = {event[0].load(std::memory_order_relaxed), event[1].load(std::memory_order_relaxed)};
    core::Uid u;
    std::memcpy(u.bytes.data(), words, 16);
    return u;
  }

 private:
  void note_type(const hark_event* of) {
    type_id = of == nullptr ? 0 : of->type_id;
    type_size = of == nullptr ? 0 : static_cast<std::uint8_t>(std::min<std::size_t>(of->type.n, sizeof type));
    if (type_size != 0) std::memcpy(type, of->type.p, type_size);
  }
};
static_assert(sizeof(Cell) == 128 && std::is_trivially_destructible_v<Cell>);

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
