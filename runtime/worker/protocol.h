// What the host and a worker process say to each other: two memories, a ring in each.
//
//   down   written by the host, sealed, read-only in the worker: calls of the plugin, events, replies
//   up     written by the worker: answers, requests, and what it was doing when it ended
//
// Whatever comes up is a stranger's: it is copied out before it is looked at, bounds are checked, and tickets are the
// lane's to judge. The worker trusts the host. Both are one build: nothing here is a format for keeps.
#pragma once

#include <hark/plugin.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "core/text.h"
#include "ipc/ring.h"

namespace hark::worker {

// The worker's descriptors; 0 reads nothing, 1 and 2 are a pipe to the host.
inline constexpr int down_fd = 3, up_fd = 4, event_fd = 5;

inline constexpr std::uint32_t most_results = 4096;  // of one batch: InFlight::max_slots

// Calls of the plugin. Each is answered by Up::done, events once for a run of them.
enum class Down : std::uint32_t { create = 1, start, event, timer, outcome, flush, reconfigure, stop, destroy };

// Of those marked r the sender waits for the reply.
enum class Up : std::uint32_t {
  done = 1,  // the number of the call, its result and error
  log,
  publish,  // r
  refuse_input,
  finished,
  complete,      // r
  extend,        // r
  retain,        // r
  release,       //
  define,        // r
  record,        //
  room,          // r
  subscribe,     // r
  unsubscribe,   // r
  start_timer,   // r
  cancel_timer,  // r
};

// Before the record of an event.
struct alignas(16) EventHead {
  std::uint64_t ticket, subscription;
  std::int64_t deadline_ns;
  std::uint32_t attempt, flags;
  std::uint32_t last, pad_[3];  // last of its run
};
static_assert(sizeof(EventHead) == 48);

struct alignas(64) Reply {
  std::atomic<std::uint32_t> serial{0};  // of the request that it answers
  hark_result result = 0;
  std::uint64_t first = 0, second = 0;
  std::uint8_t uid[16] = {};
};

struct HostWords {
  std::uint64_t ring_bytes = 0;  // of each of the two rings
  std::uint32_t host_pid = 0, pad_ = 0;
  std::atomic<std::int32_t> log_level{HARK_LOG_INFO};
  ipc::WriterWords down;
  ipc::ReaderWords up;
  Reply reply;
};

// What the worker was doing, for when it does no more. Believed only where it fits what was handed to it.
struct alignas(64) Progress {
  static constexpr std::uint64_t whole_batch = ~std::uint64_t{0};
  std::atomic<std::uint64_t> ticket{0};                         // handled now; whole_batch: all that were handed over
  std::atomic<std::uint32_t> done{0};                           // so many of the run have their result
  std::atomic<std::int32_t> signal{0};                          // set by its crash handler
  std::atomic<std::uint64_t> address{0}, code{0};               // of the fault
  std::atomic<std::uint64_t> library_begin{0}, library_end{0};  // where the plugin lies
  std::atomic<hark_result> results[most_results] = {};
};

struct WorkerWords {
  ipc::ReaderWords down;
  ipc::WriterWords up;
  std::atomic<std::uint32_t> waits_for_reply{0};
  Progress progress;
};

// Where the ring begins behind the words.
template <class Words>
constexpr std::size_t ring_offset() {
  return (sizeof(Words) + 4095) & ~std::size_t{4095};
}

// Values and texts, one after the other.
class Packer {
 public:
  template <class T>
    requires std::is_trivially_copyable_v<T>
  Packer& value(const T& v) {
    bytes_.append(reinterpret_cast<const char*>(&v), sizeof v);
    return *this;
  }
  Packer& text(std::string_view s) {
    value(static_cast<std::uint64_t>(s.size()));
    bytes_.append(s);
    return *this;
  }
  Packer& text(hark_str s) { return text(core::view(s)); }
  std::string_view bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// Of bytes that may be anybody's: past their end it answers zeros and empty texts, and is not good() any more.
class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : rest_(bytes) {}

  template <class T>
    requires std::is_trivially_copyable_v<T>
  T value() {
    T v{};
    if (sizeof v > rest_.size()) return good_ = false, v;
    rest_.copy(reinterpret_cast<char*>(&v), sizeof v);
    rest_.remove_prefix(sizeof v);
    return v;
  }
  std::string_view text() {
    const auto size = value<std::uint64_t>();
    if (size > rest_.size()) return good_ = false, std::string_view{};
    const std::string_view s = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return s;
  }
  hark_str str() { return core::str(text()); }
  bool good() const { return good_; }

 private:
  std::string_view rest_;
  bool good_ = true;
};

}  // namespace hark::worker
