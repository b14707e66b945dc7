// Syncs files to disk within a given time of each write, on its own thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "append_file.h"

namespace hark::log_file {

// Thread: one that writes, and one that starts and stops.
class IntervalSync {
 public:
  // `failed`: called on the thread of this object, with what went wrong.
  IntervalSync(std::chrono::nanoseconds interval, std::function<void(int error)> failed)
      : interval_(interval), failed_(std::move(failed)) {}
  IntervalSync(const IntervalSync&) = delete;
  IntervalSync& operator=(const IntervalSync&) = delete;
  ~IntervalSync() { stop(); }

  void start();
  void stop();  // after a last sync
  void written(const std::shared_ptr<const AppendFile>& file);

 private:
  void run() noexcept;

  const std::chrono::nanoseconds interval_;
  const std::function<void(int)> failed_;
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::shared_ptr<const AppendFile>> dirty_;  // guarded by mutex_
  bool stopping_ = false;                                 // guarded by mutex_
};

}  // namespace hark::log_file
