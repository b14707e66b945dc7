#include "ledger.h"

#include <algorithm>
#include <cctype>
#include <sstream>

namespace hark::e2e {
namespace {

std::string_view trimmed(std::string_view s) {
  while (!s.empty() && s.front() == ' ') s.remove_prefix(1);
  while (!s.empty() && s.back() == ' ') s.remove_suffix(1);
  return s;
}

// "acknowledged 12" -> {"acknowledged", 12}; "3 rejected" -> {"rejected", 3}.
std::pair<std::string, std::uint64_t> entry(std::string_view s) {
  s = trimmed(s);
  const auto digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
  const auto first = std::ranges::find_if(s, digit);
  const auto last = std::find_if_not(first, s.end(), digit);
  const std::string word(trimmed(std::string_view(s.begin(), first)));
  const std::string behind(trimmed(std::string_view(last, s.end())));
  return {word.empty() ? behind : word, first == s.end() ? 1 : std::stoull(std::string(first, last))};
}

}  // namespace

LedgerLine::LedgerLine(std::string_view line) : text(line) {
  std::string group;
  std::string_view rest = line;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find_first_of(",=;()"), rest.size());
    const std::string_view part = trimmed(rest.substr(0, end));
    const char stop = end < rest.size() ? rest[end] : ' ';
    if (stop == '(') {
      group = std::string(part) + " ";
    } else if (!part.empty()) {
      const auto [word, number] = entry(part);
      numbers_[group + word] = number;
    }
    if (stop == ')') group.clear();
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

std::uint64_t LedgerLine::at(const std::string& word) const {
  const auto it = numbers_.find(word);
  return it == numbers_.end() ? 0 : it->second;
}

Ledger::Ledger(const std::string& err) {
  const std::size_t begin = err.find("ledger:\n");
  if (begin == std::string::npos) return;
  text_ = err.substr(begin);
  std::istringstream lines(text_);
  bool sums = true;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t colon = line.find(": ");
    if (colon == std::string::npos) continue;
    const std::string_view numbers = std::string_view(line).substr(colon + 2);
    const std::string balance(numbers.substr(0, numbers.find(';')));
    const LedgerLine parsed(numbers);
    // Everything behind the `=` adds up to what stands before it.
    const auto adds_up = [&](std::uint64_t total) {
      std::uint64_t sum = 0;
      std::string digits;
      for (const char c : balance.substr(balance.find('=') + 1) + " ") {
        if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
          digits += c;
        } else if (!digits.empty()) {
          sum += std::stoull(digits);
          digits.clear();
        }
      }
      return sum == total;
    };
    if (line.starts_with("  from ")) {
      from_[line.substr(7, colon - 7)] = parsed;
      sums = sums && adds_up(parsed.at("offered"));
    } else if (line.starts_with("  to ")) {
      to_[line.substr(5, colon - 5)] = parsed;
      sums = sums && adds_up(parsed.at("matched"));
    }
  }
  balances_ = sums && text_.find("nothing lost; every event accounted for\n") != std::string::npos;
}

const LedgerLine& Ledger::from(const std::string& publisher) const {
  static const LedgerLine none;
  const auto it = from_.find(publisher);
  return it == from_.end() ? none : it->second;
}

const LedgerLine& Ledger::to(const std::string& subscriber) const {
  static const LedgerLine none;
  const auto it = to_.find(subscriber);
  return it == to_.end() ? none : it->second;
}

}  // namespace hark::e2e
