// The threads around the subjects: publishers, and those that complete what was answered PENDING.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "subject.h"

namespace hark::stress {

// What one publisher asked to be told of (KEPT): each token that was admitted, once.
struct Tokens {
  std::vector<std::uint8_t> asked = std::vector<std::uint8_t>(Said::most);
};

// Speaks until done, or until it has said its share. One thread for each publisher, so that its order is known.
void speak(const Stage& stage, bus::Publisher& publisher, std::uint32_t number, std::uint64_t seed, Tokens& tokens,
           const std::atomic<bool>& done);

// Completes, extends, forges, comes too late and twice, until done.
void complete(const Stage& stage, std::uint64_t seed, const std::atomic<bool>& done);

}  // namespace hark::stress
