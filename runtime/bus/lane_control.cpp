// What the host asks of a lane between two deliveries: [control] calls, opening, closing, and taking it away from a
// thread that does not come back.
#include <algorithm>
#include <chrono>
#include <future>
#include <thread>

#include "bus/bus.h"
#include "bus/lane.h"
#include "core/futex.h"

namespace hark::bus {
namespace {

constexpr auto patience_slice = std::chrono::milliseconds(20);

// Lets the pool see that a thread is in a [control] call.
class ControlCall {
 public:
  explicit ControlCall(Cell& cell) : cell_(cell) {
    static constinit thread_local std::uint64_t calls = 0;
    cell_.control.store(std::uint64_t{1} << 63 | ++calls, std::memory_order_release);
  }
  ~ControlCall() { cell_.control.store(0, std::memory_order_release); }
  ControlCall(const ControlCall&) = delete;
  ControlCall& operator=(const ControlCall&) = delete;

 private:
  Cell& cell_;
};

}  // namespace

// A task for the lane. Whoever changes its state from `waiting` decides what becomes of it.
struct Lane::Task {
  enum State : std::uint8_t { waiting, begun, cancelled };
  std::function<void()> function;
  std::atomic<State> state{waiting};
  std::promise<void> done;

  bool move_to(State next) {
    State from = waiting;
    return state.compare_exchange_strong(from, next);
  }
};

bool Lane::call(const std::function<void()>& function, const Patience& patience) {
  if (runs_here()) return function(), true;
  const auto task = std::make_shared<Task>();
  task->function = function;
  auto done = task->done.get_future();
  enqueue(task);
  if (!patience) return done.wait(), true;
  while (done.wait_for(patience_slice) != std::future_status::ready) {
    if (patience()) continue;
    task->move_to(Task::cancelled);
    return false;
  }
  return true;
}

void Lane::enqueue(std::shared_ptr<Task> task) {
  {
    core::Lock lock(mutex_);
    tasks_.push_back(std::move(task));
    outside_.store(true, std::memory_order_seq_cst);
  }
  poke();
}

void Lane::post(std::function<void()> function) {
  const auto task = std::make_shared<Task>();
  task->function = std::move(function);
  enqueue(task);
}

void Lane::run_tasks(Cell& cell) {
  if (!outside_.load(std::memory_order_seq_cst)) return;
  std::vector<std::shared_ptr<Task>> tasks;
  {
    core::Lock lock(mutex_);
    tasks.swap(tasks_);
  }
  for (const auto& task : tasks) {
    if (!task->move_to(Task::begun)) continue;
    const ControlCall call(cell);
    task->function();
    task->done.set_value();
  }
}

// On the lane, so never beside a call of the instance.
void Lane::restart(Cell& cell) {
  const ControlCall call(cell);
  replace_instance(restart_why_);
}

void Lane::open(const Callee& callee, Keeper& keeper) {
  callee_ = callee;
  keeper_ = &keeper;
  is_open_ = true;
  look_whether_inline();
}

void Lane::look_whether_inline() {
  const bool well = is_open_ && !needs_restart_ && breaker_.state() == flow::Breaker::State::closed;
  well ? in_line.allow(callee_) : in_line.forbid();
}

void Lane::stop_deliveries() {
  shut();
  bus_.wait_for_publishers();  // an inline call that had been postponed may be under way
}

void Lane::shut() {
  is_open_ = false;
  plugin_timers_.close();
  look_whether_inline();
}

void Lane::close() {
  shut();
  take_hand_overs();
  take_answers();
  give_up_all("the host stopped");
  is_closed_ = true;
  bus_.timekeeper().forget(*this);  // nothing wakes it from here on: its executor may end before it
}

void Lane::give_up_all(std::string_view why) {
  return_pending();
  std::vector<Delivery> left;
  for (Delivery d; take(d);) left.push_back(d);
  for (; !timers_.empty(); timers_.pop()) {
    if (!timers_.top().lease) left.push_back(timers_.top().delivery);
  }
  retrying_ = 0;
  keep_or_give_up(left, why);
  give_back(true);
  counters_.ready.store(0, std::memory_order_release);
  counters_.retrying.store(0, std::memory_order_release);
}

// What the spool keeps is delivered by the next host, in the order of publishing.
void Lane::keep_or_give_up(std::vector<Delivery>& left, std::string_view why) {
  if (inbox_.spool() != nullptr) {
    std::ranges::stable_sort(left, {}, [](const Delivery& d) { return d.record->uid.bytes; });
    std::vector<flow::Spool::Item> items;
    for (const Delivery& d : left) {
      items.push_back({d.record, {d.subscription, d.attempt, d.flags}, d.position});
      inbox_.credits().give_back(1, d.record->total);
    }
    left.clear();
    for (const flow::Spool::Item& i : inbox_.spool()->close(std::move(items))) {
      inbox_.credits().take(i.record->total);
      left.push_back({i.record, i.note.subscription, i.note.attempt, i.note.flags, i.position});
    }
  }
  for (const Delivery& d : left) give_up(d, Reason::shutdown, why);
}

// The running thread clears its cell's ticket, then looks at taken_over_; take_over() sets that, makes every thread run
// a barrier, then looks at the ticket. So either it sees that the call is over, or the thread sees that it has lost its
// lane.
void Lane::halt_if_taken_over() {
  bus_.barrier_in_this_thread();
  while (taken_over_.load(std::memory_order_acquire) != 0) core::futex_wait(taken_over_, 1);
}

bool Lane::take_over() {
  taken_over_.store(1, std::memory_order_seq_cst);
  bus_.barrier_in_all_threads();
  const Cell* cell = cell_.load(std::memory_order_seq_cst);
  if (cell == nullptr || cell->ticket.load(std::memory_order_seq_cst) == 0) {
    taken_over_.store(0, std::memory_order_seq_cst);
    core::futex_wake_all(taken_over_);
    return false;
  }
  shut();
  take_hand_overs();
  in_flight_.each_open([&](Slot& slot) {
    if (!in_flight_.close(slot)) return;  // complete() was first, and its answer counts
    Delivery d = slot.delivery;
    core::pin(d.record);  // the thread that is stuck may still read it
    in_flight_.free(slot);
    const bool may_repeat = options_.idempotent || options_.delivery.on_unknown == flow::OnUnknown::retry;
    if (!may_repeat || inbox_.spool() == nullptr) {
      return give_up(d, Reason::shutdown, "still being handled when the host stopped");
    }
    d.flags |= HARK_D_REDELIVERED;
    ready_.push_front(d);
  });
  // No lane takes what complete() is about to hand in.
  for (; in_flight_.open_count() != 0; std::this_thread::yield()) take_answers();
  give_up_all("the host stopped while its subscriber was stuck");
  return true;
}

}  // namespace hark::bus
