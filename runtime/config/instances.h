// [defaults], [sources.NAME] and [subscribers.NAME].
#pragma once

#include "config/table_reader.h"

namespace hark::config {

// Reads all three out of the whole file's table into config; checks what concerns several of them (names used twice,
// queues too small for config.guards.max_event, which must have been read before).
// max_event: where the guard was given, line 0 = nowhere.
void read_instances(TableReader& root, Config& config, Place max_event);

}  // namespace hark::config
