#include "host/probe.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include "core/clock.h"
#include "host/library.h"

namespace hark::host {
namespace {

constexpr char passed = '\x06';
constexpr std::size_t most_text = 4096;

// The child's side. What it says on standard error goes to the parent, a refusal of the loader as well.
[[noreturn]] void load_and_tell(const std::filesystem::path& file, int out) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (const int s : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL})
    signal(s, SIG_DFL);  // the parent's handlers are not for here
  dup2(out, STDERR_FILENO);
  dup2(out, STDOUT_FILENO);
  const auto loaded = load_library(file);
  const std::string text = loaded ? std::string(1, passed) : loaded.error().message;
  [[maybe_unused]] const ssize_t n = ::write(out, text.data(), text.size());
  _exit(loaded ? 0 : 1);
}

// Everything the child says until it ends or patience does.
std::string listen(int in, std::chrono::milliseconds patience, bool& in_time) {
  const std::int64_t until = core::now_ns() + std::chrono::nanoseconds(patience).count();
  std::string text;
  char buffer[1024];
  for (;;) {
    pollfd p{in, POLLIN, 0};
    const std::int64_t left_ms = (until - core::now_ns()) / 1'000'000;
    if (left_ms <= 0 || poll(&p, 1, static_cast<int>(left_ms)) == 0) {
      in_time = false;
      return text;
    }
    const ssize_t n = ::read(in, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return text;
    text.append(buffer, static_cast<std::size_t>(n));
    if (text.size() > most_text) text.erase(0, text.size() - most_text);
  }
}

std::string on_one_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  for (char& c : text) {
    if (c == '\n') c = ' ';
  }
  return text;
}

core::Result<void> verdict(int status, bool in_time, std::chrono::milliseconds patience, const std::string& said) {
  if (in_time && WIFEXITED(status) && WEXITSTATUS(status) == 0 && said.ends_with(passed)) return {};
  const std::string text = said.empty() ? std::string() : ": " + on_one_line(said);
  if (!in_time) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(patience).count();
    return core::fail("its constructors were not done after " + std::to_string(seconds) + " s" + text);
  }
  if (WIFSIGNALED(status)) {
    return core::fail(std::string("its constructors ended the process that tried it (") + strsignal(WTERMSIG(status)) +
                      ")" + text);
  }
  if (WEXITSTATUS(status) == 1 && !said.empty()) return core::fail(on_one_line(said));
  return core::fail("its constructors called exit(" + std::to_string(WEXITSTATUS(status)) + ")" + text);
}

}  // namespace

core::Result<void> probe_library(const std::filesystem::path& file, std::chrono::milliseconds patience) {
  const std::string remembered = file.string() + ".probed";
  if (::access(remembered.c_str(), F_OK) == 0) return {};
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return core::fail(std::string("pipe: ") + std::strerror(errno));
  std::fflush(nullptr);  // or the child's exit() would say it again
  const pid_t child = fork();
  if (child == 0) load_and_tell(file, ends[1]);
  ::close(ends[1]);
  bool in_time = true;
  std::string said;
  if (child > 0) said = listen(ends[0], patience, in_time);
  ::close(ends[0]);
  if (child < 0) return core::fail(std::string("fork: ") + std::strerror(errno));
  if (!in_time) kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  auto result = verdict(status, in_time, patience, said);
  if (result) ::close(::open(remembered.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  return result;
}

}  // namespace hark::host
