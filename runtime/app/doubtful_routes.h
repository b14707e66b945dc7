// Routes that may be what was written, but hardly what was meant.
#pragma once

#include "app/plan.h"

namespace hark::app {

// Warns of patterns that nothing can match and of circles of events: only where what the plugins declare makes it
// certain that the one cannot, and the other can, happen.
void doubt_routes(Plan& plan);

}  // namespace hark::app
