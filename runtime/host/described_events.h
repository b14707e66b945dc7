// What a plugin says of the data of the events that it hears and publishes: its extension "hark.events/1".
#pragma once

#include <hark/plugin.h>

#include <string>
#include <vector>

#include "core/error.h"

namespace hark::host {

struct DescribedEvent {
  bool heard = false;  // else published
  std::string type;
  std::string schema;  // JSON Schema, unread
};

// None when the plugin has no such extension. Runs code of the plugin, fenced; an entry of a direction that this host
// does not know is left out. The error says what is wrong with the plugin.
core::Result<std::vector<DescribedEvent>> described_events(const hark_plugin& plugin);

}  // namespace hark::host
