// W3C Trace Context of an event: taken from its `traceparent` attribute, else a child span of its cause's.
#pragma once

#include <hark/plugin.h>

#include "bus/in_flight.h"

namespace hark::bus {

void set_trace_context(hark_event& event, const ChainLink* cause);

}  // namespace hark::bus
