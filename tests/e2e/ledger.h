// The final ledger as it is printed: what a person reads, taken apart again.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace hark::e2e {

// One line: "  to out: matched 3 = acknowledged 2, dead-lettered (1 rejected); failed attempts 1". Each word has its
// number; reasons are keys of their own: at("dead-lettered rejected"). A word that is not there counts 0.
class LedgerLine {
 public:
  LedgerLine() = default;
  explicit LedgerLine(std::string_view text);
  std::uint64_t at(const std::string& word) const;
  std::string text;

 private:
  std::map<std::string, std::uint64_t> numbers_;
};

class Ledger {
 public:
  explicit Ledger(const std::string& standard_error);
  // Printed, nothing lost, and every line's sum is right, by our own count too.
  bool balances() const { return balances_; }
  const LedgerLine& from(const std::string& publisher) const;
  const LedgerLine& to(const std::string& subscriber) const;
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::map<std::string, LedgerLine> from_, to_;
  bool balances_ = false;
};

}  // namespace hark::e2e
