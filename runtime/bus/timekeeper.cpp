#include "bus/timekeeper.h"

#include <chrono>

#include "bus/lane.h"
#include "core/clock.h"

namespace hark::bus {
namespace {

// steady_clock is CLOCK_MONOTONIC here, so its epoch is now_ns()'s.
std::chrono::steady_clock::time_point point(std::int64_t at_ns) {
  return std::chrono::steady_clock::time_point(std::chrono::nanoseconds(at_ns));
}

template <class Map, class Key>
void erase_one(Map& map, const Key& key, const Lane* lane) {
  for (auto [it, end] = map.equal_range(key); it != end; ++it) {
    if (it->second == lane) {
      map.erase(it);
      return;
    }
  }
}

}  // namespace

Timekeeper::Timekeeper() : thread_([this] { run(); }) {}

Timekeeper::~Timekeeper() {
  {
    core::Lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Timekeeper::wake_at(Lane& lane, std::int64_t at_ns) {
  core::Lock lock(mutex_);
  if (const auto set = by_lane_.find(&lane); set != by_lane_.end()) {
    if (set->second <= at_ns) return;
    erase_one(by_time_, set->second, &lane);
    by_lane_.erase(set);
  }
  const auto it = by_time_.emplace(at_ns, &lane);
  by_lane_.emplace(&lane, at_ns);
  if (it == by_time_.begin()) changed_.notify_all();
}

void Timekeeper::forget(Lane& lane) {
  core::Lock lock(mutex_);
  const auto set = by_lane_.find(&lane);
  if (set == by_lane_.end()) return;
  erase_one(by_time_, set->second, &lane);
  by_lane_.erase(set);
}

void Timekeeper::run() {
  core::Lock lock(mutex_);
  while (!stopping_) {
    if (by_time_.empty()) {
      changed_.wait(mutex_);
      continue;
    }
    const auto next = by_time_.begin();
    if (next->first > core::now_ns()) {
      changed_.wait_until(mutex_, point(next->first));
      continue;
    }
    Lane* lane = next->second;
    by_time_.erase(next);
    by_lane_.erase(lane);
    lane->poke();  // under the mutex: forget() means gone. A poke takes no lock but its executor's.
  }
}

}  // namespace hark::bus
