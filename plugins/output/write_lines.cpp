#include "output/write_lines.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

namespace hark::output {
namespace {

// Holds SIGPIPE and SIGXFSZ off this thread, and takes those that came in the meantime: both are sent to the thread
// that wrote. One that was pending before is left as it was, which it can only be where it was blocked before.
class NoWriteSignals {
 public:
  NoWriteSignals() {
    sigemptyset(&ours_);
    sigaddset(&ours_, SIGPIPE);
    sigaddset(&ours_, SIGXFSZ);
    pthread_sigmask(SIG_BLOCK, &ours_, &before_);
    if (sigismember(&before_, SIGPIPE) != 0 || sigismember(&before_, SIGXFSZ) != 0) leave_pending();
  }
  NoWriteSignals(const NoWriteSignals&) = delete;
  NoWriteSignals& operator=(const NoWriteSignals&) = delete;
  ~NoWriteSignals() {
    if (failed_) {
      const timespec now{};
      while (sigtimedwait(&ours_, nullptr, &now) > 0) {
      }
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  void write_failed() { failed_ = true; }

 private:
  void leave_pending() {
    sigset_t pending;
    sigpending(&pending);
    for (const int signal : {SIGPIPE, SIGXFSZ}) {
      if (sigismember(&pending, signal) != 0) sigdelset(&ours_, signal);
    }
  }

  sigset_t ours_;
  sigset_t before_;
  bool failed_ = false;
};

void wait_for_room(int fd) {
  pollfd waiting{fd, POLLOUT, 0};
  (void)poll(&waiting, 1, -1);
}

}  // namespace

void Lines::end_line() {
  text_.push_back('\n');
  ends_.push_back(text_.size());
}

void Lines::clear() {
  constexpr std::size_t worth_keeping = 8 * full;
  text_.clear();
  if (text_.capacity() > worth_keeping) text_.shrink_to_fit();
  ends_.clear();
}

std::size_t Lines::whole(std::size_t bytes) const {
  return static_cast<std::size_t>(std::ranges::upper_bound(ends_, bytes) - ends_.begin());
}

Written write_all(int fd, std::string_view text) {
  NoWriteSignals guard;
  Written done;
  while (done.bytes < text.size()) {
    const ssize_t n = write(fd, text.data() + done.bytes, text.size() - done.bytes);
    if (n >= 0) {
      done.bytes += static_cast<std::size_t>(n);
    } else if (errno == EAGAIN) {
      wait_for_room(fd);
    } else if (errno != EINTR) {
      done.error = errno;
      guard.write_failed();
      break;
    }
  }
  return done;
}

}  // namespace hark::output
