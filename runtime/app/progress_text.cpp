#include "app/progress_text.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <numeric>
#include <string_view>
#include <vector>

namespace hark::app {
namespace {

using bus::SubscriberReading;

// "1 234 567"
std::string grouped(std::uint64_t n) {
  std::string digits = std::to_string(n);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, 1, ' ');
  return digits;
}

// "812/s", "8.1k/s", "1.2M/s"
std::string rate_text(double per_second) {
  constexpr std::array<const char*, 4> units = {"", "k", "M", "G"};
  std::size_t unit = 0;
  for (; per_second >= 999.5 && unit + 1 < units.size(); ++unit) per_second /= 1000;
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%.*f%s/s", unit != 0 && per_second < 9.95 ? 1 : 0, per_second, units[unit]);
  return text.data();
}

// Of all but the host, whose own events nobody has sent.
std::uint64_t admitted(const bus::LedgerReading& ledger) {
  std::uint64_t n = 0;
  for (const bus::PublisherReading& p : ledger.publishers) n += p.name == "hark" ? 0 : p.admitted;
  return n;
}

// What draining waits for.
std::uint64_t left(const bus::LedgerReading& ledger) {
  std::uint64_t n = 0;
  for (const SubscriberReading& s : ledger.subscribers) n += s.quarantined ? 0 : s.open();
  return n;
}

std::string head(const Snapshot& now, const Snapshot& before, Phase phase) {
  if (phase == Phase::stopping) return "stopping";
  const auto count = [phase](const bus::LedgerReading& l) { return phase == Phase::reading ? admitted(l) : l.done(); };
  const std::uint64_t had = count(before.ledger), have = count(now.ledger);
  const double seconds = static_cast<double>(now.at_ns - before.at_ns) / 1e9;
  const double per_second = seconds > 0 && have > had ? static_cast<double>(have - had) / seconds : 0;
  const std::string what =
      phase == Phase::reading ? grouped(have) + " events" : "draining  " + grouped(left(now.ledger)) + " left";
  return what + "  " + rate_text(per_second);
}

std::string troubles(const bus::LedgerReading& ledger) {
  std::uint64_t failed = 0, dead = 0, dropped = 0, refused = 0;
  const auto sum = [](const auto& by_reason) {
    return std::accumulate(by_reason.begin(), by_reason.end(), std::uint64_t{0});
  };
  for (const SubscriberReading& s : ledger.subscribers) {
    failed += s.failures;
    dead += sum(s.dead);
    dropped += sum(s.dropped);
  }
  for (const bus::PublisherReading& p : ledger.publishers) {  // one that was told AGAIN comes again
    refused += p.refused_total() - p.refused[static_cast<std::size_t>(bus::Refusal::again)];
  }
  std::string text;
  const auto append = [&text](std::uint64_t n, std::string_view word) {
    if (n != 0) text.append("  ").append(grouped(n)).append(" ").append(word);
  };
  append(ledger.lost(), "LOST");
  append(failed, "failed");
  append(dead, "dead-lettered");
  append(dropped, "dropped");
  append(refused, "refused");
  return text;
}

std::string queues(const bus::LedgerReading& ledger) {
  const auto waiting = [](const SubscriberReading& s) { return s.queued + s.retrying; };
  std::vector<const SubscriberReading*> shown;
  for (const SubscriberReading& s : ledger.subscribers) {
    if (s.quarantined || waiting(s) + s.spilled != 0) shown.push_back(&s);
  }
  std::ranges::stable_sort(shown, [&](const SubscriberReading* a, const SubscriberReading* b) {
    if (a->quarantined != b->quarantined) return a->quarantined;
    return waiting(*a) + a->spilled > waiting(*b) + b->spilled;
  });
  std::string text;
  for (const SubscriberReading* s : shown) {
    text += "  " + s->name;
    if (s->quarantined) text += " quarantined";
    if (waiting(*s) + s->spilled != 0) text += " " + grouped(waiting(*s));
    if (s->spilled != 0) text += " + " + grouped(s->spilled) + " on disk";
  }
  return text;
}

}  // namespace

std::string progress_text(const Snapshot& now, const Snapshot& before, Phase phase) {
  return head(now, before, phase) + troubles(now.ledger) + queues(now.ledger);
}

}  // namespace hark::app
