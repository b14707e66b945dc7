// SPDX-License-Identifier: Apache-2.0
// How the host behaves in one life of the plugin. Everything here is something that plugin.h lets a host do.
#pragma once

#include <hark/plugin.h>

#include <cstdint>
#include <string>

namespace hark::testing::hostile {

// The same numbers for the same seed, everywhere (splitmix64).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint32_t below(std::uint32_t n) { return n == 0 ? 0 : static_cast<std::uint32_t>(next() % n); }
  bool one_in(std::uint32_t n) { return below(n) == 0; }

 private:
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  std::uint64_t state_;
};

enum class Extensions { all, none, refusing };
enum class Tells { promptly, after_stop, not_supported };

struct Mood {
  std::string name;
  bool calm = false;
  bool larger = false;         // R1: structs grow at their end, and flags gain bits
  bool later_minor = false;    // a host may be newer than what the plugin was compiled against
  bool strange_data = false;   // every shape of event that CloudEvents has
  bool redeliver = false;      // "an earlier attempt did not complete"
  bool leases_end = false;     // "a delivery that times out": STALE for complete() and extend(), even inside handle()
  bool lose_outcomes = false;  // outcome: "with OK or why not"
  bool odd_order = false;      // flush: "on request"; deadlines may be over; stop() also for what never was started
  bool no_life = false;        // destroy() right after create()
  bool cut_short = false;      // stop() while it is at work
  bool interns = true;         // type_id: "0 = not interned"
  Extensions extensions = Extensions::all;  // extension: "NULL when unknown"
  Tells tells = Tells::promptly;
  std::int32_t log_level = HARK_LOG_TRACE;
  std::uint32_t generation = 0;  // "+1 for each restart"
  std::uint32_t tier = HARK_TIER_THREAD;
  std::uint32_t retain_budget = UINT32_MAX;  // retain: "HARK_AGAIN when over it"
  // publish: refused so often before it is admitted, with each of these in turn.
  std::uint32_t refusals = 0;
  bool refuse_again = true, refuse_for_good = false;
};

inline constexpr std::uint32_t for_ever = UINT32_MAX;

// The first lives have one trouble each, so that a fault has a clear cause; later ones mix them.
inline Mood mood_of(unsigned life, Random& random) {
  Mood m;
  const auto named = [&](const char* name) { m.name = name; };
  switch (life) {
    case 0: named("a calm host"), m.calm = true; break;
    case 1: named("a newer host: larger structs and unknown flags"), m.larger = m.later_minor = true; break;
    case 2: named("a host without extensions"), m.extensions = Extensions::none; break;
    case 3: named("extensions that refuse"), m.extensions = Extensions::refusing; break;
    case 4: named("strange events"), m.strange_data = true; break;
    case 5: named("publish answers AGAIN, always"), m.refusals = for_ever; break;
    case 6: named("publish answers AGAIN a few times, then OK"), m.refusals = 3; break;
    case 7:
      named("publish refuses for good"), m.refusals = for_ever, m.refuse_again = false, m.refuse_for_good = true;
      break;
    case 8: named("no memory: retain answers AGAIN, always"), m.retain_budget = 0; break;
    case 9: named("little memory: room for one retained event"), m.retain_budget = 1; break;
    case 10: named("every lease is over at once"), m.leases_end = true; break;
    case 11: named("every event comes again"), m.redeliver = true; break;
    case 12: named("outcomes are losses"), m.lose_outcomes = true; break;
    case 13: named("outcomes come after stop()"), m.tells = Tells::after_stop; break;
    case 14: named("a host that does not tell outcomes"), m.tells = Tells::not_supported; break;
    case 15: named("destroyed right after create()"), m.no_life = true; break;
    case 16: named("calls in an odd order, deadlines that are over"), m.odd_order = true; break;
    case 17: named("stopped while at work"), m.cut_short = true; break;
    case 18: named("the third restart, in a worker process"), m.generation = 3, m.tier = HARK_TIER_PROCESS; break;
    case 19: named("quiet, and nothing interned"), m.log_level = HARK_LOG_ERROR, m.interns = false; break;
    default:
      named("everything mixed");
      m.larger = random.one_in(2);
      m.later_minor = random.one_in(2);
      m.strange_data = random.one_in(2);
      m.redeliver = random.one_in(3);
      m.leases_end = random.one_in(3);
      m.lose_outcomes = random.one_in(3);
      m.odd_order = random.one_in(3);
      m.cut_short = random.one_in(3);
      m.interns = random.one_in(2);
      m.extensions = static_cast<Extensions>(random.below(3));
      m.tells = static_cast<Tells>(random.below(3));
      m.log_level = random.one_in(2) ? HARK_LOG_TRACE : HARK_LOG_ERROR;
      m.generation = random.below(4);
      m.tier = random.below(2);
      m.retain_budget = random.one_in(2) ? random.below(4) : UINT32_MAX;
      m.refusals = random.one_in(4) ? for_ever : random.below(6);
      m.refuse_again = random.one_in(2);
      m.refuse_for_good = !m.refuse_again || random.one_in(2);
  }
  return m;
}

}  // namespace hark::testing::hostile
