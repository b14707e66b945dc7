// SPDX-License-Identifier: Apache-2.0
// On which threads a plugin is called: as its HARK_THREADS_* lets a host, and no more gently.
#pragma once

#include <dirent.h>
#include <hark/plugin.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace hark::testing::hostile {

// AFFINE: "one OS thread from create() to destroy()". Else each call is on a thread of its own, which ends with it:
// "on changing OS threads".
class Callers {
 public:
  explicit Callers(std::uint32_t model) : model_(model) {
    if (model_ == HARK_THREADS_AFFINE) affine_ = std::thread([this] { serve(); });
  }
  Callers(const Callers&) = delete;
  Callers& operator=(const Callers&) = delete;
  ~Callers() {
    if (affine_.joinable()) run(nullptr), affine_.join();
  }

  // KEYED: "concurrent, but one at a time per event key".
  bool are_concurrent() const { return model_ == HARK_THREADS_KEYED || model_ == HARK_THREADS_CONCURRENT; }

  // That live as long as this.
  std::size_t own_threads() const { return affine_.joinable() ? 1 : 0; }

  void run(std::function<void()> call) {
    if (model_ != HARK_THREADS_AFFINE) return std::thread(std::move(call)).join();
    std::unique_lock lock(mutex_);
    call_ = std::move(call);
    has_call_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !has_call_; });
  }
  void run_at_once(const std::vector<std::function<void()>>& calls) {
    std::vector<std::thread> threads;
    for (const auto& call : calls) threads.emplace_back(call);
    for (std::thread& t : threads) t.join();
  }

 private:
  void serve() {
    std::unique_lock lock(mutex_);
    for (bool more = true; more;) {
      changed_.wait(lock, [this] { return has_call_; });
      more = call_ != nullptr;
      if (more) {
        lock.unlock();
        call_();
        lock.lock();
      }
      has_call_ = false;
      changed_.notify_all();
    }
  }

  const std::uint32_t model_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> call_;
  bool has_call_ = false;
  std::thread affine_;
};

inline std::size_t threads_of_process() {
  std::size_t n = 0;
  DIR* const tasks = ::opendir("/proc/self/task");
  if (tasks == nullptr) return 0;
  while (const dirent* task = ::readdir(tasks)) n += task->d_name[0] != '.' ? 1u : 0u;
  ::closedir(tasks);
  return n;
}

// Until there are no more than `expected`: a joined thread may still be listed for a moment.
inline std::size_t settled_threads(std::size_t expected, std::chrono::milliseconds at_most) {
  const auto until = std::chrono::steady_clock::now() + at_most;
  for (;;) {
    const std::size_t n = threads_of_process();
    if (n <= expected || std::chrono::steady_clock::now() > until) return n;
    std::this_thread::yield();
  }
}

}  // namespace hark::testing::hostile
