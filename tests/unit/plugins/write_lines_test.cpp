#include "output/write_lines.h"

#include <catch2/catch.hpp>

#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>

#include <cerrno>
#include <ctime>
#include <string>
#include <thread>

#include "descriptors.h"

using hark::output::Lines;
using hark::output::write_all;

TEST_CASE("whole lines are told from torn ones") {
  Lines lines;
  lines.text() += "ab";
  lines.end_line();
  lines.text() += "cde";
  lines.end_line();
  CHECK(lines.text() == "ab\ncde\n");
  CHECK(lines.size() == 2);
  CHECK(lines.whole(0) == 0);
  CHECK(lines.whole(2) == 0);
  CHECK(lines.whole(3) == 1);
  CHECK(lines.whole(6) == 1);
  CHECK(lines.whole(7) == 2);
  CHECK(lines.end_of(0) == 0);
  CHECK(lines.end_of(1) == 3);
  lines.clear();
  CHECK(lines.size() == 0);
  CHECK(lines.text().empty());
}

TEST_CASE("a write without a reader is an error and no signal") {
  hark::test::Pipe pipe;
  pipe.out.reset();
  const auto done = write_all(pipe.in.get(), "text");
  CHECK(done.bytes == 0);
  CHECK(done.error == EPIPE);
}

TEST_CASE("a signal that was blocked before is left as it was: pending, or not") {
  sigset_t pipe_signal, before, pending;
  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
  const bool was_pending = GENERATE(false, true);
  if (was_pending) pthread_kill(pthread_self(), SIGPIPE);
  hark::test::Pipe pipe;
  pipe.out.reset();
  CHECK(write_all(pipe.in.get(), "text").error == EPIPE);
  sigpending(&pending);
  CHECK((sigismember(&pending, SIGPIPE) != 0) == was_pending);
  const timespec now{};
  while (sigtimedwait(&pipe_signal, nullptr, &now) > 0) {
  }
  sigset_t after;
  pthread_sigmask(SIG_SETMASK, &before, &after);
  CHECK(sigismember(&after, SIGPIPE) != 0);
}

TEST_CASE("a descriptor that does not block is waited for") {
  hark::test::Pipe pipe;
  REQUIRE(fcntl(pipe.in.get(), F_SETFL, O_NONBLOCK) == 0);
  std::string read;
  std::thread reader([&] { read = hark::test::read_text(pipe.out.get()); });
  const std::string text(1'000'000, 'x');
  const auto done = write_all(pipe.in.get(), text);
  pipe.in.reset();
  reader.join();
  CHECK(done.error == 0);
  CHECK(done.bytes == text.size());
  CHECK(read == text);
}
