#include "flow/backoff.h"

#include <algorithm>

namespace hark::flow {

std::chrono::nanoseconds backoff(const RetryOptions& options, std::uint32_t failures, std::uint64_t random) {
  const std::int64_t max = options.max.count();
  std::int64_t wait = std::min(options.base.count(), max);
  for (std::uint32_t i = 1; i < failures && wait < max; ++i) wait = wait > max / 2 ? max : wait * 2;
  if (!options.jitter || wait < 2) return std::chrono::nanoseconds(wait);
  const std::int64_t half = wait / 2;
  return std::chrono::nanoseconds(wait - half +
                                  static_cast<std::int64_t>(random % (static_cast<std::uint64_t>(half) + 1)));
}

}  // namespace hark::flow
