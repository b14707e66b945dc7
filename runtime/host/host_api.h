// The host as one plugin instance sees it: the functions behind its hark_host.
//
// A thread that a plugin left behind may still hold the table after stop(): it is never freed, and answers CLOSING.
#pragma once

#include <hark/plugin.h>

#include <atomic>
#include <functional>
#include <string>

#include "bus/bus.h"
#include "bus/call_scope.h"
#include "host/plugin_log.h"
#include "host/retained.h"
#include "store/metrics.h"

namespace hark::host {

// What an instance is served with. References outlive all instances.
struct Services {
  bus::Bus& bus;
  store::Metrics& metrics;
  PluginLog& log;
};

class HostApi {
 public:
  // plugin: what it has no function for is not offered to it. on_finished: called once, from any thread, when the
  // plugin says that it has nothing more to say.
  HostApi(const Services& services, const bus::Identity& identity, bus::Publisher& publisher,
          bus::Subscriber& subscriber, const hark_plugin& plugin,
          std::function<void(hark_result, std::string_view)> on_finished);

  const hark_host* table() const { return &table_; }

  // From here on nothing is taken any more: CLOSING, but for what destroy() may need: log, metrics, release.
  void end() {
    Stage open = Stage::open;  // a closed one stays closed
    stage_.compare_exchange_strong(open, Stage::ending, std::memory_order_acq_rel);
  }
  // From here on every function answers CLOSING, or does nothing.
  void close() { stage_.store(Stage::closed, std::memory_order_release); }
  Retained& retained() { return retained_; }

 private:
  enum class Stage : std::uint8_t { open, ending, closed };
  struct Functions;  // the C side, host_api.cpp
  friend struct Functions;

  bool hears() const { return (plugin_.caps & HARK_CAP_SUBSCRIBER) != 0; }
  bool ticks() const { return plugin_.on_timer != nullptr; }
  bool ending() const { return stage_.load(std::memory_order_acquire) != Stage::open; }
  bool closed() const { return stage_.load(std::memory_order_acquire) == Stage::closed; }
  hark_result publish(const hark_message* message, bool wait, std::int64_t until_ns, std::uint8_t* out_uid);
  hark_result chain_of(const hark_message& message, bus::ChainLink& link, const bus::ChainLink** cause) const;
  const bus::CallScope* handling() const;

  const Services services_;
  const bus::Identity& identity_;
  bus::Publisher& publisher_;
  bus::Subscriber& subscriber_;
  const hark_plugin& plugin_;
  const std::function<void(hark_result, std::string_view)> on_finished_;
  std::atomic<bool> finished_{false};
  std::atomic<Stage> stage_{Stage::open};
  Retained retained_;
  hark_host table_;
};

}  // namespace hark::host
