// Do the plugins of a plan mean the same by the events that one publishes and another hears?
#pragma once

#include "app/plan.h"

namespace hark::app {

// Warns, at the hearing plugin's place, of each field that a publisher's schema and a subscriber's schema of one type
// do not agree on. Never an error: not every event need be wrong, and the subscription may never meet that publisher.
// Asks each loaded plugin for its schemas, once.
void compare_contracts(Plan& plan);

}  // namespace hark::app
