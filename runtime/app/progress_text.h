// How far a run has come, in one line.
//
//   1 234 567 events  812k/s  12 failed  mailer 9 998 + 120 331 on disk  alerter 3
#pragma once

#include <cstdint>
#include <string>

#include "bus/ledger.h"

namespace hark::app {

struct Snapshot {
  std::int64_t at_ns = 0;
  bus::LedgerReading ledger;
};

enum class Phase : std::uint8_t { reading, draining, stopping };

// before: about a second older; what the rate is of. What went wrong stands before the queues, of which those in
// quarantine and the deepest come first: a line that is too long for its terminal loses the least.
std::string progress_text(const Snapshot& now, const Snapshot& before, Phase phase);

}  // namespace hark::app
