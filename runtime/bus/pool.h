// A few threads for many lanes.
//
// About as many threads as cores, of which as few are awake as can keep up: one that serves many quick lanes is faster
// than several that take the cores, and the lines of the queues, from the publishers and from each other. Another is
// woken when a lane is submitted and all that are awake run slow lanes, when somebody takes a slow lane while others
// wait, and by the watch when for a tick (5 ms) nobody has run out of lanes.
// When a thread overstays in a callback, the watch gives the others a spare one, so that a subscriber that takes 5 s
// delays nobody else; a spare that finds nothing to do for a while ends.
// While no lane runs, no thread of the pool wakes up, the watch's included.
#pragma once

#include <chrono>
#include <condition_variable>
#include <list>
#include <thread>
#include <vector>

#include "bus/cells.h"
#include "core/mutex.h"

namespace hark::bus {

class Observer;

class Pool final : public Executor {
 public:
  Pool(Observer& observer, Cells& cells, unsigned threads = std::max(2u, std::thread::hardware_concurrency()));
  ~Pool() override;

  // Joins all threads; what is submitted later is not run. Idempotent.
  void stop() EXCLUDES(mutex_);

  void submit(Lane& lane) override EXCLUDES(mutex_);

  std::size_t threads() const EXCLUDES(mutex_);

  // Threads that are not the pool's own, whose calls the watch looks at too. The cell lives as long as the bus.
  void attend(const Cell& cell, const std::atomic<bool>& busy) EXCLUDES(mutex_);
  // One of them has become busy.
  void attended_is_busy() EXCLUDES(mutex_);

  static constexpr std::size_t max_threads = 512;
  static constexpr auto tick = std::chrono::milliseconds(5);  // a call seen in two ticks is no longer counted on
  static constexpr std::size_t stuck_limit = 4;  // so many calls that overstay their timeout at once: degraded
  static constexpr auto spare_lives = std::chrono::seconds(5);

 private:
  // What the watch saw of a thread.
  struct Watched {
    std::uint64_t last_call = 0;
    std::int64_t since_ns = 0;
    bool told = false;
  };
  struct Attended {
    const Cell* cell;
    const std::atomic<bool>* busy;
    Watched watched{};
  };
  struct Worker {
    explicit Worker(Cells& cells) : cell(cells) {}
    std::thread thread;
    const HeldCell cell;
    Watched watched{};
    bool ended = false;
    bool slow = false;               // runs a slow lane
    std::size_t dry_in_a_row = 0;    // runs that only lingered
    std::chrono::nanoseconds lag{};  // the shortest that one of them asked for
  };

  void add_worker() REQUIRES(mutex_);
  void work(Worker& worker) EXCLUDES(mutex_);
  Lane* next(Worker& worker) EXCLUDES(mutex_);
  Lane* take(Worker& worker) REQUIRES(mutex_);
  bool sleep(Worker& worker) REQUIRES(mutex_);
  void linger(Worker& worker, Lane& lane) EXCLUDES(mutex_);
  void nap(const Worker& worker) REQUIRES(mutex_);
  void enqueue(Lane& lane) REQUIRES(mutex_);
  bool claim_sleeper() REQUIRES(mutex_);
  void help() REQUIRES(mutex_);
  void watch() EXCLUDES(mutex_);
  bool look(const Cell& cell, Watched& watched, std::int64_t now) REQUIRES(mutex_);
  bool all_rest() const REQUIRES(mutex_);
  void look_at_all() REQUIRES(mutex_);
  void tell() EXCLUDES(mutex_);

  Observer& observer_;
  Cells& cells_;
  const std::size_t target_;
  mutable core::Mutex mutex_;
  core::Condition work_, watch_wake_;
  // A list through Lane::next_in_queue: queueing allocates nothing.
  Lane* oldest_ GUARDED_BY(mutex_) = nullptr;
  Lane* newest_ GUARDED_BY(mutex_) = nullptr;
  std::size_t queued_ GUARDED_BY(mutex_) = 0;
  std::list<Worker> workers_ GUARDED_BY(mutex_);
  std::size_t sleeping_ GUARDED_BY(mutex_) = 0;  // nobody has woken them yet
  std::size_t wakes_ GUARDED_BY(mutex_) = 0;     // for sleepers that have been claimed and have not seen it yet
  std::size_t slow_ GUARDED_BY(mutex_) = 0;      // workers that run a slow lane
  bool rested_ GUARDED_BY(mutex_) = false;       // since the last tick some worker found nothing to do
  std::size_t overstaying_ GUARDED_BY(mutex_) = 0;
  std::size_t alive_ GUARDED_BY(mutex_) = 0;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::atomic<bool> watch_asleep_{false};  // changed under the mutex
  std::vector<Attended> attended_ GUARDED_BY(mutex_);
  // The watch's own: calls that it has to tell of, and whether it told that there are too many.
  struct Overdue {
    const Lane* lane;
    const Cell* cell;
    std::uint64_t ticket;
    core::Uid event;
    std::chrono::nanoseconds since;
  };
  std::vector<Overdue> overdue_;
  std::size_t stuck_ = 0;
  bool degraded_ = false;
  std::thread watch_thread_;
};

}  // namespace hark::bus
