// Wakes lanes at the time they asked for. One thread, asleep while nobody asked.
#pragma once

#include <cstdint>
#include <map>
#include <thread>

#include "core/mutex.h"

namespace hark::bus {

class Lane;

// Thread: any. A lane has at most one time set; setting an earlier one replaces it, forget() takes it back and returns
// only when no poke of that lane is running.
class Timekeeper {
 public:
  Timekeeper();
  ~Timekeeper();

  void wake_at(Lane& lane, std::int64_t at_ns) EXCLUDES(mutex_);
  void forget(Lane& lane) EXCLUDES(mutex_);

 private:
  void run();

  core::Mutex mutex_;
  core::Condition changed_;
  std::multimap<std::int64_t, Lane*> by_time_ GUARDED_BY(mutex_);
  std::map<Lane*, std::int64_t> by_lane_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace hark::bus
