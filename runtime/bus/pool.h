// A few threads for many lanes.
//
// About as many threads as cores. When one overstays in a callback, the watch gives the others a spare thread, so that
// a subscriber that takes 5 s delays nobody else; a spare that finds nothing to do for a while ends.
// While no lane runs, no thread of the pool wakes up, the watch's included.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <list>
#include <thread>

#include "bus/executor.h"
#include "core/mutex.h"

namespace hark::bus {

class Observer;

class Pool final : public Executor {
 public:
  explicit Pool(Observer& observer, unsigned threads = std::max(2u, std::thread::hardware_concurrency()));
  ~Pool() override;

  // Joins all threads; what is submitted later is not run. Idempotent.
  void stop() EXCLUDES(mutex_);

  void submit(Lane& lane) override EXCLUDES(mutex_);

  std::size_t threads() const EXCLUDES(mutex_);

  static constexpr std::size_t max_threads = 512;
  static constexpr auto tick = std::chrono::milliseconds(5);  // a call seen in two ticks is no longer counted on
  static constexpr auto spare_lives = std::chrono::seconds(5);

 private:
  struct Worker {
    std::thread thread;
    Cell cell;
    std::uint64_t last_call = 0;  // the watch's
    std::int64_t since_ns = 0;
    bool told = false;
    bool overstays = false;
    bool ended = false;
  };

  void add_worker() REQUIRES(mutex_);
  void work(Worker& worker) EXCLUDES(mutex_);
  Lane* next(Worker& worker) EXCLUDES(mutex_);
  void watch() EXCLUDES(mutex_);
  void look(Worker& worker, std::int64_t now) REQUIRES(mutex_);

  Observer& observer_;
  const std::size_t target_;
  mutable core::Mutex mutex_;
  core::Condition work_, watch_wake_;
  std::deque<Lane*> queue_ GUARDED_BY(mutex_);
  std::list<Worker> workers_ GUARDED_BY(mutex_);
  std::size_t sleeping_ GUARDED_BY(mutex_) = 0;
  std::size_t overstaying_ GUARDED_BY(mutex_) = 0;
  std::size_t alive_ GUARDED_BY(mutex_) = 0;
  bool stopping_ GUARDED_BY(mutex_) = false;
  bool watch_asleep_ GUARDED_BY(mutex_) = false;
  std::thread watch_thread_;
};

}  // namespace hark::bus
