// The line that changes in place, on a terminal of its own.
#include "app/status_line.h"

#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using hark::app::StatusLine;

namespace {

class Terminal {
 public:
  Terminal() { REQUIRE(openpty(&screen_, &program_, nullptr, nullptr, nullptr) == 0); }
  ~Terminal() {
    close(screen_);
    close(program_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  int fd() const { return program_; }
  void resize(unsigned short columns) const {
    const winsize size{24, columns, 0, 0};
    REQUIRE(ioctl(program_, TIOCSWINSZ, &size) == 0);
  }
  void write(std::string_view text) const { CHECK(::write(program_, text.data(), text.size()) > 0); }
  // What comes next on it; the kernel takes its time to bring it.
  std::string next(std::size_t size) const {
    std::string seen;
    for (pollfd more{screen_, POLLIN, 0}; seen.size() < size && poll(&more, 1, 30'000) == 1;) {
      std::array<char, 4096> bytes;
      const ssize_t n = read(screen_, bytes.data(), std::min(bytes.size(), size - seen.size()));
      if (n <= 0) break;
      seen.append(bytes.data(), static_cast<std::size_t>(n));
    }
    return seen;
  }

 private:
  int screen_ = -1, program_ = -1;
};

bool shows(const Terminal& t, const std::string& expected) {
  const std::string seen = t.next(expected.size());
  CHECK(seen == expected);
  return seen == expected;
}

}  // namespace

TEST_CASE("a status line is drawn over the one before and cleared at the end") {
  const Terminal t;
  StatusLine line(t.fd());
  line.show("one");
  CHECK(shows(t, "\rone\033[K"));
  line.show("one");
  line.show("two");
  CHECK(shows(t, "\rtwo\033[K"));
  line.erase();
  CHECK(shows(t, "\r\033[K"));
  line.erase();
}

TEST_CASE("a status line steps aside for a whole line and comes back below it") {
  const Terminal t;
  StatusLine line(t.fd());
  line.step_aside([&] { t.write("first\n"); });
  CHECK(shows(t, "first\r\n"));  // nothing was shown: nothing to clear
  line.show("status");
  CHECK(shows(t, "\rstatus\033[K"));
  line.step_aside([&] { t.write("second\n"); });
  CHECK(shows(t, "\r\033[Ksecond\r\n\rstatus\033[K"));
  line.erase();
  line.step_aside([&] { t.write("third\n"); });
  CHECK(shows(t, "\r\033[Kthird\r\n"));
}

TEST_CASE("a status line is cut to the width that the terminal has just now") {
  const Terminal t;
  StatusLine line(t.fd());
  t.resize(12);
  line.show("0123456789a");
  CHECK(shows(t, "\r0123456789a\033[K"));  // one column stays free
  line.show("0123456789ab");
  CHECK(shows(t, "\r01234567...\033[K"));
  t.resize(8);
  line.show("0123456789ab");
  CHECK(shows(t, "\r0123...\033[K"));
  t.resize(3);
  line.show("0123456789ab");
  CHECK(shows(t, "\r01\033[K"));
  t.resize(0);  // not known: 80
  line.show(std::string(100, 'x'));
  CHECK(shows(t, "\r" + std::string(76, 'x') + "...\033[K"));
}

TEST_CASE("a terminal that is stopped is not waited for") {
  const Terminal t;
  StatusLine line(t.fd());
  line.show("one");
  CHECK(shows(t, "\rone\033[K"));
  REQUIRE(tcflow(t.fd(), TCOOFF) == 0);
  line.show("two");  // would hang here
  REQUIRE(tcflow(t.fd(), TCOON) == 0);
  line.show("three");
  CHECK(shows(t, "\rthree\033[K"));
}

TEST_CASE("lines of several threads stay whole beside a status line that changes") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  std::string seen;
  std::thread reads([&seen, from = ends[0]] {
    std::array<char, 4096> bytes;
    for (ssize_t n = 0; (n = read(from, bytes.data(), bytes.size())) > 0;)
      seen.append(bytes.data(), static_cast<std::size_t>(n));
  });
  StatusLine line(ends[1]);
  std::atomic<int> writing{2};
  std::vector<std::thread> writers;
  for (const std::string_view text : {"one whole line\n", "another whole line\n"}) {
    writers.emplace_back([&, text] {
      const auto put = [&](std::string_view part) { return ::write(ends[1], part.data(), part.size()); };
      for (int i = 0; i < 200; ++i)
        line.step_aside([&] { put(text.substr(0, 3)), std::this_thread::yield(), put(text.substr(3)); });
      --writing;
    });
  }
  for (int i = 0; writing != 0; ++i) line.show("status " + std::to_string(i));
  for (std::thread& w : writers) w.join();
  line.erase();
  close(ends[1]);
  reads.join();
  close(ends[0]);
  std::istringstream lines(seen);
  int whole = 0;
  for (std::string l; std::getline(lines, l);) {
    const std::size_t cleared = l.rfind("\033[K");
    const std::string text = cleared == std::string::npos ? l : l.substr(cleared + 3);
    whole += text == "one whole line" || text == "another whole line" ? 1 : 0;
  }
  CHECK(whole == 400);
}
