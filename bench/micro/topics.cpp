#include "topics.h"

#include <algorithm>
#include <random>

namespace hark::bench {
namespace {

// Eight types to a site, two to a unit.
std::string site(std::uint32_t i) { return "site" + std::to_string(i / 8); }
std::string unit(std::uint32_t i) { return "unit" + std::to_string(i % 8 / 2); }
std::string kind(std::uint32_t i) { return "reading" + std::to_string(i % 2); }

// 1, 2 or 8 types match: 2.1 on average.
std::string wildcard(std::uint32_t type, std::uint32_t which) {
  if (which < 5) return site(type) + "." + unit(type) + "." + kind(type) + ".*";
  if (which < 9) return site(type) + "." + unit(type) + ".*.new";
  return site(type) + ".**";
}

}  // namespace

Topics::Topics(std::uint32_t n_subscriptions) {
  const std::uint32_t n_types = n_subscriptions / 4;
  for (std::uint32_t i = 0; i < n_types; ++i) types.push_back(site(i) + "." + unit(i) + "." + kind(i) + ".new");
  std::mt19937 random(1);
  for (std::uint32_t i = 0; i < n_subscriptions; ++i) {
    const std::uint32_t type = i % n_types;
    const std::uint32_t subscriber = (type * 5 + i / n_types) % subscribers;
    // Which of ten is the wildcard turns with each pass over the types.
    if ((i + i / n_types) % 10 == 0) {
      subscriptions.push_back(
          {wildcard(type, static_cast<std::uint32_t>(random() % 10)), (subscriber + 31) % subscribers});
    } else {
      subscriptions.push_back({types[type], subscriber});
    }
  }
  std::ranges::shuffle(types, random);
}

}  // namespace hark::bench
