// Lines that never became events: each to the host, some of them to the log.
#pragma once

#include <hark/plugin.hpp>

#include <cstdint>
#include <string_view>

namespace hark::input {

// A flood of bad lines must not become a flood of log lines: the first few of each second are told, the others counted
// and told as a number once the second is over. Every line is handed to the host (refuse_input), which dead-letters it.
// Thread: the reader's.
class Refusals {
 public:
  explicit Refusals(Context& context) : context_(context) {}

  // `origin`: where the input came from, for a person: "stdin line 12".
  void refuse(std::string_view input, std::string_view origin, std::string_view why);
  // Tells of those that were counted and not told.
  void tell_rest();

 private:
  static constexpr std::int64_t window_ns = 1'000'000'000;
  static constexpr unsigned told_each_window = 5;

  Context& context_;
  std::int64_t window_end_ns_ = INT64_MIN;
  unsigned told_ = 0;
  std::uint64_t untold_ = 0;
};

}  // namespace hark::input
