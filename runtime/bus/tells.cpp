#include "bus/tells.h"

#include <utility>

namespace hark::bus {

void Outcomes::open(std::function<void()> called) {
  core::Lock lock(mutex_);
  called_ = std::move(called);
}

void Outcomes::mute() {
  core::Lock lock(mutex_);
  called_ = nullptr;
}

void Outcomes::begin_generation() {
  core::Lock lock(mutex_);
  generation_.fetch_add(1, std::memory_order_acq_rel);
  waiting_ = {};
}

Outcomes::Taken Outcomes::take() {
  core::Lock lock(mutex_);
  return std::exchange(waiting_, {});
}

void Outcomes::post(std::uint64_t token, std::uint32_t generation, bool lost) {
  core::Lock lock(mutex_);
  if (generation != generation_.load(std::memory_order_relaxed)) return;
  const bool first = waiting_.empty();
  (lost ? waiting_.lost : waiting_.kept).push_back(token);
  if (first && called_) called_();
}

std::uint32_t Tells::open(Outcomes& outcomes, std::uint64_t token) {
  core::Lock lock(mutex_);
  if (free_.empty()) {
    slots_.emplace_back();
    free_.push_back(static_cast<std::uint32_t>(slots_.size()));
  }
  const std::uint32_t tell = free_.back();
  free_.pop_back();
  Slot& s = slots_[tell - 1];
  s.outcomes = &outcomes;
  s.token = token;
  s.generation = outcomes.generation();
  s.lost.store(false, std::memory_order_relaxed);
  s.left.store(1, std::memory_order_relaxed);
  return tell;
}

Tells::Slot& Tells::slot(std::uint32_t tell) {
  core::Lock lock(mutex_);
  return slots_[tell - 1];
}

void Tells::add(std::uint32_t tell, std::uint32_t deliveries) {
  if (tell != 0) slot(tell).left.fetch_add(deliveries, std::memory_order_relaxed);
}

void Tells::done(std::uint32_t tell, bool kept) {
  if (tell == 0) return;
  Slot& s = slot(tell);
  if (!kept) s.lost.store(true, std::memory_order_relaxed);
  if (s.left.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  s.outcomes->post(s.token, s.generation, s.lost.load(std::memory_order_relaxed));
  core::Lock lock(mutex_);
  free_.push_back(tell);
}

}  // namespace hark::bus
