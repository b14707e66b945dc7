// Counts who is inside an instance just now.
#pragma once

#include <atomic>

namespace hark::stress {

class Entered {
 public:
  explicit Entered(std::atomic<int>& inside) : inside_(inside), before_(inside.fetch_add(1)) {}
  ~Entered() { --inside_; }
  Entered(const Entered&) = delete;
  Entered& operator=(const Entered&) = delete;
  bool is_alone() const { return before_ == 0; }

 private:
  std::atomic<int>& inside_;
  const int before_;
};

}  // namespace hark::stress
