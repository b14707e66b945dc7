#include "witness.h"

#include "core/text.h"

namespace hark::stress {
namespace {

std::size_t index_of(std::string_view reason) {
  std::size_t i = 0;
  while (i < static_cast<std::size_t>(bus::Reason::count_) && bus::to_text(static_cast<bus::Reason>(i)) != reason) ++i;
  return i;
}

}  // namespace

Account* Witness::account_of(std::string_view who) {
  Account* account = accounts_.find(who);
  if (account == nullptr) story_.violations.add("something was told of nobody: " + std::string(who));
  return account;
}

bool Witness::read(const hark_event& event, Tag& out) {
  if (Tag::read(core::view(event.data), out) && Said::is_valid(out.id)) return true;
  story_.violations.add("something was told of an event that nobody published: " + std::string(core::view(event.data)));
  return false;
}

void Witness::ended(Account& account, EventId id, End how, std::string_view reason) {
  ++account.ended;
  if (const End before = account.book.end(id, how); before != End::none) {
    story_.violations.add(account.name + ": " + to_text(id) + " ended twice: " + to_text(before) + ", then " +
                          to_text(how) + " (" + std::string(reason) + ")");
  }
}

void Witness::failed(const bus::Failure& f) {
  Account* account = account_of(f.who.name);
  Tag tag;
  if (account == nullptr || !read(f.event, tag)) return;
  ++account->failed;
  const unsigned before = account->book.add_failure(tag.id);
  if (f.attempt != before + 1) {
    story_.violations.add(account->name + ": " + to_text(tag.id) + ": attempt " + std::to_string(f.attempt) +
                          " failed after " + std::to_string(before) + " failures");
  }
  if (f.will_retry && f.attempt >= account->most) {
    story_.violations.add(account->name + ": " + to_text(tag.id) + ": will be tried more often than it may");
  }
  if (f.error.find("within its timeout") != std::string_view::npos) story_.did.add(Did::lease_over);
  if (f.will_retry) story_.did.add(Did::retried);
}

void Witness::dead_lettered(const store::DeadLetter& letter, const core::Result<void>& kept) {
  ++(kept ? letters : lost);
  if (letter.reason == "loop") {
    ++loop_letters;
    return;
  }
  Account* account = account_of(letter.subscriber);
  Tag tag;
  if (account == nullptr || !read(*letter.event, tag)) return;
  const std::size_t reason = index_of(letter.reason);
  if (reason == account->dead.size()) return story_.violations.add("unknown reason " + std::string(letter.reason));
  ++account->dead[reason];
  ended(*account, tag.id, End::dead, letter.reason);
  switch (static_cast<bus::Reason>(reason)) {
    case bus::Reason::attempts: return story_.did.add(Did::attempts_over);
    case bus::Reason::quarantined: return story_.did.add(Did::dead_in_quarantine);
    case bus::Reason::outcome_unknown: return story_.did.add(Did::outcome_unknown);
    case bus::Reason::shutdown: return story_.did.add(Did::dead_at_shutdown);
    default: break;
  }
}

void Witness::dropped(const bus::Identity& who, const hark_event& event, std::string_view reason) {
  Account* account = account_of(who.name);
  Tag tag;
  if (account == nullptr || !read(event, tag)) return;
  const std::size_t index = index_of(reason);
  if (index == account->dropped.size()) return story_.violations.add("unknown reason " + std::string(reason));
  ++account->dropped[index];
  ended(*account, tag.id, End::dropped, reason);
  story_.did.add(reason == "drop_newest" ? Did::dropped_newest : Did::dropped_oldest);
}

void Witness::quarantined(const bus::Identity&, std::uint32_t, std::string_view) { story_.did.add(Did::quarantined); }
void Witness::recovered(const bus::Identity&) { story_.did.add(Did::well_again); }
void Witness::held(const bus::Identity&, std::string_view, std::chrono::nanoseconds) { story_.did.add(Did::held); }

void Witness::spilling(const bus::Identity& who, bus::Spilling what, std::string_view why) {
  if (what == bus::Spilling::began) story_.did.add(Did::spilled);
  if (what == bus::Spilling::failing) story_.violations.add(who.name + ": its spool fails: " + std::string(why));
}

void Witness::loop_cut(const hark_event&, std::string_view, std::string_view) {
  ++loops;
  story_.did.add(Did::loop_cut);
}

void Witness::misbehaved(const bus::Identity& who, const core::Uid&, std::string_view what) {
  Account* account = account_of(who.name);
  if (account != nullptr && what == "completed a delivery and answered it as well") {
    ++account->told_doubles;
    story_.did.add(Did::completed_and_answered);
  }
}

}  // namespace hark::stress
