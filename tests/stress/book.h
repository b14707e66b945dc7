// What has become of each event at one subscriber: that it ends once, and once only. Kept from one host to the next.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "bus/ledger.h"
#include "said.h"

namespace hark::stress {

enum class End : std::uint8_t { none, acknowledged, skipped, dead, dropped };
inline const char* to_text(End end) {
  static constexpr const char* texts[] = {"nothing", "acknowledged", "skipped", "dead-lettered", "dropped"};
  return texts[static_cast<std::size_t>(end)];
}

// Thread: any.
class Book {
 public:
  // What had ended it before: must be `none`.
  End end(EventId id, End how) { return End{at(id).end.exchange(static_cast<std::uint8_t>(how))}; }
  End end_of(EventId id) const { return End{at(id).end.load()}; }
  // Failed attempts that were told.
  std::uint8_t failures(EventId id) const { return at(id).failures.load(); }
  std::uint8_t add_failure(EventId id) { return at(id).failures.fetch_add(1); }
  // Whether this is the first that the subscriber sees of it in this life (1, 2 ...).
  bool first_in(std::uint8_t life, EventId id) { return at(id).life.exchange(life) != life; }
  bool was_seen(EventId id) const { return at(id).life.load() != 0; }

 private:
  struct One {
    std::atomic<std::uint8_t> end{0}, failures{0}, life{0};
  };
  One& at(EventId id) { return all_[id.publisher * Said::most + id.n]; }
  const One& at(EventId id) const { return all_[id.publisher * Said::most + id.n]; }

  const std::unique_ptr<One[]> all_{new One[(most_publishers + 1) * Said::most]};
};

// One subscriber's account of one life, as it was told and as its plugin answered: to compare with the ledger.
struct Account {
  using Count = std::atomic<std::uint64_t>;
  using ByReason = std::array<Count, static_cast<std::size_t>(bus::Reason::count_)>;

  Account(std::string of, Book& its_book, std::uint32_t attempts)
      : name(std::move(of)), book(its_book), most(attempts) {}
  const std::string name;
  Book& book;
  const std::uint32_t most;  // attempts
  Count ended{0};
  // The plugin's own.
  Count acknowledged{0}, skipped{0}, rejected{0}, doubles{0};
  // Told by the bus.
  Count failed{0}, told_doubles{0};
  ByReason dead{}, dropped{};
};

// Thread: any.
class Accounts {
 public:
  void add(Account& account) {
    const std::lock_guard lock(mutex_);
    by_name_[account.name] = &account;
  }
  Account* find(std::string_view name) const {
    const std::lock_guard lock(mutex_);
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : found->second;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Account*, std::less<>> by_name_;
};

}  // namespace hark::stress
