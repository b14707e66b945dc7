// std::mutex with the annotations that clang's -Wthread-safety reads (libstdc++'s own carries none).
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define HARK_TS(x) __attribute__((x))
#else
#define HARK_TS(x)
#endif
#define GUARDED_BY(m) HARK_TS(guarded_by(m))
#define REQUIRES(m) HARK_TS(requires_capability(m))
#define EXCLUDES(...) HARK_TS(locks_excluded(__VA_ARGS__))

namespace hark::core {

class HARK_TS(capability("mutex")) Mutex {
 public:
  void lock() HARK_TS(acquire_capability()) { m_.lock(); }
  void unlock() HARK_TS(release_capability()) { m_.unlock(); }
  bool try_lock() HARK_TS(try_acquire_capability(true)) { return m_.try_lock(); }

 private:
  std::mutex m_;
};

class HARK_TS(scoped_lockable) Lock {
 public:
  explicit Lock(Mutex& m) HARK_TS(acquire_capability(m)) : m_(m) { m_.lock(); }
  ~Lock() HARK_TS(release_capability()) { m_.unlock(); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  Mutex& m_;
};

// Waits on a Mutex that the caller holds. Predicates are written as loops at the call, so that the analysis sees them.
class Condition {
 public:
  void notify_one() { cv_.notify_one(); }
  void notify_all() { cv_.notify_all(); }
  void wait(Mutex& m) REQUIRES(m) { cv_.wait(m); }
  template <class Clock, class Duration>
  std::cv_status wait_until(Mutex& m, const std::chrono::time_point<Clock, Duration>& t) REQUIRES(m) {
    return cv_.wait_until(m, t);
  }

 private:
  std::condition_variable_any cv_;
};

}  // namespace hark::core
