// What the bus tells the layer above it. (Libraries do not log: app/ turns these into log lines and `hark.*` events.)
#pragma once

#include <hark/plugin.h>

#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>

#include "bus/identity.h"
#include "core/error.h"
#include "core/uid.h"
#include "store/dead_letters.h"

namespace hark::bus {

struct Failure {
  const Identity& who;
  const hark_event& event;
  std::uint32_t attempt;
  hark_result result;
  std::string_view error;
  bool will_retry;
};

struct Overstay {
  const Identity& who;
  const core::Uid& event;  // nil: a timer's call
  std::chrono::nanoseconds since;
  std::span<const std::uintptr_t> stack;  // of its thread, innermost first; empty: it could not be had
};

// What becomes of a subscriber's spool.
enum class Spilling : std::uint8_t { began, ended, failing, works_again, slow };

// Threads: any, several at once; on the data path, so an implementation never waits. References die with the call. What
// is not overridden is not heard.
class Observer {
 public:
  virtual ~Observer() = default;

  virtual void failed(const Failure& /*failure*/) {}
  // kept: the error when the letter could not be written and the event is lost.
  virtual void dead_lettered(const store::DeadLetter& /*letter*/, const core::Result<void>& /*kept*/) {}
  virtual void dropped(const Identity& /*who*/, const hark_event& /*event*/, std::string_view /*reason*/) {}
  virtual void quarantined(const Identity& /*who*/, std::uint32_t /*failures*/, std::string_view /*why*/) {}
  virtual void recovered(const Identity& /*who*/) {}
  // The subscriber answered AGAIN: its deliveries are held for so long.
  virtual void held(const Identity& /*who*/, std::string_view /*why*/, std::chrono::nanoseconds /*pause*/) {}
  // why: of `failing` and `slow`.
  virtual void spilling(const Identity& /*who*/, Spilling /*what*/, std::string_view /*why*/) {}
  // chain: "a <- b <- a", newest first.
  virtual void loop_cut(const hark_event& /*event*/, std::string_view /*publisher*/, std::string_view /*chain*/) {}
  // A promise of the ABI broken without harm: an unknown code, a stale answer, a forbidden type.
  virtual void misbehaved(const Identity& /*who*/, const core::Uid& /*event*/, std::string_view /*what*/) {}
  // A call has run for longer than its timeout and still runs.
  virtual void overstays(const Overstay& /*call*/) {}
  // So many calls overstay at once that the host is not what it should be; or no longer.
  virtual void degraded(bool /*is*/, std::size_t /*stuck*/) {}
};

}  // namespace hark::bus
