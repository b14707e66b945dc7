// Keeps one plugin's flood of log lines from pushing out everybody else's.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "core/mutex.h"

namespace hark::app {

// Thread: any. A kind of line about one name may come `per_second` times a second; what is held back is counted.
class RateLimit {
 public:
  static constexpr std::uint32_t per_second = 20;

  // held_back: how many lines of this kind were held back in the seconds before; tell that with this line.
  bool allow(std::string_view name, std::string_view kind, std::uint64_t& held_back) EXCLUDES(mutex_);

  // What was held back and not told yet.
  std::uint64_t untold() const EXCLUDES(mutex_);

 private:
  struct Window {
    std::int64_t began_ns = 0;
    std::uint32_t lines = 0;
    std::uint64_t held_back = 0;
  };
  mutable core::Mutex mutex_;
  std::map<std::string, Window, std::less<>> windows_ GUARDED_BY(mutex_);
};

}  // namespace hark::app
