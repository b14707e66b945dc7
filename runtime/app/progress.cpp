#include "app/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "core/clock.h"

namespace hark::app {

void Progress::begin() {
  // A plugin may end the host with exit(): what is then said about it begins a line of its own.
  std::atexit([] { [[maybe_unused]] const ssize_t n = ::write(STDERR_FILENO, "\r\033[K", 4); });
  thread_ = std::thread([this] { run(); });
}

void Progress::end() {
  if (!thread_.joinable()) return;
  {
    core::Lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
  line_.erase();
}

void Progress::run() {
  const auto began = std::chrono::steady_clock::now();
  for (auto next = began;; next += each) {
    {
      core::Lock lock(mutex_);
      while (!ending_ && std::chrono::steady_clock::now() < next) changed_.wait_until(mutex_, next);
      if (ending_) return;
    }
    take_snapshot();
    if (next - began < first) continue;
    line_.show(progress_text(snapshots_.back(), snapshots_.front(), phase_.load(std::memory_order_relaxed)));
  }
}

void Progress::take_snapshot() {
  constexpr std::size_t most = std::chrono::seconds(1) / each + 1;
  snapshots_.push_back({core::now_ns(), bus_.read()});
  if (snapshots_.size() > most) snapshots_.pop_front();
}

bool terminal_is_taken(const Plan& plan) {
  return std::ranges::any_of(plan.instances, [](const PlannedInstance& i) {
    if (i.plugin == nullptr) return false;
    const std::string_view id = i.plugin->table->id;
    if (id == "dev.hark.stdin") return isatty(STDIN_FILENO) == 1;
    if (id != "dev.hark.print") return false;
    return isatty(STDOUT_FILENO) == 1 || i.config->options.json.find("\"stderr\"") != std::string::npos;
  });
}

}  // namespace hark::app
