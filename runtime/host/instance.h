// One configured source or subscriber: a plugin's table, called in the order that the ABI promises.
//
//   create -> start -> [deliveries] -> flush -> stop -> destroy, and after FATAL: stop, destroy, create, start.
//
// Every [control] call runs on the instance's lane, so none is ever made beside a delivery, and an AFFINE plugin sees
// one thread from create() to destroy().
#pragma once

#include <deque>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "bus/bus.h"
#include "core/error.h"
#include "flow/options.h"
#include "host/host_api.h"
#include "host/plugin_file.h"

namespace hark::host {

struct InstanceOptions {
  std::string name;
  std::uint32_t role = HARK_ROLE_SUBSCRIBER;
  std::string options_json = "{}";
  std::string state_dir;
  flow::RestartOptions restart;
  // Of a subscriber; a source that hears gets the defaults.
  flow::QueueOptions queue;
  std::filesystem::path spool;  // its folder; empty: none
  flow::DeliveryOptions delivery;
  bool in_line = false;
};

// What the plugin lacks for what the config wants of it, or empty: a source plugin under [subscribers] and the like.
std::string unfit(const hark_plugin& plugin, const InstanceOptions& options);

// Called by app/'s main thread, but for what is said otherwise.
class Instance final : private bus::Keeper {
 public:
  // hears: the subscriptions that the config gives it.
  struct Hears {
    topic::Pattern pattern;
    topic::Filter filter;
  };

  Instance(const Services& services, const PluginFile& plugin, InstanceOptions options, std::vector<Hears> hears,
           std::function<void(hark_result, std::string_view)> on_finished);
  ~Instance() override;
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  core::Result<void> create();  // a failure leaves nothing behind
  core::Result<void> start();   // from here on it is delivered to

  // Deliver what is buffered, by until_ns. A plugin that does not answer is waited for as long as patience says.
  using Patience = bus::Lane::Patience;
  void flush(std::int64_t until_ns, const Patience& patience = {});

  // A source says no more: its publish_wait() waits no more, stop() is called. It still hears outcomes. One that is a
  // subscriber too is stopped as such. False: as stop().
  bool silence(std::int64_t until_ns, const Patience& patience = {});

  // Subscribers: revoke, wait for running calls, stop(), spool or dead-letter what is left. Sources: silence(). Then
  // the last outcomes, destroy(), and what it still retains is told. Idempotent. False: it hangs in a call, and
  // patience ended; what was queued for it is kept or dead-lettered, and nothing it may still touch may be freed.
  bool stop(std::int64_t until_ns, const Patience& patience = {});

  const bus::Identity& identity() const { return identity_; }
  bool is_source() const { return options_.role == HARK_ROLE_SOURCE; }

 private:
  std::optional<bus::Callee> restart(std::string_view why) override;
  core::Result<void> call_create();
  core::Result<void> call_start();
  void call_stop(std::int64_t until_ns);
  void call_destroy();
  void call_outcome();
  void end_calls(std::int64_t until_ns);
  bool leave_behind();
  template <class Function>
  hark_result fenced(const char* what, hark_error& error, Function function);
  template <class Function>
  core::Result<void> on_lane(Function function);

  const Services services_;
  const bus::Identity identity_;
  const hark_plugin& plugin_;
  Contained* const contained_;  // nullptr: its code is in this process
  const InstanceOptions options_;
  const std::vector<Hears> hears_;
  bus::Publisher& publisher_;
  bus::Subscriber& subscriber_;
  HostApi& api_;  // never freed

  hark_instance* instance_ = nullptr;
  std::uint32_t generation_ = 0;
  bool started_ = false;
  bool left_behind_ = false;
  std::deque<std::int64_t> restarts_ns_;
};

}  // namespace hark::host
