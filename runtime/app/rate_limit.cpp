#include "app/rate_limit.h"

#include "core/clock.h"

namespace hark::app {

bool RateLimit::allow(std::string_view name, std::string_view kind, std::uint64_t& held_back) {
  held_back = 0;
  const std::int64_t now = core::coarse_now_ns();
  const std::string key = std::string(name) + '\n' + std::string(kind);
  core::Lock lock(mutex_);
  Window& w = windows_[key];
  if (now - w.began_ns >= 1'000'000'000) {
    held_back = w.held_back;
    w = {now, 0, 0};
  }
  if (w.lines == per_second) return ++w.held_back, false;
  ++w.lines;
  return true;
}

std::uint64_t RateLimit::untold() const {
  core::Lock lock(mutex_);
  std::uint64_t n = 0;
  for (const auto& [key, w] : windows_) n += w.held_back;
  return n;
}

}  // namespace hark::app
