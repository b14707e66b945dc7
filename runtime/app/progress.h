// Shows how far a run has come, on a terminal, for as long as it takes.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <thread>

#include "app/plan.h"
#include "app/progress_text.h"
#include "app/status_line.h"
#include "bus/bus.h"
#include "core/mutex.h"

namespace hark::app {

// Used by the main thread. Draws in a thread of its own: the main one is wherever the run is, often waiting, and must
// hear of signals whatever the terminal does.
class Progress {
 public:
  static constexpr std::chrono::milliseconds first{1000};  // a run that is over before shows nothing
  static constexpr std::chrono::milliseconds each{250};

  Progress(const bus::Bus& bus, StatusLine& line) : bus_(bus), line_(line) {}
  ~Progress() { end(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void begin();
  void enter(Phase phase) { phase_.store(phase, std::memory_order_relaxed); }
  void end() EXCLUDES(mutex_);  // and nothing of it is left on the terminal

 private:
  void run() EXCLUDES(mutex_);
  void take_snapshot();

  const bus::Bus& bus_;
  StatusLine& line_;
  std::atomic<Phase> phase_{Phase::reading};
  std::deque<Snapshot> snapshots_;  // of the last second; the thread's
  core::Mutex mutex_;
  core::Condition changed_;
  bool ending_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

// Another one writes on the same terminal, or types there: `print` to it, `stdin` from it. A line that changes in place
// would mix with that. (Of strangers' plugins nothing is known; what they write lands behind the line.)
bool terminal_is_taken(const Plan& plan);

}  // namespace hark::app
