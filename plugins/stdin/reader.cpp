#include "reader.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace hark::stdin_source {

using input::Line;

Reader::Reader(Context& context, const input::PluginOptions& options, int fd, int stop_fd)
    : context_(context),
      fd_(fd),
      stop_fd_(stop_fd),
      messages_(options),
      buffer_(messages_.max_line(), input::LineParser::padding),
      refusals_(context) {}

void Reader::run() {
  constexpr int pipe_bytes = 1 << 20;
  (void)fcntl(fd_, F_SETPIPE_SZ, pipe_bytes);  // fewer, larger reads; fails where it is no pipe
  Read outcome = Read::some;
  while (outcome == Read::some) {
    while (const auto line = buffer_.next()) {
      take(*line);
      if (stopping()) return drain();
    }
    outcome = read_some();
  }
  if (outcome == Read::stopped) return drain();
  if (const auto line = buffer_.rest()) take(*line);
  refusals_.tell_rest();
  if (outcome == Read::failed) {
    context_.finished(Reject("read stdin: " + std::generic_category().message(error_)));
  } else {
    context_.finished();
  }
}

// Before each read, not each line: a call of the kernel for a quarter of a megabyte.
Reader::Read Reader::read_some() {
  for (;;) {
    if (!wait_for_input()) return Read::stopped;
    const auto room = buffer_.room();
    const ssize_t n = read(fd_, room.data(), room.size());
    if (n > 0) {
      buffer_.filled(static_cast<std::size_t>(n));
      return Read::some;
    }
    if (n == 0) return Read::end;
    if (errno != EINTR && errno != EAGAIN) {
      error_ = errno;
      return Read::failed;
    }
  }
}

// False: stop() was called. A descriptor that poll() does not know is left for read() to complain about.
bool Reader::wait_for_input() {
  pollfd waiting[] = {{fd_, POLLIN, 0}, {stop_fd_, POLLIN, 0}};
  while (poll(waiting, 2, -1) < 0 && errno == EINTR) {
  }
  return waiting[1].revents == 0 && !stopping();
}

void Reader::take(const Line& line) {
  const hark_message* const message = messages_.read(line);
  if (message == nullptr) return refuse(line, messages_.reason());
  if (const std::string why = input::refusal_of(publish(*message)); !why.empty()) refuse(line, why);
}

void Reader::refuse(const Line& line, std::string_view why) {
  refusals_.refuse(line.text, "stdin line " + std::to_string(line.number), why);
}

// Waits for room as long as nobody stops it: the host ends the wait when it stops this source.
hark_result Reader::publish(const hark_message& message) {
  const hark_host* const host = context_.raw();
  return host->publish_wait(host, &message, INT64_MAX, nullptr);
}

// After stop(): what was read is published if the host still takes it, else refused. The beginning of a line whose end
// was not read is no event.
void Reader::drain() {
  while (const auto line = buffer_.next()) take(*line);
  if (const auto line = buffer_.rest()) refuse(*line, "the host is stopping: the rest of this line was not read");
  refusals_.tell_rest();
}

}  // namespace hark::stdin_source
