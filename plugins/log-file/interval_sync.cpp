#include "interval_sync.h"

#include <algorithm>
#include <utility>

namespace hark::log_file {

void IntervalSync::start() {
  thread_ = std::thread([this] { run(); });
}

void IntervalSync::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void IntervalSync::written(const std::shared_ptr<const AppendFile>& file) {
  const std::lock_guard lock(mutex_);
  if (std::ranges::find(dirty_, file) != dirty_.end()) return;
  dirty_.push_back(file);
  changed_.notify_all();
}

void IntervalSync::run() noexcept {
  std::unique_lock lock(mutex_);
  while (!stopping_ || !dirty_.empty()) {
    changed_.wait(lock, [this] { return stopping_ || !dirty_.empty(); });
    changed_.wait_for(lock, interval_, [this] { return stopping_; });
    const auto files = std::exchange(dirty_, {});
    lock.unlock();
    for (const auto& file : files) {
      if (const int error = file->sync(); error != 0) failed_(error);
    }
    lock.lock();
  }
}

}  // namespace hark::log_file
