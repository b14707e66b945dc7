// What an episode will be, drawn from one number: the same seed, the same plan. Threads still run as they please.
#pragma once

#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "bus/subscriber.h"

namespace hark::stress {

using Random = std::mt19937_64;
inline bool one_in(Random& random, unsigned n) { return random() % n == 0; }
template <class... T>
auto any_of(Random& random, T... choices) {
  const std::common_type_t<T...> all[] = {choices...};
  return all[random() % sizeof...(choices)];
}

enum class Temper : std::uint8_t { well, moody, failing };  // well: answers OK and SKIP only

struct SubjectPlan {
  std::string name, pattern;  // no pattern: only what it subscribes to
  bus::SubscriberOptions options;
  Temper temper = Temper::moody;
  std::uint64_t seed = 0;
  unsigned restarts = 0;  // then it is out of dispatch for good
  bool roams = false;     // subscribes and unsubscribes
  bool chains = false;    // answers the events of chains by others
  bool ticks = false;     // has timers
  bool spills = false;    // has a spool, and comes again in the next life
  bool hangs = false;     // does not come back from a call, and is taken over
};

// One host, from its start to its end.
struct LifePlan {
  std::uint64_t seed = 0;
  std::chrono::milliseconds length{};
  std::vector<SubjectPlan> cast;  // those that are there from the beginning
  bool drains = true;             // else it ends with what is queued
  bool closes = false;            // its publishers are closed while they speak
};

struct EpisodePlan {
  std::uint64_t seed = 0;
  std::uint32_t publishers = 2, max_hops = 8;
  unsigned threads = 2;
  std::vector<LifePlan> lives;
};

EpisodePlan plan_of(std::uint64_t seed);
// Somebody who comes while others publish.
SubjectPlan passer_by(Random& random, std::string name);

}  // namespace hark::stress
