#include "app/ledger_text.h"

#include <array>
#include <cstdio>
#include <string_view>

#include "app/seconds_text.h"

namespace hark::app {
namespace {

// "3 rejected, 1 attempts", or empty.
template <class Enum>
std::string by_reason(const std::array<std::uint64_t, static_cast<std::size_t>(Enum::count_)>& counts) {
  std::string text;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    if (!text.empty()) text += ", ";
    text += std::to_string(counts[i]) + " " + std::string(bus::to_text(static_cast<Enum>(i)));
  }
  return text;
}

void append(std::string& line, std::string_view word, const std::string& detail) {
  if (!detail.empty()) line.append(", ").append(word).append(" (").append(detail).append(")");
}
void append(std::string& line, std::string_view word, std::uint64_t n) {
  if (n != 0) line.append(", ").append(word).append(" ").append(std::to_string(n));
}

std::string number(double v) {
  std::array<char, 40> text;
  std::snprintf(text.data(), text.size(), "%.15g", v);
  return text.data();
}

std::string publisher_line(const bus::PublisherReading& p) {
  std::string line =
      "  from " + p.name + ": offered " + std::to_string(p.offered) + " = admitted " + std::to_string(p.admitted);
  append(line, "refused", by_reason<bus::Refusal>(p.refused));
  if (p.unmatched != 0) line += "; heard by nobody " + std::to_string(p.unmatched);
  return line;
}

std::string subscriber_line(const bus::SubscriberReading& s) {
  std::string line =
      "  to " + s.name + ": matched " + std::to_string(s.matched) + " = acknowledged " + std::to_string(s.acknowledged);
  append(line, "skipped", s.skipped);
  append(line, "dead-lettered", by_reason<bus::Reason>(s.dead));
  append(line, "dropped", by_reason<bus::Reason>(s.dropped));
  append(line, "LOST", by_reason<bus::Reason>(s.lost));
  append(line, "queued", s.queued);
  append(line, "spilled", s.spilled);
  append(line, "in flight", s.in_flight);
  append(line, "retrying", s.retrying);
  if (s.recovered != 0) line += "; " + std::to_string(s.recovered) + " of them from an earlier run";
  if (s.slowest_ns > 0) line += "; each within " + seconds_text(std::chrono::nanoseconds(s.slowest_ns));
  if (s.failures != 0) line += "; failed attempts " + std::to_string(s.failures);
  if (s.quarantined) line += "; quarantined";
  return line;
}

std::string metric_line(const store::MetricValue& m) {
  std::string line = "  " + m.instance + ": " + m.name + (m.labels.empty() ? "" : "{" + m.labels + "}") + " = ";
  if (m.kind == store::MetricKind::histogram) {
    line +=
        std::to_string(m.count) + " values, mean " + number(m.count != 0 ? m.sum / static_cast<double>(m.count) : 0);
  } else {
    line += number(m.sum);
  }
  return line + (m.unit.empty() ? "" : " " + m.unit);
}

}  // namespace

std::string ledger_text(const bus::LedgerReading& reading, const std::vector<store::MetricValue>& metrics) {
  std::string text = "ledger:\n";
  for (const auto& p : reading.publishers) {
    if (p.offered != 0) text += publisher_line(p) + "\n";
  }
  for (const auto& s : reading.subscribers) {
    if (s.matched != 0) text += subscriber_line(s) + "\n";
  }
  if (!metrics.empty()) text += "metrics:\n";
  for (const auto& m : metrics) text += metric_line(m) + "\n";
  text += reading.lost() == 0 ? "nothing lost" : std::to_string(reading.lost()) + " LOST";
  text += reading.balances() ? "; every event accounted for\n" : "; THE LEDGER DOES NOT BALANCE, please report this\n";
  return text;
}

}  // namespace hark::app
