// The accounts of a life against each other: what the ledger says, what was told, what plugins and publishers saw.
#include <numeric>

#include "core/text.h"
#include "life.h"

namespace hark::stress {
namespace {

using bus::Reason;
using bus::Refusal;

std::uint64_t at(const bus::SubscriberReading::ByReason& counts, Reason r) {
  return counts[static_cast<std::size_t>(r)];
}

bus::Refusal refusal_of(bus::Publish answer) {
  switch (answer) {
    case bus::Publish::again: return Refusal::again;
    case bus::Publish::too_big: return Refusal::too_big;
    case bus::Publish::denied: return Refusal::denied;
    case bus::Publish::loop: return Refusal::loop;
    case bus::Publish::closing: return Refusal::closing;
    default: return Refusal::invalid;
  }
}

}  // namespace

void Life::same(const std::string& who, const char* what, std::uint64_t told, std::uint64_t counted) {
  if (told == counted) return;
  story_.violations.add("life " + std::to_string(story_.life) + ", " + who + ": " + what + ": the host says " +
                        std::to_string(told) + ", it was " + std::to_string(counted));
}

void Life::audit() {
  const bus::LedgerReading reading = bus_.read();
  if (!reading.balances()) story_.violations.add("the ledger does not balance");
  audit_publishers(reading);
  audit_tokens();
  std::uint64_t dead = 0;
  for (const Member& m : members_) {
    const bus::SubscriberReading& r = reading.subscribers.at(m.subject->subscriber.index());
    audit_subject(*m.subject, r);
    audit_events(*m.subject, m.stays);
    dead = std::accumulate(r.dead.begin(), r.dead.end(), dead);
  }
  same("all", "dead letters of subscribers", dead + witness_.loop_letters, witness_.letters);
  same("all", "dead letters in the file", letters_.kept(), witness_.letters);
  same("all", "lost", reading.lost(), 0);
  same("all", "dead letters that could not be kept", witness_.lost, 0);
}

void Life::audit_publishers(const bus::LedgerReading& reading) {
  for (std::size_t i = 0; i < reading.publishers.size(); ++i) {
    const bus::PublisherReading& r = reading.publishers[i];
    std::array<std::uint64_t, static_cast<std::size_t>(Refusal::count_)> refused{};
    std::uint64_t offered = 0;
    for (std::size_t a = 0; a < answers_[i].size(); ++a) {
      offered += answers_[i][a];
      const auto answer = static_cast<bus::Publish>(a);
      if (answer != bus::Publish::ok) refused[static_cast<std::size_t>(refusal_of(answer))] += answers_[i][a];
    }
    same(r.name, "offered", r.offered, offered);
    same(r.name, "admitted", r.admitted, answers_[i][static_cast<std::size_t>(bus::Publish::ok)]);
    for (std::size_t k = 0; k < refused.size(); ++k) {
      same(r.name, std::string(bus::to_text(static_cast<Refusal>(k))).c_str(), r.refused[k], refused[k]);
    }
    if (i != echoes && all_are_heard()) same(r.name, "heard by nobody", r.unmatched, 0);
  }
  const std::uint64_t loops = answers_[echoes][static_cast<std::size_t>(bus::Publish::loop)];
  same("echoes", "dead letters of loops", witness_.loop_letters, loops);
  same("echoes", "loops that were told", witness_.loops, loops);
}

bool Life::all_are_heard() const {
  for (const Member& m : members_) {
    if (m.stays && m.subject->plan.pattern == "**") return true;
  }
  return false;
}

void Life::audit_tokens() {
  for (std::uint32_t p = 1; p <= publishers_.size(); ++p) {
    std::vector<std::uint8_t> told(Said::most);
    const bus::Outcomes::Taken taken = publishers_[p - 1]->outcomes.take();
    for (const std::uint64_t token : taken.kept) ++told.at(token);
    for (const std::uint64_t token : taken.lost)
      story_.violations.add(to_text({p, static_cast<std::uint32_t>(token)}) + " was told to be lost");
    for (std::uint32_t n = 0; n < Said::most; ++n) {
      if (told[n] != tokens_[p - 1].asked[n]) {
        story_.violations.add(to_text({p, n}) + " was told to be kept " + std::to_string(told[n]) + " times, not " +
                              std::to_string(tokens_[p - 1].asked[n]));
      }
    }
    story_.did.add(Did::told_kept, taken.kept.size());
  }
}

void Life::audit_subject(Subject& subject, const bus::SubscriberReading& r) {
  const Account& a = subject.account;
  if (!r.balances()) story_.violations.add(r.name + " does not balance");
  same(r.name, "acknowledged", r.acknowledged, a.acknowledged);
  same(r.name, "skipped", r.skipped, a.skipped);
  same(r.name, "failed attempts", r.failures, a.failed);
  same(r.name, "completed and answered as well", a.told_doubles, a.doubles);
  same(r.name, "queued", r.queued, 0);
  same(r.name, "in flight", r.in_flight, 0);
  same(r.name, "retrying", r.retrying, 0);
  same(r.name, "room that is taken", subject.subscriber.inbox().credits().events(), 0);
  same(r.name, "bytes that are taken", subject.subscriber.inbox().credits().bytes(), 0);
  if (subject.plan.options.lane.delivery.dead_letter) {
    same(r.name, "rejected", at(r.dead, Reason::rejected), a.rejected);
    same(r.name, "given up without a letter", at(r.dropped, Reason::no_dead_letters), 0);
  }
  for (std::size_t i = 0; i < r.dead.size(); ++i) {
    const std::string reason(bus::to_text(static_cast<Reason>(i)));
    same(r.name, ("dead-lettered, " + reason).c_str(), r.dead[i], a.dead[i]);
    if (!subject.plan.options.lane.delivery.dead_letter) same(r.name, "dead-lettered against its will", r.dead[i], 0);
    const auto why = static_cast<Reason>(i);
    if (why == Reason::unsubscribed || why == Reason::no_dead_letters) continue;  // nobody is told of these
    same(r.name, ("dropped, " + reason).c_str(), r.dropped[i], a.dropped[i]);
  }
  const std::uint64_t untold = at(r.dropped, Reason::unsubscribed) + at(r.dropped, Reason::no_dead_letters);
  same(r.name, "ended", r.matched - untold - r.spilled, a.ended);
  if (!subject.plan.spills) same(r.name, "spilled", r.spilled, 0);
  if (subject.plan.spills) story_.spilled[subject.plan.name] = r.spilled;
  story_.did.add(Did::kept_for_next_host, r.spilled);
  story_.did.add(Did::dropped_unsubscribed, at(r.dropped, Reason::unsubscribed));
  story_.did.add(Did::dropped_without_letter, at(r.dropped, Reason::no_dead_letters));
  if (story_.life == story_.plan.lives.size()) same(r.name, "left in the last spool", r.spilled, 0);
}

// Each event that was admitted has ended once at everybody who heard it, and none at anybody else.
void Life::audit_events(const Subject& subject, bool stays) {
  const SubjectPlan& plan = subject.plan;
  const bool is_last = story_.life == story_.plan.lives.size();
  const bool ends_all = stays && !plan.roams && plan.options.lane.delivery.dead_letter && (!plan.spills || is_last);
  const auto pattern = topic::Pattern::parse(plan.pattern.empty() ? "none" : plan.pattern).value();
  std::array<bool, types.size()> heard{};
  for (std::size_t t = 0; t < types.size(); ++t) heard[t] = pattern.matches(types[t]);
  for (std::uint32_t p = 0; p <= story_.plan.publishers; ++p) {
    const std::uint32_t until = std::min(story_.next[p].load(), Said::most);
    for (std::uint32_t n = plan.spills ? 1 : story_.life_began[p]; n < until; ++n) {
      const EventId id{p, n};
      const bool has_ended = subject.account.book.end_of(id) != End::none;
      const bool may_hear = story_.said.state(id) == Said::admitted && (plan.roams || heard[story_.said.type(id)]);
      if (has_ended && !may_hear) story_.violations.add(plan.name + ": " + to_text(id) + " was not for it");
      // Those of chains may be published while it is being stopped.
      if (!has_ended && may_hear && ends_all && p != echoes) {
        story_.violations.add(plan.name + ": " + to_text(id) + " has vanished");
      }
    }
  }
}

}  // namespace hark::stress
