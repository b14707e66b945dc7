// The plugin instance behind a subscriber, as the bus calls it.
#pragma once

#include <hark/plugin.h>

#include <atomic>
#include <optional>
#include <string_view>

namespace hark::bus {

struct Callee {
  const hark_plugin* plugin = nullptr;
  hark_instance* instance = nullptr;
  // Its code is in a process of its own. Deliveries go through handle_batch alone, in runs; results may be those below.
  bool contained = false;
};

// Results of a contained callee's handle_batch: no plugin can give them.
inline constexpr hark_result result_not_begun = INT32_MIN;  // of a delivery: the plugin has not seen it
// Of a delivery: the process ended while it was handled. Of the call: the process has ended, with or without one such.
inline constexpr hark_result result_ended = INT32_MIN + 1;

// What an inline call needs of a subscriber, on a line of its own. Written by its lane; read by publishing threads.
struct alignas(64) InlineCallee {
  // nullptr: no inline calls at present. The lane clears it, and waits for the publishers, before it touches the
  // instance.
  std::atomic<decltype(hark_plugin::handle)> handle{nullptr};
  hark_instance* instance = nullptr;

  bool allowed() const { return handle.load(std::memory_order_acquire) != nullptr; }
  void allow(const Callee& callee) {
    instance = callee.instance;
    handle.store(callee.plugin->handle, std::memory_order_release);
  }
  void forbid() { handle.store(nullptr, std::memory_order_release); }
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
