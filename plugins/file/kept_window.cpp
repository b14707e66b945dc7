#include "kept_window.h"

#include <algorithm>
#include <utility>

namespace hark::file_source {

bool KeptWindow::wait_for_room(std::chrono::nanoseconds at_most) {
  std::unique_lock lock(mutex_);
  const std::uint64_t wakes = wakes_;
  changed_.wait_for(lock, at_most, [&] { return entries_.size() < capacity || wakes_ != wakes; });
  return entries_.size() < capacity;
}

std::uint64_t KeptWindow::reserve(std::uint32_t file, std::uint64_t end) {
  const std::lock_guard lock(mutex_);
  entries_.push_back({end, file, false});
  return first_ + entries_.size() - 1;
}

void KeptWindow::cancel() {
  const std::lock_guard lock(mutex_);
  entries_.pop_back();
}

bool KeptWindow::kept(std::span<const std::uint64_t> tokens) {
  const std::lock_guard lock(mutex_);
  bool any = false;
  for (const std::uint64_t token : tokens) {
    if (token < first_ || token - first_ >= entries_.size()) continue;
    any = true;
    entries_[token - first_].kept = true;
  }
  for (; !entries_.empty() && entries_.front().kept; ++first_) {
    settled_[entries_.front().file] = entries_.front().end;
    entries_.pop_front();
  }
  if (!any) return false;
  changed_.notify_all();
  return !std::exchange(told_, true);
}

KeptWindow::Offsets KeptWindow::offsets() {
  const std::lock_guard lock(mutex_);
  told_ = false;
  Offsets now{settled_, {}};
  for (const Entry& e : entries_) {
    if (!e.kept) {
      ++now.open[e.file];
    } else if (!now.open.contains(e.file)) {
      now.of[e.file] = e.end;
    }
  }
  return now;
}

void KeptWindow::forget(std::uint32_t file) {
  const std::lock_guard lock(mutex_);
  settled_.erase(file);
}

void KeptWindow::wake() {
  const std::lock_guard lock(mutex_);
  ++wakes_;
  changed_.notify_all();
}

}  // namespace hark::file_source
