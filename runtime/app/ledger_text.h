// The final ledger as a person reads it.
#pragma once

#include <string>
#include <vector>

#include "bus/ledger.h"
#include "store/metrics.h"

namespace hark::app {

// A line for each publisher and subscriber that saw an event, the metrics that plugins counted, and whether it
// balances.
std::string ledger_text(const bus::LedgerReading& reading, const std::vector<store::MetricValue>& metrics);

}  // namespace hark::app
