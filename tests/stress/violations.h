// What did not hold: the first of it in words, the rest as a number.
#pragma once

#include <mutex>
#include <string>
#include <vector>

namespace hark::stress {

// Thread: any.
class Violations {
 public:
  static constexpr std::size_t most = 20;

  void add(std::string what) {
    const std::lock_guard lock(mutex_);
    if (++count_ <= most) first_.push_back(std::move(what));
  }
  std::uint64_t count() const {
    const std::lock_guard lock(mutex_);
    return count_;
  }
  std::vector<std::string> first() const {
    const std::lock_guard lock(mutex_);
    return first_;
  }

 private:
  mutable std::mutex mutex_;
  std::uint64_t count_ = 0;
  std::vector<std::string> first_;
};

}  // namespace hark::stress
