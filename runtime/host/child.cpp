#include "host/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "core/clock.h"

namespace hark::host {
namespace {

constexpr std::size_t most_said = 4096;
constexpr std::size_t most_told = 4u << 20;

struct Pipe {
  int read = -1, write = -1;
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return;
    read = ends[0];
    write = ends[1];
    fcntl(read, F_SETFL, O_NONBLOCK);
  }
  ~Pipe() {
    close_end(read);
    close_end(write);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  static void close_end(int& fd) {
    if (fd >= 0) ::close(fd);
    fd = -1;
  }
};

[[noreturn]] void become_child(const Pipe& told, const Pipe& said, const std::function<void(const Teller&)>& body) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (const int s : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL})
    signal(s, SIG_DFL);  // the parent's handlers are not for here
  if (const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC); nothing >= 0) dup2(nothing, STDIN_FILENO);
  dup2(said.write, STDOUT_FILENO);
  dup2(said.write, STDERR_FILENO);
  body(Teller(told.write));
  _exit(0);
}

// The parent's side: what comes through both pipes until the child ends or patience does.
class Listener {
 public:
  Listener(int told, int said, int child) : told_(told), said_(said), child_(child) {}

  void listen(std::chrono::milliseconds patience, ChildEnd& end) {
    std::int64_t until = core::now_ns() + std::chrono::nanoseconds(patience).count();
    for (bool ended = false; !ended;) {
      std::array<pollfd, 3> fds{{{told_, POLLIN, 0}, {said_, POLLIN, 0}, {child_, POLLIN, 0}}};
      const std::int64_t left_ms = (until - core::now_ns()) / 1'000'000;
      if (left_ms <= 0 || poll(fds.data(), fds.size(), static_cast<int>(left_ms)) == 0) {
        end.in_time = false;
        break;
      }
      ended = fds[2].revents != 0;  // not the end of its pipes: what it forked may hold them open
      if (take(told_, frames_)) until = core::now_ns() + std::chrono::nanoseconds(patience).count();
      take(said_, end.said);
      if (end.said.size() > most_said) end.said.erase(0, end.said.size() - most_said);
    }
    split(end.told);
  }

 private:
  // All that is there now; a pipe at its end is not polled any more.
  static bool take(int& fd, std::string& into) {
    bool any = false;
    std::array<char, 65536> buffer;
    while (fd >= 0) {
      const ssize_t n = ::read(fd, buffer.data(), buffer.size());
      if (n < 0 && errno == EINTR) continue;
      if (n == 0) fd = -1;
      if (n <= 0) break;
      any = true;
      if (into.size() < most_told) into.append(buffer.data(), static_cast<std::size_t>(n));
      if (static_cast<std::size_t>(n) < buffer.size()) break;
    }
    return any;
  }

  void split(std::vector<ChildEnd::Told>& told) const {
    std::string_view rest = frames_;
    std::array<std::uint32_t, 2> sizes;
    while (rest.size() >= sizeof sizes) {
      std::memcpy(sizes.data(), rest.data(), sizeof sizes);
      rest.remove_prefix(sizeof sizes);
      if (sizes[0] > rest.size() || sizes[1] > rest.size() - sizes[0]) return;
      told.push_back({std::string(rest.substr(0, sizes[0])), std::string(rest.substr(sizes[0], sizes[1]))});
      rest.remove_prefix(std::size_t{sizes[0]} + sizes[1]);
    }
  }

  int told_, said_;
  const int child_;
  std::string frames_;
};

}  // namespace

void Teller::tell(std::string_view key, std::string_view value) const {
  const std::array<std::uint32_t, 2> sizes{static_cast<std::uint32_t>(key.size()),
                                           static_cast<std::uint32_t>(value.size())};
  std::string frame(reinterpret_cast<const char*>(sizes.data()), sizeof sizes);
  frame.append(key).append(value);
  for (std::string_view rest = frame; !rest.empty();) {
    const ssize_t n = ::write(fd_, rest.data(), rest.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
}

const std::string* ChildEnd::value(std::string_view key) const {
  const auto found = std::find_if(told.rbegin(), told.rend(), [key](const Told& t) { return t.key == key; });
  return found == told.rend() ? nullptr : &found->value;
}

core::Result<ChildEnd> in_child(std::chrono::milliseconds patience, const std::function<void(const Teller&)>& body) {
  Pipe told, said;
  if (told.read < 0 || said.read < 0) return core::fail(std::string("pipe: ") + std::strerror(errno));
  std::fflush(nullptr);  // or the exit() of the child would say it again
  const pid_t child = fork();
  if (child < 0) return core::fail(std::string("fork: ") + std::strerror(errno));
  if (child == 0) become_child(told, said, body);
  Pipe::close_end(told.write);
  Pipe::close_end(said.write);
  ChildEnd end;
  const auto alive =
      static_cast<int>(syscall(SYS_pidfd_open, child, 0));  // glibc 2.36 declares pidfd_open() for C only
  Listener(told.read, said.read, alive).listen(patience, end);
  if (alive >= 0) ::close(alive);
  if (!end.in_time) kill(child, SIGKILL);
  while (waitpid(child, &end.status, 0) < 0 && errno == EINTR) {
  }
  return end;
}

std::string on_one_line(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  std::ranges::replace(text, '\n', ' ');
  return text;
}

}  // namespace hark::host
