// Calls of the plugin: a call down, what comes up meanwhile, and what is to be believed when no answer comes.
#include <signal.h>

#include <algorithm>

#include "core/pause.h"
#include "core/record.h"
#include "worker/link.h"

namespace hark::worker {
namespace {

constexpr std::int64_t spin_ns = 10'000;  // for an answer, before sleeping
constexpr int frames_at_once = 256;
constexpr std::uint32_t flush_each = 8;  // events: the worker begins while the rest is being written
constexpr std::int64_t term_ns = 1'000'000'000;

core::Stamp stamp_of(const hark_event& e) {
  core::Stamp s;
  s.uid = core::Uid::from(e.uid);
  s.cause = core::Uid::from(e.cause);
  s.root = core::Uid::from(e.root);
  s.recv_ns = e.recv_ns;
  s.time_ns = e.time_ns;
  s.hops = e.hops;
  return s;
}

}  // namespace

void Link::lock_for_call() {
  wanted_.store(true, std::memory_order_seq_cst);
  reading_.lock();
  wanted_.store(false, std::memory_order_relaxed);
  reader_->come_back();
  words().log_level.store(host_.log_level(&host_), std::memory_order_relaxed);
}

Outcome Link::call(Down kind, std::string_view payload, std::int64_t until_ns) {
  lock_for_call();
  Outcome outcome{Outcome::What::ended, HARK_FATAL, {}};
  if (char* const at = dead_ ? nullptr : writer_->reserve(payload.size()); at != nullptr) {
    ++calls_;
    std::ranges::copy(payload, at);
    writer_->commit(static_cast<std::uint32_t>(kind), payload.size());
    writer_->flush();
    outcome = await(until_ns);
  } else if (dead_) {
    outcome.error = last_words();
  } else {
    outcome = {Outcome::What::answered, HARK_TOO_BIG, "longer than its worker process takes"};
  }
  serve_between_calls();
  reading_.unlock();
  return outcome;
}

// Of what has come a part, so that whoever calls looks at the clock in between; false: there is no more, or what comes
// makes no sense. done: the answer to the call that runs, if it is among them.
bool Link::serve_some(std::optional<Outcome>& done) {
  ipc::Frame frame;
  for (int n = 0; n < frames_at_once; ++n) {
    if (!reader_->next(frame)) {
      if (reader_->broken()) kill(SIGKILL);
      return false;
    }
    copied_.assign(frame.payload.data(), frame.payload.size());
    reader_->done();
    if (static_cast<Up>(frame.kind) != Up::done) {
      serve(static_cast<Up>(frame.kind), copied_);
      continue;
    }
    Unpacker in(copied_);
    if (in.value<std::uint64_t>() != calls_) continue;  // of a call that has had its answer
    const auto result = in.value<hark_result>();
    done = Outcome{Outcome::What::answered, result, std::string(in.text())};
  }
  return true;
}

// Until there is nothing more and the worker knows that nobody looks, or a caller wants to.
void Link::serve_between_calls() {
  std::optional<Outcome> nobody;
  while (!dead_ && !wanted_ && !reader_->broken() && (serve_some(nobody) || !reader_->go_away())) {
  }
}

Outcome Link::await(std::int64_t until_ns) {
  std::optional<Outcome> done;
  bool overdue = false;
  for (;;) {
    const bool dead = dead_.load(std::memory_order_seq_cst);  // before the look: what it had said counts
    const bool more = serve_some(done);
    if (done) return *done;
    if (more && dead) continue;
    if (dead && overdue) return {Outcome::What::overdue, HARK_FATAL, "did not come back in time; " + last_words()};
    if (dead) return {Outcome::What::ended, HARK_FATAL, last_words()};
    if (core::now_ns() >= until_ns) {
      kill(overdue ? SIGKILL : SIGTERM);
      until_ns = overdue ? core::never_ns : core::now_ns() + term_ns;
      overdue = true;
    }
    for (const std::int64_t until = core::now_ns() + spin_ns; !reader_->has_more() && core::now_ns() < until;) {
      core::relax();
    }
    if (!reader_->has_more()) reader_->sleep(until_ns, &dead_);
  }
}

std::uint32_t Link::write_run(std::span<const hark_delivery* const> deliveries, std::int64_t& until) {
  char* last = nullptr;
  std::uint32_t sent = 0;
  for (const hark_delivery* d : deliveries) {
    const core::Stamp stamp = stamp_of(*d->event);
    const std::size_t size = core::record_size(*d->event, stamp);
    char* const at = writer_->reserve(sizeof(EventHead) + size);
    if (at == nullptr) break;
    if (sent % flush_each == 0) writer_->flush();  // all but this one, which may turn out to be the last
    const EventHead head{d->ticket, d->subscription, d->deadline_ns, d->attempt, d->flags, 0, {}};
    std::memcpy(at, &head, sizeof head);
    core::write_record(at + sizeof head, size, *d->event, stamp);
    writer_->commit(static_cast<std::uint32_t>(Down::event), sizeof head + size);
    last = at;
    until = std::min(until, d->deadline_ns);
    ++sent;
  }
  static constexpr std::uint32_t yes = 1;
  if (last != nullptr) std::memcpy(last + offsetof(EventHead, last), &yes, sizeof yes);
  return sent;
}

Link::Run Link::deliver(std::span<const hark_delivery* const> deliveries, std::span<hark_result> results) {
  Run run;
  run.suspect = static_cast<std::uint32_t>(deliveries.size());
  std::ranges::fill(results, HARK_UNSET);
  lock_for_call();
  if (dead_) {
    reading_.unlock();
    run.outcome = {Outcome::What::ended, HARK_FATAL, last_words()};
    return run;
  }
  theirs().progress.done.store(0, std::memory_order_relaxed);  // of the run before
  theirs().progress.ticket.store(0, std::memory_order_relaxed);
  std::int64_t until = core::never_ns;
  const std::uint32_t sent = write_run(deliveries, until);
  if (sent == 0) {
    results.front() = HARK_REJECT;
    run.outcome.error = "larger than its worker process takes";
  } else {
    ++calls_;
    handled_ = deliveries;
    writer_->flush();
    run.outcome = await(until);
    handled_ = {};
    if (run.outcome.what == Outcome::What::answered && theirs().progress.done.load(std::memory_order_acquire) == 0) {
      kill(SIGKILL);  // else they would come back for ever
      run.outcome = {Outcome::What::ended, HARK_FATAL, "its process answered without having handled anything"};
      theirs().progress.ticket.store(0, std::memory_order_relaxed);
    }
    judge(run, deliveries.first(sent), sent);
    for (std::uint32_t i = 0, n = std::min(theirs().progress.done.load(std::memory_order_acquire), sent); i < n; ++i) {
      results[i] = theirs().progress.results[i].load(std::memory_order_relaxed);
    }
  }
  serve_between_calls();
  reading_.unlock();
  return run;
}

// Whom to blame when there was no answer. The worker's word is believed where it names what it had been given.
void Link::judge(Run& run, std::span<const hark_delivery* const> deliveries, std::uint32_t sent) {
  if (run.outcome.what == Outcome::What::answered) return;
  const std::uint64_t ticket = theirs().progress.ticket.load(std::memory_order_acquire);
  if (ticket == 0) return;  // in none of its calls: a thread of its own, or somebody from outside
  const auto named = std::ranges::find(deliveries, ticket, &hark_delivery::ticket);
  const auto at = static_cast<std::uint32_t>(named - deliveries.begin());
  if (at < sent && at >= theirs().progress.done.load(std::memory_order_acquire)) {
    run.suspect = at;
  } else {
    run.all_suspect = true;
  }
}

}  // namespace hark::worker
