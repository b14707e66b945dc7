// The serial executor of one subscriber: takes its deliveries one after the other through the plugin.
//
// A lane is a task, not a thread: an executor runs it whenever there is something to do. Everything that belongs to
// deliveries lives here and is touched by the running thread alone: the scheduler (what is ready, retries due, leases
// of PENDING answers, a pause after AGAIN), the breaker, the table of what is in flight. The instance's own timers fire
// between two deliveries.
//
// poke(), complete(), extend(), chain_of(), start_timer(), cancel_timer(), hand_over() and call(): any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <queue>
#include <string>
#include <vector>

#include "bus/callee.h"
#include "bus/executor.h"
#include "bus/identity.h"
#include "bus/in_flight.h"
#include "bus/inbox.h"
#include "bus/ledger.h"
#include "bus/observer.h"
#include "bus/timers.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/mutex.h"
#include "flow/breaker.h"
#include "flow/options.h"

namespace hark::bus {

class Bus;
class Timekeeper;

struct LaneOptions {
  flow::DeliveryOptions delivery;
  std::uint32_t max_in_flight = 1;  // 1 .. InFlight::max_slots
  std::uint32_t max_batch = 0;      // 0, 1: one at a time
  bool idempotent = false;          // HARK_CAP_IDEMPOTENT
  // Of a contained callee: max_batch are handed over at once, whatever max_in_flight: it sees them one by one, and what
  // it has not begun comes back.
  bool stream = false;
};

// What came of a delivery that was made elsewhere (inline, in the publisher's thread) and did not go well.
struct HandOver {
  Delivery delivery;                // its record is solo; its credit has been taken
  hark_result result = HARK_RETRY;  // one that handle() may give; HARK_UNSET: it was not called
  std::string error;
};

struct LaneCounters {
  Counter acknowledged, skipped, failures;
  CounterBy<Counter, Reason> dead, dropped, lost;
  std::atomic<std::uint64_t> ready{0}, retrying{0};  // gauges
  std::atomic<std::int64_t> slowest_ns{-1};          // by the coarse clock; -1: nothing was acknowledged yet
};

class Lane {
 public:
  Lane(Bus& bus, const Identity& identity, Inbox& inbox, const LaneOptions& options);
  ~Lane();
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  void attach(Executor& executor) { executor_ = &executor; }
  Lane* next_in_queue = nullptr;  // the executor's

  // Something may have changed: run, unless running.
  void poke();
  // After a push and a full fence: run, if the lane sleeps for want of deliveries.
  void poke_for_delivery() {
    if (state_.load(std::memory_order_relaxed) == State::idle) poke();
  }

  // The executor's.
  Next run(Cell& cell);
  // How long a lane that has run dry is looked at again before it sleeps: a wake-up costs the publisher several
  // microseconds.
  static constexpr std::chrono::nanoseconds linger_time = std::chrono::microseconds(5);
  // Of a lane that lingers: how long to wait before the next look. One at once would take the lines of queue and
  // credits from under their writers, for a few events each, and would make a write of each few; so it waits longer as
  // long as events come often, yet it finds few. What is longer than longest_spin is slept.
  static constexpr std::chrono::nanoseconds longest_spin = linger_time;
  std::chrono::nanoseconds lag() const { return std::chrono::nanoseconds(lag_ns_); }
  // Its plugin took its time within the last second: others should not wait behind it. Between two runs.
  bool is_slow() const { return slow_until_ns_ != 0 && core::now_ns() < slow_until_ns_; }

  bool complete(std::uint64_t ticket, hark_result r, std::int64_t retry_after_ns, const hark_error* why);
  bool extend(std::uint64_t ticket, std::int64_t more_ns) { return in_flight_.extend(ticket, more_ns); }
  bool chain_of(std::uint64_t ticket, ChainLink& out) { return in_flight_.chain_of(ticket, out); }
  void hand_over(HandOver&& what) EXCLUDES(mutex_);
  // Runs a task between two deliveries, some time.
  void post(std::function<void()> task) EXCLUDES(mutex_);

  // hark.timers/1. They fire while the lane is open, also when its deliveries are held or quarantined.
  hark_result start_timer(std::int64_t delay_ns, std::int64_t period_ns, std::uint64_t user, std::uint64_t& id);
  bool cancel_timer(std::uint64_t id) { return plugin_timers_.cancel(id); }
  void clear_timers() { plugin_timers_.clear(); }  // before a new generation is made

  // Runs a task on the lane's own executor between two deliveries, and waits for it: every [control] call of a plugin.
  // From within the lane itself it runs at once. False: patience ended first; then a task that has not begun never
  // will, and one that has begun goes on, so it must own what it uses.
  using Patience = std::function<bool()>;  // asked now and then whether to wait on
  bool call(const std::function<void()>& task, const Patience& patience = {}) EXCLUDES(mutex_);

  // Takes the lane away from a thread that does not come back from the plugin; what is left is dealt with as in
  // close(). False: the thread is not in a delivery; ask it with call(). Should it come back after all, it sleeps for
  // ever: the process cannot be taken down in order any more.
  bool take_over() EXCLUDES(mutex_);

  // ---- tasks for call(), on the lane only
  void open(const Callee& callee, Keeper& keeper);  // deliveries begin
  void stop_deliveries();  // none follows, and none is under way; what is pending may still be completed
  void close();            // what is left goes to the spool, else it is dead-lettered with reason `shutdown`
  bool is_open() const { return is_open_; }
  void break_down(std::string_view why);  // the instance is of no use any more: it is replaced before the next delivery

  const Identity& identity() const { return identity_; }
  const LaneCounters& counters() const { return counters_; }
  std::uint32_t in_flight() const { return in_flight_.open_count(); }
  std::int64_t timeout_ns() const { return options_.delivery.timeout.count(); }
  // A code that handle() may not give has a defined meaning, and is told. Any thread.
  hark_result meaning_of(const core::Uid& event, hark_result r) const;

  InlineCallee in_line;

 private:
  enum class State : std::uint8_t { idle, parked, busy };  // parked: idle, and deliveries do not wake it
  struct Timer {
    std::int64_t due_ns;
    bool lease;            // else a retry
    std::uint64_t ticket;  // of a lease
    Delivery delivery;     // of a retry
    bool operator<(const Timer& other) const { return due_ns > other.due_ns; }
  };
  struct Call;
  struct Task;

  // lane.cpp: the scheduler
  void take_hand_overs();
  void take_answers();
  void fire_timers(std::int64_t now);
  bool may_deliver(std::int64_t now) const;
  bool has_outside_work() const;
  bool take(Delivery& out);
  bool has_no_slot() const;
  bool may_load() const;
  bool timer_is_due() const;
  bool load();
  bool has_more() const;
  std::size_t deliver(Cell& cell, std::int64_t now);
  std::size_t deliver_one(Cell& cell);
  std::size_t deliver_batch(Cell& cell, std::uint32_t most);
  bool runs_here() const;

  hark_result call_on_timer(Cell& cell, std::uint64_t user, hark_error& error);

  // lane_rest.cpp: nothing more to do
  void read_clocks();
  void give_back(bool all);
  Next rest(std::int64_t began, std::size_t events, bool again);
  std::int64_t next_lag(std::size_t events, std::int64_t since_ns) const;
  bool go_idle();
  std::int64_t next_due(std::int64_t now) const;

  // lane_timers.cpp: the instance's own timers
  void fire_plugin_timers(Cell& cell, std::int64_t now);
  void timer_answered(hark_result r, std::string_view error);

  // lane_control.cpp: between deliveries, and the end
  void enqueue(std::shared_ptr<Task> task) EXCLUDES(mutex_);
  void run_tasks(Cell& cell);
  void restart(Cell& cell);
  void shut();
  void look_whether_inline();
  void halt_if_taken_over();
  void give_up_all(std::string_view why);
  void keep_or_give_up(std::vector<Delivery>& left, std::string_view why);

  // lane_settle.cpp: what an answer means
  void settle(Slot& slot, hark_result r, std::string_view error);
  void conclude(const Delivery& d, hark_result r, std::string_view error, std::int64_t retry_after_ns);
  void failed(const Delivery& d, hark_result r, std::string_view error, std::int64_t retry_after_ns);
  void retry_later(Delivery d, std::int64_t wait_ns);
  void give_up(const Delivery& d, Reason reason, std::string_view error);
  void finish(const Delivery& d, bool kept = true);
  void note_how_long(const Delivery& d);
  void succeeded();
  void hold(const Delivery& d, std::string_view why);
  void lease_over(Slot& slot);

  // lane_contained.cpp: a process of its own
  bool is_barred(const Delivery& d);
  void settle_contained(Slot& slot, hark_result r, std::string_view error, std::size_t returned);
  void process_ended(const Delivery& d, std::string_view how, std::size_t returned);
  void replace_instance(std::string_view why);
  void open_breaker(std::string_view why);
  void return_pending();

  Bus& bus_;
  const Identity& identity_;
  Inbox& inbox_;
  const LaneOptions options_;
  Executor* executor_ = nullptr;
  Keeper* keeper_ = nullptr;
  Callee callee_;
  bool is_open_ = false;
  bool is_closed_ = false;  // for good: what still comes in is given up
  bool needs_restart_ = false;
  bool ran_dry_ = false;  // deliver() stopped for want of deliveries
  std::string restart_why_;

  alignas(64) std::atomic<State> state_{State::idle};
  std::atomic<bool> outside_{false};  // tasks_ or hand_overs_ hold something
  std::atomic<std::uint32_t> taken_over_{0};
  std::atomic<Cell*> cell_{nullptr};  // of the thread that runs it
  core::Mutex mutex_;
  std::vector<std::shared_ptr<Task>> tasks_ GUARDED_BY(mutex_);
  std::vector<HandOver> hand_overs_ GUARDED_BY(mutex_);

  // Returned by AGAIN, a restart or a lease, or loaded from the spool: before what is in the ring.
  std::deque<Delivery> ready_;
  std::priority_queue<Timer> timers_;  // of deliveries
  Timers plugin_timers_;
  std::uint64_t retrying_ = 0;
  std::int64_t held_until_ns_ = 0;
  std::uint32_t holds_in_a_row_ = 0, restarts_in_a_row_ = 0;
  std::vector<flow::Spool::Item> loaded_;
  std::size_t held_at_ = 0, fatal_at_ = 0;  // where in ready_ the next of the same call goes
  flow::Breaker breaker_;
  InFlight in_flight_;
  LaneCounters counters_;
  std::int64_t lag_ns_ = 0, looked_ns_ = 0;  // see lag(); when the last run ended
  std::int64_t busy_ns_ = 0;                 // when a delivery was last made
  std::int64_t slow_until_ns_ = 0;           // see is_slow()
  // Coarse clocks, read before each round of deliveries and after each call: what now_ns() says; what must be added for
  // Unix time, once a round.
  std::int64_t clock_ns_ = 0, to_wall_ns_ = 0;
  std::int64_t answered_ns_ = 0;  // Unix time at which the answers that are being settled came
  std::uint64_t random_;

  // Given back for a run of events at once.
  core::ReleaseRun released_;
  std::uint64_t spare_events_ = 0, spare_bytes_ = 0;

  std::vector<core::Expanded> expanded_;
  std::vector<hark_delivery> deliveries_;
  std::vector<const hark_delivery*> pointers_;
  std::vector<hark_result> results_;
  std::vector<Slot*> slots_;
};

}  // namespace hark::bus
