#include "bus/pool.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "bus/lane.h"
#include "bus/observer.h"
#include "core/clock.h"
#include "core/pause.h"
#include "core/stack_sampler.h"

namespace hark::bus {

Pool::Pool(Observer& observer, Cells& cells, unsigned threads) : observer_(observer), cells_(cells), target_(threads) {
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
  Worker& w = workers_.emplace_back(cells_);
  w.thread = std::thread([this, &w] { work(w); });
}

void Pool::attend(const Cell& cell, const std::atomic<bool>& busy) {
  const core::Lock lock(mutex_);
  attended_.push_back({&cell, &busy});
}

// Whoever became busy wrote that down and then looks here; the watch does it in the other order.
void Pool::attended_is_busy() {
  if (!watch_asleep_.load(std::memory_order_seq_cst)) return;
  const core::Lock lock(mutex_);
  watch_asleep_ = false;
  watch_wake_.notify_all();
}

void Pool::submit(Lane& lane) {
  bool wake = false;
  {
    core::Lock lock(mutex_);
    enqueue(lane);
    const bool attended = alive_ - sleeping_ > slow_;
    wake = !attended && claim_sleeper();
  }
  if (wake) work_.notify_one();
}

void Pool::enqueue(Lane& lane) {
  lane.next_in_queue = nullptr;
  (queued_ == 0 ? oldest_ : newest_->next_in_queue) = &lane;
  newest_ = &lane;
  ++queued_;
}

// True: the caller must notify. A sleeper is claimed once, however many lanes are submitted before it runs.
bool Pool::claim_sleeper() {
  if (sleeping_ == 0) return false;
  --sleeping_;
  ++wakes_;
  return true;
}

Lane* Pool::next(Worker& worker) {
  core::Lock lock(mutex_);
  if (worker.slow) --slow_;
  worker.slow = false;
  while (queued_ == 0 && !stopping_) {
    if (!sleep(worker)) return nullptr;
  }
  return queued_ == 0 ? nullptr : take(worker);
}

Lane* Pool::take(Worker& worker) {
  Lane* lane = oldest_;
  oldest_ = lane->next_in_queue;
  --queued_;
  if (lane->is_slow()) {
    worker.slow = true;
    ++slow_;
    if (queued_ != 0 && claim_sleeper()) work_.notify_one();
  }
  if (watch_asleep_) {
    watch_asleep_ = false;
    watch_wake_.notify_all();
  }
  return lane;
}

// False: this worker was a spare one, and has ended.
bool Pool::sleep(Worker& worker) {
  rested_ = true;
  worker.dry_in_a_row = 0;
  ++sleeping_;
  const bool spare = alive_ > target_ + overstaying_;
  const auto until = std::chrono::steady_clock::now() + spare_lives;
  while (wakes_ == 0 && !stopping_) {
    const bool timed_out =
        spare ? work_.wait_until(mutex_, until) == std::cv_status::timeout : (work_.wait(mutex_), false);
    if (!timed_out || wakes_ != 0) continue;
    --sleeping_;
    if (alive_ <= target_ + overstaying_) return true;
    worker.ended = true;
    --alive_;
    return false;
  }
  if (wakes_ != 0) {
    --wakes_;
  } else {
    --sleeping_;
  }
  return true;
}

void Pool::work(Worker& worker) {
  worker.cell.enter_thread();
  while (Lane* lane = next(worker)) {
    const Next wants = lane->run(*worker.cell);
    if (wants == Next::linger) {
      linger(worker, *lane);
      continue;
    }
    worker.dry_in_a_row = 0;
    if (wants == Next::again) {
      core::Lock lock(mutex_);
      enqueue(*lane);
    }
  }
}

// Waits once all the lanes there are have only lingered, as long as the most impatient of them allows.
void Pool::linger(Worker& worker, Lane& lane) {
  const std::chrono::nanoseconds lag = lane.lag();  // once it is queued another worker may run it
  worker.lag = worker.dry_in_a_row == 0 ? lag : std::min(worker.lag, lag);
  {
    core::Lock lock(mutex_);
    enqueue(lane);
    if (++worker.dry_in_a_row < queued_) return;
    worker.dry_in_a_row = 0;
    rested_ = true;
    if (worker.lag > Lane::longest_spin) return nap(worker);
  }
  core::pause_for(worker.lag);
}

// As sleep(), for a moment: a lane that is submitted ends it, those that linger are not submitted.
void Pool::nap(const Worker& worker) {
  const auto until = std::chrono::steady_clock::now() + worker.lag;
  ++sleeping_;
  while (wakes_ == 0 && !stopping_ && work_.wait_until(mutex_, until) != std::cv_status::timeout) {
  }
  --(wakes_ != 0 ? wakes_ : sleeping_);
}

// Looks at every worker once a tick while lanes run: one that is in the same call as at the last look overstays.
void Pool::watch() {
  for (;;) {
    {
      core::Lock lock(mutex_);
      if (stopping_) return;
      look_at_all();
      if (!std::exchange(rested_, false)) help();
    }
    tell();  // without the mutex: taking a stack takes its time
    core::Lock lock(mutex_);
    if (queued_ == 0 && sleeping_ == alive_) {
      watch_asleep_ = true;
      while (watch_asleep_ && all_rest() && !stopping_) watch_wake_.wait(mutex_);
      watch_asleep_ = false;
      if (!all_rest() && !stopping_) watch_wake_.wait_until(mutex_, std::chrono::steady_clock::now() + tick);
    } else if (!stopping_) {
      watch_wake_.wait_until(mutex_, std::chrono::steady_clock::now() + tick);
    }
  }
}

void Pool::look_at_all() {
  const std::int64_t now = core::now_ns();
  overstaying_ = stuck_ = 0;
  for (Worker& w : workers_) overstaying_ += look(*w.cell, w.watched, now) ? 1u : 0u;
  for (Attended& a : attended_) look(*a.cell, a.watched, now);
  std::erase_if(workers_, [](Worker& w) {
    if (!w.ended) return false;
    w.thread.join();  // it said so under the mutex, and then only returns
    return true;
  });
}

// Only the watch ends workers, and lanes live as long as the bus: both are still there.
void Pool::tell() {
  for (const Overdue& o : overdue_) {
    std::array<std::uintptr_t, 32> stack;
    std::size_t frames = core::stack_of(o.cell->thread.load(std::memory_order_acquire), stack);
    if (o.cell->ticket.load(std::memory_order_acquire) != o.ticket) frames = 0;  // it came back: another call's
    observer_.overstays({o.lane->identity(), o.event, o.since, std::span(stack).first(frames)});
  }
  overdue_.clear();
  const bool too_many = stuck_ >= stuck_limit;
  if (too_many != std::exchange(degraded_, too_many)) observer_.degraded(too_many, stuck_);
}

// Lanes wait, and nobody has come round to them for a tick.
void Pool::help() {
  for (std::size_t n = queued_; n != 0; --n) {
    if (claim_sleeper()) {
      work_.notify_one();
    } else if (alive_ < target_ + overstaying_ && alive_ < max_threads) {
      add_worker();
    } else {
      return;
    }
  }
}

bool Pool::all_rest() const {
  return std::ranges::none_of(attended_, [](const Attended& a) { return a.busy->load(std::memory_order_seq_cst); });
}

// True: in the same call as at the last look.
bool Pool::look(const Cell& cell, Watched& w, std::int64_t now) {
  const std::uint64_t ticket = cell.ticket.load(std::memory_order_acquire);
  const std::uint64_t call = ticket != 0 ? ticket : cell.control.load(std::memory_order_acquire);
  const bool same = call != 0 && call == w.last_call;
  if (!same) w = {call, now, false};
  const Lane* lane = cell.lane.load(std::memory_order_acquire);
  if (!same || ticket == 0 || lane == nullptr || now - w.since_ns < lane->timeout_ns()) return same;
  ++stuck_;
  if (!std::exchange(w.told, true))
    overdue_.push_back({lane, &cell, ticket, cell.uid(), std::chrono::nanoseconds(now - w.since_ns)});
  return same;
}

}  // namespace hark::bus
