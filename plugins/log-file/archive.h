// The older files beside a log file: how they are called, compressed, and removed.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace hark::log_file {

// An older file is called PATH.YYYYmmdd-HHMMSS by the time of its rotation in UTC, with _001, _002 ... behind it when
// one second sees several, and with .gz behind that once it is compressed. Names never change again.
//
// What is to be done is read from the folder each time, so that a crash leaves nothing to be remembered. It is done on
// a thread of its own: a large file takes long to compress. Thread: next_name() and tidy() by the writer.
class Archive {
 public:
  struct Options {
    std::uint64_t keep = 0;  // older files that are kept; 0: all
    bool gzip = false;
  };
  // `failed`: called on the thread of this object, with what went wrong.
  Archive(std::string path, Options options, std::function<void(const std::string&)> failed);
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;
  ~Archive() { stop(); }

  void start();
  void stop();  // what is not compressed by then is the next start's
  // A name that is not taken; empty: this second has no more.
  std::string next_name(std::chrono::system_clock::time_point now);
  // Something was rotated.
  void tidy();

 private:
  void run() noexcept;
  void look();
  std::optional<std::string> stamp_in(std::string_view name) const;

  const std::string path_;
  const std::string folder_;
  const std::string prefix_;  // of names in the folder
  const Options options_;
  const std::function<void(const std::string&)> failed_;
  std::string last_stamp_;
  unsigned last_count_ = 0;
  std::thread thread_;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool wanted_ = false;  // guarded by mutex_
};

}  // namespace hark::log_file
