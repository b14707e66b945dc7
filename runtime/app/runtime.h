// A running host: everything wired together, started, drained and stopped in named phases.
#pragma once

#include "app/plan.h"
#include "app/signals.h"

namespace hark::app {

struct RunOptions {
  std::int32_t log_level = HARK_LOG_INFO;
  bool colour = false;    // on standard error
  bool quiet = false;     // no greeting and no ledger
  bool progress = false;  // standard error is a terminal to show it on; never when quiet
};

inline constexpr int exit_ok = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_bad_config = 78;  // EX_CONFIG

// Runs a plan whose config is ok() until all its sources have finished or a signal comes. Returns the exit status: 1
// when events were lost, a required plugin was refused, or nothing could be started. Signals made before anything that
// may start a thread.
int run(const Plan& plan, const RunOptions& options, Signals& signals);

}  // namespace hark::app
