// How long to wait before the next attempt: a pure function.
#pragma once

#include <chrono>
#include <cstdint>

#include "flow/options.h"

namespace hark::flow {

// failures: how often it has failed in a row, from 1. random: 64 uniform bits, used only with jitter.
// min(max, base * 2^(failures-1)); with jitter uniformly in its upper half.
std::chrono::nanoseconds backoff(const RetryOptions& options, std::uint32_t failures, std::uint64_t random);

}  // namespace hark::flow
