// The process behind a link: how it starts, what it writes, how it ends.
#include "worker/link.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstdio>

namespace hark::worker {
namespace {

constexpr std::uint64_t smallest_ring = 256 * 1024;
constexpr std::size_t most_output = 2048;   // kept for its last words
constexpr std::size_t longest_line = 1024;  // of the log

std::unexpected<core::Error> failed(const char* what, int error = errno) {
  return core::fail(std::string(what) + ": " + std::strerror(error));
}

struct Actions {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  Actions() {
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
  }
  ~Actions() {
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
  }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;
};

}  // namespace

Link::Link(LinkOptions options, const hark_host& host, std::function<void(const std::string&)> on_end)
    : options_(std::move(options)), host_(host), on_end_(std::move(on_end)) {}

core::Result<void> Link::begin() {
  const std::uint64_t ring = std::bit_ceil(std::max(smallest_ring, 2 * (options_.max_event + 4096)));
  auto down = ipc::SharedMemory::make(ring_offset<HostWords>() + ring, ipc::SharedMemory::Writers::only_this);
  if (!down) return std::unexpected(std::move(down.error()));
  auto up = ipc::SharedMemory::make(ring_offset<WorkerWords>() + ring, ipc::SharedMemory::Writers::both);
  if (!up) return std::unexpected(std::move(up.error()));
  down_.emplace(std::move(*down));
  up_.emplace(std::move(*up));
  new (down_->data()) HostWords;
  new (up_->data()) WorkerWords;
  words().ring_bytes = ring;
  words().host_pid = static_cast<std::uint32_t>(getpid());
  words().log_level = host_.log_level(&host_);
  event_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (event_ < 0) return failed("eventfd");
  reader_.emplace(theirs().up, std::span(up_->data() + ring_offset<WorkerWords>(), ring), words().up);
  writer_.emplace(words().down, std::span(down_->data() + ring_offset<HostWords>(), ring), theirs().down);
  words().up.reader = ipc::Reader::away;
  std::promise<core::Result<void>> begun;
  auto result = begun.get_future();
  thread_ = std::thread([this, b = std::move(begun)]() mutable { run(std::move(b)); });
  return result.get();
}

// What the plugin still retains is the instance's to tell, and to release.
void Link::end() {
  if (!ending_.exchange(true)) kill(SIGKILL);
  if (thread_.joinable()) thread_.join();
  for (int* fd : {&event_, &output_, &process_}) {
    if (*fd >= 0) ::close(std::exchange(*fd, -1));
  }
}

void Link::kill(int signal) {
  if (process_ >= 0) syscall(SYS_pidfd_send_signal, process_, signal, nullptr, 0);
}

void Link::run(std::promise<core::Result<void>> begun) {
  auto spawned = spawn();
  const bool runs = spawned.has_value();
  begun.set_value(std::move(spawned));
  if (runs) listen();
}

// In a process group of its own: what a terminal sends to the host's group is for the host to act upon, and what the
// plugin starts can be ended with it.
core::Result<void> Link::spawn() {
  std::array<int, 2> pipe_ends;
  if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) return failed("pipe");
  output_ = pipe_ends[0];
  fcntl(output_, F_SETFL, O_NONBLOCK);
  Actions a;
  posix_spawn_file_actions_addopen(&a.files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&a.files, pipe_ends[1], 1);
  posix_spawn_file_actions_adddup2(&a.files, pipe_ends[1], 2);
  // To numbers that none of them has first: dup2() onto the next one's source would lose that.
  const std::array<int, 3> sources{down_->fd(), up_->fd(), event_};
  std::array<int, 3> high;
  for (std::size_t i = 0; i < 3; ++i) {
    high[i] = fcntl(sources[i], F_DUPFD_CLOEXEC, 64);
    posix_spawn_file_actions_adddup2(&a.files, high[i], down_fd + static_cast<int>(i));
  }
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&a.attributes, &none);
  posix_spawnattr_setsigdefault(&a.attributes, &all);
  posix_spawnattr_setpgroup(&a.attributes, 0);
  posix_spawnattr_setflags(&a.attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  std::string program = options_.program.string(), library = options_.library.string(), host = std::to_string(getpid());
  const std::array<char*, 4> argv{program.data(), library.data(), host.data(), nullptr};
  const int error = posix_spawn(&pid_, program.c_str(), &a.files, &a.attributes, argv.data(), environ);
  for (const int fd : high) ::close(fd);
  ::close(pipe_ends[1]);
  if (error != 0) return failed(program.c_str(), error);
  process_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  if (process_ < 0) {
    const auto why = failed("pidfd_open");
    ::kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    return why;
  }
  return {};
}

void Link::listen() {
  for (;;) {
    std::array<pollfd, 3> fds{{{process_, POLLIN, 0}, {event_, POLLIN, 0}, {output_, POLLIN, 0}}};
    if (poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) break;
    if (fds[2].revents != 0) take_output(false);
    if (fds[0].revents != 0) break;
    if (fds[1].revents == 0) continue;
    std::uint64_t times;
    // NOLINTNEXTLINE(clang-analyzer-unix.BlockInCriticalSection): a try_lock() that failed holds nothing
    [[maybe_unused]] const ssize_t n = ::read(event_, &times, sizeof times);
    // Never waits for a caller: it is this thread that tells the caller of the process's end.
    if (!reading_.try_lock()) continue;
    reader_->come_back();
    serve_between_calls();
    reading_.unlock();
  }
  reap();
}

// Lines go to the log as they come; the end is kept.
void Link::take_output(bool to_end) {
  std::array<char, 4096> buffer;
  for (;;) {
    // NOLINTNEXTLINE(clang-analyzer-unix.BlockInCriticalSection): as in listen()
    const ssize_t n = output_ >= 0 ? ::read(output_, buffer.data(), buffer.size()) : 0;
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      if (n == 0 && output_ >= 0) ::close(std::exchange(output_, -1));  // poll() would answer at once for ever
      return;
    }
    const std::string_view text(buffer.data(), static_cast<std::size_t>(n));
    {
      core::Lock lock(words_mutex_);
      output_text_.append(text);
      if (output_text_.size() > most_output) output_text_.erase(0, output_text_.size() - most_output);
    }
    for (std::string_view rest = text; !rest.empty();) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      const hark_kv from{core::str("from"), core::str("output")};
      if (end != 0)
        host_.log(&host_, HARK_LOG_INFO, 0, core::str(rest.substr(0, std::min(end, longest_line))), &from, 1);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    if (!to_end) return;
  }
}

std::string Link::how_it_ended(int code, int status) {
  if (code == CLD_EXITED) return "its process ended itself: exit(" + std::to_string(status) + ")";
  std::string text =
      std::string("its process was ended by ") + strsignal(status) + " (signal " + std::to_string(status) + ")";
  const Progress& p = theirs().progress;
  if (p.signal.load(std::memory_order_acquire) != status) return text;
  const std::uint64_t at = p.code.load(std::memory_order_relaxed);
  if (at == 0) return text;  // somebody sent it
  std::array<char, 64> hex;
  const auto add = [&](const char* before, std::uint64_t number) {
    std::snprintf(hex.data(), hex.size(), "%s0x%llx", before, static_cast<unsigned long long>(number));
    text += hex.data();
  };
  add(" at address ", p.address.load(std::memory_order_relaxed));
  const std::uint64_t begin = p.library_begin.load(std::memory_order_relaxed);
  if (at < begin || at >= p.library_end.load(std::memory_order_relaxed)) return text;
  text += ", in " + options_.name;
  add("+", at - begin);
  return text;
}

std::string Link::last_words() {
  core::Lock lock(words_mutex_);
  return death_;
}

void Link::reap() {
  if (!ending_) take_output(true);
  ::kill(-pid_, SIGKILL);  // what it left in its group; the group is there as long as its leader is not reaped
  siginfo_t info{};
  while (waitid(static_cast<idtype_t>(3) /* P_PIDFD */, static_cast<id_t>(process_), &info, WEXITED) < 0 &&
         errno == EINTR) {
  }
  std::string text = how_it_ended(info.si_code, info.si_status);
  {
    core::Lock lock(words_mutex_);
    std::string said = core::one_line(output_text_);
    while (said.ends_with(' ')) said.pop_back();
    if (const auto line = output_text_.find_last_of('\n', output_text_.size() > 1 ? output_text_.size() - 2 : 0);
        line != std::string::npos && line + 1 < said.size())
      said.erase(0, line + 1);
    if (!said.empty()) text += "; it last said: " + said;
    death_ = text;
  }
  dead_.store(true, std::memory_order_seq_cst);
  reader_->wake();
  {
    core::Lock lock(reading_);  // a caller has seen it by then
    std::optional<Outcome> nobody;
    while (serve_some(nobody)) {
    }
  }
  if (!ending_) on_end_(text);
}

}  // namespace hark::worker
