#include "bus/ledger.h"

#include <algorithm>
#include <numeric>

namespace hark::bus {
namespace {

template <std::size_t n>
std::uint64_t sum(const std::array<std::uint64_t, n>& values) {
  return std::accumulate(values.begin(), values.end(), std::uint64_t{0});
}

}  // namespace

std::string_view to_text(Refusal refusal) {
  static constexpr std::string_view texts[] = {"again", "invalid", "too_big", "denied",
                                               "loop",  "stale",   "closing", "input"};
  return texts[static_cast<std::size_t>(refusal)];
}

std::string_view to_text(Reason reason) {
  static constexpr std::string_view texts[] = {"attempts",        "rejected",        "crashed",     "quarantined",
                                               "outcome_unknown", "shutdown",        "drop_oldest", "drop_newest",
                                               "unsubscribed",    "no_dead_letters", "unwritable",  "damaged"};
  return texts[static_cast<std::size_t>(reason)];
}

std::uint64_t PublisherReading::refused_total() const { return sum(refused); }

std::uint64_t SubscriberReading::accounted() const {
  return acknowledged + skipped + open() + sum(dead) + sum(dropped) + sum(lost);
}

std::uint64_t LedgerReading::done() const {
  std::uint64_t total = 0;
  for (const SubscriberReading& s : subscribers) total += s.accounted() - s.open();
  return total;
}

std::uint64_t LedgerReading::lost() const {
  std::uint64_t total = 0;
  for (const SubscriberReading& s : subscribers) total += sum(s.lost);
  return total;
}

bool LedgerReading::balances() const {
  return std::ranges::all_of(publishers, &PublisherReading::balances) &&
         std::ranges::all_of(subscribers, &SubscriberReading::balances);
}

}  // namespace hark::bus
