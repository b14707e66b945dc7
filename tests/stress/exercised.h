// What a run has come through, counted: a run that met nothing of a kind has proved nothing about it, and fails.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

namespace hark::stress {

enum class Did : std::uint8_t {
  published,
  waited_without_limit,
  told_again,
  told_closing,
  told_invalid,
  told_too_big,
  told_denied,
  told_kept,
  acknowledged,
  skipped,
  rejected,
  retried,
  held,
  threw,
  fatal,
  unknown_code,
  attempts_over,
  in_batches,
  batch_threw,
  in_line,
  on_own_thread,
  pending,
  completed_early,
  completed,
  completed_late,
  completed_twice,
  forged,
  completed_and_answered,
  lease_over,
  outcome_unknown,
  dropped_newest,
  dropped_oldest,
  dropped_unsubscribed,
  dropped_without_letter,
  dead_at_shutdown,
  dead_in_quarantine,
  spilled,
  kept_for_next_host,
  recovered,
  quarantined,
  well_again,
  restarted,
  died,
  taken_over,
  stopped_while_called,
  came,
  went,
  subscribed,
  unsubscribed_by_handler,
  unsubscribed_by_others,
  chained,
  loop_cut,
  timer_fired,
  timer_cancelled,
  count_
};

inline constexpr std::size_t did_count = static_cast<std::size_t>(Did::count_);

inline constexpr std::array<std::string_view, did_count> did_names{"published",
                                                                   "waited without limit",
                                                                   "told again",
                                                                   "told closing",
                                                                   "told invalid",
                                                                   "told too big",
                                                                   "told denied",
                                                                   "told kept",
                                                                   "acknowledged",
                                                                   "skipped",
                                                                   "rejected",
                                                                   "retried",
                                                                   "held",
                                                                   "threw",
                                                                   "fatal",
                                                                   "unknown code",
                                                                   "attempts over",
                                                                   "in batches",
                                                                   "batch threw",
                                                                   "in line",
                                                                   "on own thread",
                                                                   "pending",
                                                                   "completed early",
                                                                   "completed",
                                                                   "completed late",
                                                                   "completed twice",
                                                                   "forged",
                                                                   "completed and answered",
                                                                   "lease over",
                                                                   "outcome unknown",
                                                                   "dropped newest",
                                                                   "dropped oldest",
                                                                   "dropped unsubscribed",
                                                                   "dropped without letter",
                                                                   "dead at shutdown",
                                                                   "dead in quarantine",
                                                                   "spilled",
                                                                   "kept for next host",
                                                                   "recovered",
                                                                   "quarantined",
                                                                   "well again",
                                                                   "restarted",
                                                                   "died",
                                                                   "taken over",
                                                                   "stopped while called",
                                                                   "came",
                                                                   "went",
                                                                   "subscribed",
                                                                   "unsubscribed by handler",
                                                                   "unsubscribed by others",
                                                                   "chained",
                                                                   "loop cut",
                                                                   "timer fired",
                                                                   "timer cancelled"};

// Lies in memory that the process shares with those it forks. Thread: any.
class Exercised {
 public:
  void add(Did what, std::uint64_t n = 1) {
    counts_[static_cast<std::size_t>(what)].fetch_add(n, std::memory_order_relaxed);
  }
  std::uint64_t get(Did what) const { return counts_[static_cast<std::size_t>(what)].load(std::memory_order_relaxed); }

 private:
  std::array<std::atomic<std::uint64_t>, did_count> counts_{};
};

}  // namespace hark::stress
