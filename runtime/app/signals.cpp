#include "app/signals.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cstdint>

namespace hark::app {

Signals::Signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
  signals_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  notified_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

Signals::~Signals() {
  ::close(signals_);
  ::close(notified_);
}

Signals::Woke Signals::wait(std::chrono::milliseconds timeout) {
  pollfd fds[2] = {{signals_, POLLIN, 0}, {notified_, POLLIN, 0}};
  if (poll(fds, 2, static_cast<int>(timeout.count())) <= 0) return Woke::timeout;
  if (fds[0].revents != 0) {
    signalfd_siginfo info;
    while (::read(signals_, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
      if (info.ssi_signo == SIGHUP) {
        hangup_ = true;
      } else {
        ++received_;
      }
    }
    return Woke::signal;
  }
  std::uint64_t n = 0;
  [[maybe_unused]] const ssize_t got = ::read(notified_, &n, sizeof n);
  return Woke::notified;
}

void Signals::notify() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t n = ::write(notified_, &one, sizeof one);
}

}  // namespace hark::app
