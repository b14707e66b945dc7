// The timers that one plugin instance has running (hark.timers/1): when the next one is due, and for whom.
//
// Time is handed in, on core::now_ns()'s clock; nothing here wakes anybody. An id is never used again within the
// process, so one that is late, cancelled or another instance's is simply not found.
//
// start(), cancel() and next_due(): any thread. take(): the lane. clear() and close(): whoever ends the instance.
#pragma once

#include <hark/plugin.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "core/clock.h"
#include "core/mutex.h"

namespace hark::bus {

class Timers {
 public:
  static constexpr std::size_t most = 1024;

  // Due at now + delay, then each period; period 0: once. HARK_INVALID: a negative time; HARK_AGAIN: `most` are
  // running; HARK_CLOSING: after close().
  hark_result start(std::int64_t now, std::int64_t delay_ns, std::int64_t period_ns, std::uint64_t user,
                    std::uint64_t& id) EXCLUDES(mutex_);
  // False: it is not running. It is not taken any more; one that has been taken may still be under way.
  bool cancel(std::uint64_t id) EXCLUDES(mutex_);

  // core::never_ns: none is running.
  std::int64_t next_due() const { return next_due_.load(std::memory_order_seq_cst); }
  // The longest due timer's `user`, or nothing. One with a period is set to the first multiple of it that lies after
  // `now`: those that were missed in between are one, and the phase stays.
  std::optional<std::uint64_t> take(std::int64_t now) EXCLUDES(mutex_);

  void clear() EXCLUDES(mutex_);
  void close() EXCLUDES(mutex_);  // clear(), and no further start()

 private:
  struct Timer {
    std::int64_t due_ns, period_ns;
    std::uint64_t user;
  };
  void note_next() REQUIRES(mutex_);
  void clear_all() REQUIRES(mutex_);

  core::Mutex mutex_;
  std::map<std::uint64_t, Timer> by_id_ GUARDED_BY(mutex_);
  std::set<std::pair<std::int64_t, std::uint64_t>> by_time_ GUARDED_BY(mutex_);  // due, id: equal times in their order
  bool closed_ GUARDED_BY(mutex_) = false;
  std::atomic<std::int64_t> next_due_{core::never_ns};
};

}  // namespace hark::bus
