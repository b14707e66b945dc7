// Lines of the log on their way to a sink, which a thread of its own writes. Bounded: a line that finds it full pushes
// out the oldest, which is counted. Takes memory for what waits, not for what may wait.
#pragma once

#include <spdlog/details/log_msg.h>
#include <spdlog/sinks/sink.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <thread>

#include "core/mutex.h"

namespace hark::app {

// Thread: any.
class LogThread {
 public:
  LogThread(std::unique_ptr<spdlog::sinks::sink> sink, std::size_t most_lines);
  ~LogThread() { finish(); }
  LogThread(const LogThread&) = delete;
  LogThread& operator=(const LogThread&) = delete;

  // Writes what is queued; what is said later is not heard. By its owner.
  void finish();
  void write(spdlog::level::level_enum level, std::string text);
  std::uint64_t dropped() const EXCLUDES(mutex_);

 private:
  struct Line {
    spdlog::log_clock::time_point at;
    spdlog::level::level_enum level;
    std::string text;
  };
  void work();

  const std::unique_ptr<spdlog::sinks::sink> sink_;
  const std::size_t most_lines_;
  mutable core::Mutex mutex_;
  core::Condition wake_;
  std::deque<Line> lines_ GUARDED_BY(mutex_);
  bool ending_ GUARDED_BY(mutex_) = false;
  std::uint64_t dropped_ GUARDED_BY(mutex_) = 0;
  std::thread thread_;  // the last: it uses all of them
};

}  // namespace hark::app
