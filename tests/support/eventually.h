// Waiting in tests: for a condition with a deadline, never for a time.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace hark::test {

// Far longer than anything should take, so that a loaded machine does not make a test fail.
inline constexpr std::chrono::seconds patience(30);

// True as soon as the predicate is; false when patience ends first.
template <class Predicate>
bool eventually(Predicate predicate) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!predicate()) {
    if (std::chrono::steady_clock::now() >= until) return predicate();
    std::this_thread::yield();
  }
  return true;
}

// Holds threads until it is opened. Opens by itself when destroyed, so that a failed test ends.
class Gate {
 public:
  Gate() = default;
  ~Gate() { open(); }
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.wait_for(lock, 2 * patience, [this] { return open_; });
    --waiting_;
  }
  int waiting() const {
    const std::lock_guard lock(mutex_);
    return waiting_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  int waiting_ = 0;
};

}  // namespace hark::test
