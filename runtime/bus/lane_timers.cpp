// The instance's own timers (hark.timers/1) on its lane.
#include <algorithm>

#include "bus/bus.h"
#include "bus/lane.h"
#include "core/clock.h"

namespace hark::bus {

hark_result Lane::start_timer(std::int64_t delay_ns, std::int64_t period_ns, std::uint64_t user, std::uint64_t& id) {
  const hark_result r = plugin_timers_.start(core::now_ns(), delay_ns, period_ns, user, id);
  // Only the lane sets its alarm, and it does so before it goes idle. An alarm set here could replace the lane's own,
  // ring while the lane is still busy, and leave it asleep with none.
  if (r == HARK_OK && !runs_here()) poke();
  return r;
}

// Those that are due at one moment, each once: what they start is due later, and deliveries have their turn in between.
void Lane::fire_plugin_timers(Cell& cell, std::int64_t now) {
  while (is_open_ && !needs_restart_) {
    const auto user = plugin_timers_.take(now);
    if (!user) return;
    hark_error error;
    const hark_result r = call_on_timer(cell, *user, error);
    timer_answered(r, {error.msg, std::min<std::size_t>(error.len, sizeof error.msg)});
  }
}

// No event stands behind a timer: there is nothing to retry or to dead-letter, and the breaker counts deliveries only.
void Lane::timer_answered(hark_result r, std::string_view error) {
  if (r == HARK_OK) return;
  const std::string why = "on_timer: " + (error.empty() ? "code " + std::to_string(r) : std::string(error));
  if (r != HARK_FATAL) return bus_.observer().misbehaved(identity_, {}, why + " (answered neither OK nor FATAL)");
  needs_restart_ = true;
  restart_why_ = why;
  in_line.forbid();
}

}  // namespace hark::bus
