#include "app/status_line.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <string_view>

namespace hark::app {
namespace {

constexpr std::string_view to_begin = "\r", clear_rest = "\033[K";

void put(int terminal, const std::string& bytes) {
  [[maybe_unused]] const ssize_t n = ::write(terminal, bytes.data(), bytes.size());
}

// A write to a stopped terminal would hold up whoever waits for the mutex. One without a controlling process has no
// foreground either: drawn on.
bool may_draw(int terminal) {
  pollfd room{terminal, POLLOUT, 0};
  const pid_t foreground = tcgetpgrp(terminal);
  return poll(&room, 1, 0) == 1 && (room.revents & POLLOUT) != 0 && (foreground < 0 || foreground == getpgrp());
}

// One column stays free: what fills the last one makes some terminals begin a new line.
std::size_t columns_of(int terminal) {
  winsize size{};
  const bool known = ioctl(terminal, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
  return (known ? size.ws_col : 80u) - 1;
}

std::string cut(const std::string& text, std::size_t columns) {
  if (text.size() <= columns) return text;
  constexpr std::string_view more = "...";
  return columns <= more.size() ? text.substr(0, columns) : text.substr(0, columns - more.size()).append(more);
}

}  // namespace

void StatusLine::show(std::string text) {
  core::Lock lock(mutex_);
  text_ = std::move(text);
  draw();
}

void StatusLine::erase() {
  core::Lock lock(mutex_);
  text_.clear();
  wipe();
}

void StatusLine::draw() {
  if (text_.empty() || !may_draw(terminal_)) return;
  std::string text = cut(text_, columns_of(terminal_));
  if (text == drawn_) return;
  put(terminal_, std::string(to_begin).append(text).append(clear_rest));
  drawn_ = std::move(text);
}

void StatusLine::wipe() {
  if (!drawn_.empty()) put(terminal_, std::string(to_begin).append(clear_rest));
  drawn_.clear();
}

}  // namespace hark::app
