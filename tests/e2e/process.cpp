#include "process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <stdexcept>

namespace hark::e2e {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uid_t nobody = 65534;

struct Pipe {
  int read = -1, write = -1;
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    read = ends[0];
    write = ends[1];
  }
  void become_terminal() {
    ::close(read);
    ::close(write);
    read = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (read < 0 || grantpt(read) != 0 || unlockpt(read) != 0) throw std::runtime_error("terminal");
    write = ::open(ptsname(read), O_RDWR | O_NOCTTY | O_CLOEXEC);
  }
};

// The child's side, between fork and exec: calls of the kernel and nothing else.
[[noreturn]] void become(const Launch& launch, char* const* arguments, int in, int out, int err) {
  dup2(in, STDIN_FILENO);
  dup2(err, STDERR_FILENO);
  if (launch.out == Output::closed) {
    ::close(STDOUT_FILENO);
  } else {
    dup2(launch.out == Output::full_device ? ::open("/dev/full", O_WRONLY) : out, STDOUT_FILENO);
  }
  if (launch.out == Output::terminal) dup2(out, STDERR_FILENO);
  umask(022);
  ::signal(SIGPIPE, SIG_DFL);
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = std::min(launch.most_file_bytes, limit.rlim_max);
  setrlimit(RLIMIT_FSIZE, &limit);
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that is killed leaves no host behind
  if (launch.as_nobody && (setgid(nobody) != 0 || setuid(nobody) != 0)) _exit(125);
  if (chdir(launch.folder.c_str()) != 0) _exit(126);
  execv(arguments[0], arguments);
  _exit(127);
}

}  // namespace

bool eventually(const std::function<bool()>& done) {
  const auto until = Clock::now() + patience;
  while (!done()) {
    if (Clock::now() > until) return false;
    std::this_thread::sleep_for(5ms);
  }
  return true;
}

Process::Process(const Launch& launch) {
  ::signal(SIGPIPE, SIG_IGN);
  Pipe in, out;
  const Pipe err;
  if (launch.out == Output::terminal) out.become_terminal();
  if (!launch.input.empty()) {
    ::close(in.read);
    ::close(in.write);
    in.write = -1;
    in.read = ::open(launch.input.c_str(), O_RDONLY | O_CLOEXEC);
  }
  std::vector<std::string> words = launch.command;
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error("fork");
  if (pid_ == 0) become(launch, arguments.data(), in.read, out.write, err.write);
  for (const int fd : {in.read, out.write, err.write}) ::close(fd);
  in_ = in.write;
  if (in_ >= 0) fcntl(in_, F_SETFL, O_NONBLOCK);
  listeners_.emplace_back([this, fd = out.read] { listen(fd, out_); });
  listeners_.emplace_back([this, fd = err.read] { listen(fd, err_); });
}

Process::~Process() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close_input();
  for (std::thread& t : listeners_) t.join();
}

void Process::listen(int from, std::string& into) {
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t n = read(from, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    const std::lock_guard lock(mutex_);
    into.append(buffer.data(), static_cast<std::size_t>(n));
  }
  ::close(from);
}

bool Process::write(std::string_view bytes) {
  const auto until = Clock::now() + patience;
  while (!bytes.empty() && in_ >= 0 && Clock::now() < until) {
    const ssize_t n = ::write(in_, bytes.data(), bytes.size());
    if (n > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(n));
    } else if (errno == EAGAIN) {
      pollfd room{in_, POLLOUT, 0};
      poll(&room, 1, 100);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return bytes.empty();
}

void Process::close_input() {
  if (in_ >= 0) ::close(in_);
  in_ = -1;
}

void Process::signal(int number) const { kill(pid_, number); }

bool Process::running() const {
  siginfo_t info{};
  return waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
}

void Process::make_room() const {
  rlimit limit{};
  prlimit(pid_, RLIMIT_FSIZE, nullptr, &limit);
  limit.rlim_cur = limit.rlim_max;
  prlimit(pid_, RLIMIT_FSIZE, &limit, nullptr);
}

std::chrono::milliseconds Process::age() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began_);
}

std::string Process::out() const {
  const std::lock_guard lock(mutex_);
  return out_;
}

std::string Process::err() const {
  const std::lock_guard lock(mutex_);
  return err_;
}

Ended Process::finish() {
  close_input();
  return wait();
}

Ended Process::wait() {
  Ended ended;
  ended.in_time = eventually([this] { return !running(); });
  if (!ended.in_time) kill(pid_, SIGKILL);
  int status = 0;
  rusage usage{};
  wait4(pid_, &status, 0, &usage);
  ended.took = age();
  pid_ = -1;
  close_input();
  for (std::thread& t : listeners_) t.join();
  listeners_.clear();
  if (WIFEXITED(status)) ended.status = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) ended.signal = WTERMSIG(status);
  ended.max_rss_kb = usage.ru_maxrss;
  ended.out = out();
  ended.err = err();
  return ended;
}

}  // namespace hark::e2e
