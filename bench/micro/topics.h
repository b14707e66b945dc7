// A set of subscriptions like those of a large installation: nine of ten exact, one with a wildcard, and 4.4 of them
// match a type on average.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hark::bench {

struct Topics {
  struct Subscription {
    std::string pattern;
    std::uint32_t subscriber;  // of `subscribers`; those of one type are seldom the same
  };
  static constexpr std::uint32_t subscribers = 64;

  explicit Topics(std::uint32_t n_subscriptions);

  std::vector<std::string> types;  // shuffled
  std::vector<Subscription> subscriptions;
};

}  // namespace hark::bench
