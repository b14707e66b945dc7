#include "app/log_thread.h"

#include <spdlog/common.h>

#include <utility>

namespace hark::app {

LogThread::LogThread(std::unique_ptr<spdlog::sinks::sink> sink, std::size_t most_lines)
    : sink_(std::move(sink)), most_lines_(most_lines), thread_([this] { work(); }) {}

void LogThread::finish() {
  if (!thread_.joinable()) return;
  {
    const core::Lock lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void LogThread::write(spdlog::level::level_enum level, std::string text) {
  {
    const core::Lock lock(mutex_);
    if (ending_) return;
    if (lines_.size() == most_lines_) {
      lines_.pop_front();
      ++dropped_;
    }
    lines_.push_back({spdlog::log_clock::now(), level, std::move(text)});
  }
  wake_.notify_one();
}

std::uint64_t LogThread::dropped() const {
  const core::Lock lock(mutex_);
  return dropped_;
}

void LogThread::work() {
  for (;;) {
    Line line;
    {
      const core::Lock lock(mutex_);
      while (lines_.empty() && !ending_) wake_.wait(mutex_);
      if (lines_.empty()) return;
      line = std::move(lines_.front());
      lines_.pop_front();
    }
    sink_->log({line.at, {}, "hark", line.level, line.text});
    if (line.level >= spdlog::level::info) sink_->flush();
  }
}

}  // namespace hark::app
