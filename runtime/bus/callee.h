// The plugin instance behind a subscriber, as the bus calls it.
#pragma once

#include <hark/plugin.h>

#include <optional>
#include <string_view>

namespace hark::bus {

struct Callee {
  const hark_plugin* plugin = nullptr;
  hark_instance* instance = nullptr;
};

// Replaces a broken instance. Called on the lane, so never beside a call of the instance.
class Keeper {
 public:
  virtual ~Keeper() = default;
  // Stops and destroys the instance and makes its next generation. nullopt: too many restarts, or it would not start;
  // the subscriber stays quarantined.
  virtual std::optional<Callee> restart(std::string_view why) = 0;
};

}  // namespace hark::bus
