#include "bus/pool.h"

#include "bus/lane.h"
#include "bus/observer.h"
#include "core/clock.h"

namespace hark::bus {

Pool::Pool(Observer& observer, unsigned threads) : observer_(observer), target_(threads) {
  core::Lock lock(mutex_);
  while (alive_ < target_) add_worker();
  watch_thread_ = std::thread([this] { watch(); });
}

Pool::~Pool() { stop(); }

void Pool::stop() {
  {
    core::Lock lock(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
  watch_wake_.notify_all();
  if (watch_thread_.joinable()) watch_thread_.join();
  std::list<Worker> workers;  // the watch has ended: nobody else changes the list any more
  {
    core::Lock lock(mutex_);
    workers.swap(workers_);
  }
  for (Worker& w : workers) w.thread.join();
}

std::size_t Pool::threads() const {
  core::Lock lock(mutex_);
  return alive_;
}

void Pool::add_worker() {
  ++alive_;
  Worker& w = workers_.emplace_back();
  w.thread = std::thread([this, &w] { work(w); });
}

void Pool::submit(Lane& lane) {
  bool wake = false;
  {
    core::Lock lock(mutex_);
    queue_.push_back(&lane);
    wake = sleeping_ != 0;
  }
  if (wake) work_.notify_one();
}

Lane* Pool::next(Worker& worker) {
  core::Lock lock(mutex_);
  while (queue_.empty() && !stopping_) {
    const bool spare = alive_ > target_ + overstaying_;
    ++sleeping_;
    const auto until = std::chrono::steady_clock::now() + spare_lives;
    const bool timed_out =
        spare ? work_.wait_until(mutex_, until) == std::cv_status::timeout : (work_.wait(mutex_), false);
    --sleeping_;
    if (timed_out && queue_.empty() && alive_ > target_ + overstaying_) {
      worker.ended = true;
      --alive_;
      return nullptr;
    }
  }
  if (queue_.empty()) return nullptr;
  Lane* lane = queue_.front();
  queue_.pop_front();
  if (watch_asleep_) {
    watch_asleep_ = false;
    watch_wake_.notify_all();
  }
  return lane;
}

void Pool::work(Worker& worker) {
  while (Lane* lane = next(worker)) {
    if (lane->run(worker.cell)) submit(*lane);
  }
}

// Looks at every worker once a tick while lanes run: one that is in the same call as at the last look overstays.
void Pool::watch() {
  core::Lock lock(mutex_);
  while (!stopping_) {
    const std::int64_t now = core::now_ns();
    overstaying_ = 0;
    for (Worker& w : workers_) look(w, now);
    std::erase_if(workers_, [](Worker& w) {
      if (!w.ended) return false;
      w.thread.join();  // it said so under the mutex, and then only returns
      return true;
    });
    for (std::size_t n = queue_.size(); n != 0 && alive_ < target_ + overstaying_ && alive_ < max_threads; --n)
      add_worker();
    if (queue_.empty() && sleeping_ == alive_) {
      watch_asleep_ = true;
      while (watch_asleep_ && !stopping_) watch_wake_.wait(mutex_);
    } else {
      watch_wake_.wait_until(mutex_, std::chrono::steady_clock::now() + tick);
    }
  }
}

void Pool::look(Worker& w, std::int64_t now) {
  const std::uint64_t ticket = w.cell.ticket.load(std::memory_order_acquire);
  const std::uint64_t call = ticket != 0 ? ticket : w.cell.control.load(std::memory_order_acquire);
  const bool same = call != 0 && call == w.last_call;
  if (!same) {
    w.last_call = call;
    w.since_ns = now;
    w.told = false;
  }
  w.overstays = same;
  if (same) ++overstaying_;
  const Lane* lane = w.cell.lane.load(std::memory_order_acquire);
  if (!same || ticket == 0 || w.told || lane == nullptr || now - w.since_ns < lane->timeout_ns()) return;
  w.told = true;
  observer_.overstays(lane->identity(), w.cell.uid(), std::chrono::nanoseconds(now - w.since_ns));
}

}  // namespace hark::bus
