// SIGTERM, SIGINT and SIGHUP as something to wait for, and SIGPIPE as an error code of write().
#pragma once

#include <chrono>
#include <utility>

namespace hark::app {

// Made before the first thread, which all inherit the blocked signals; used by the main thread.
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  enum class Woke { signal, notified, timeout };
  // Until a signal, a notify(), or the time is over. Negative: for ever.
  Woke wait(std::chrono::milliseconds timeout);
  void notify();  // any thread

  int received() const { return received_; }                    // SIGTERM and SIGINT so far
  bool take_hangup() { return std::exchange(hangup_, false); }  // SIGHUP came since the last call

 private:
  int signals_ = -1, notified_ = -1;
  int received_ = 0;
  bool hangup_ = false;
};

}  // namespace hark::app
