// A plugin in processes of its own, one for each instance, as an ordinary table: lanes, retries, restarts and the
// ledger need not know.
//
// What differs is told by results of bus/callee.h: a run of events of which some were not begun, or that ended with its
// process.
#pragma once

#include <memory>
#include <vector>

#include "host/contained.h"
#include "host/trial.h"
#include "worker/link.h"

namespace hark::worker {

// Thread: any; instances as the ABI says. Lives as long as its instances.
class RemotePlugin final : public host::Contained {
 public:
  RemotePlugin(host::Description description, LinkOptions options);
  RemotePlugin(const RemotePlugin&) = delete;
  RemotePlugin& operator=(const RemotePlugin&) = delete;

  const hark_plugin& table() const { return table_.table; }

  bool streams() const override { return (description_.functions & host::has_handle_batch) == 0; }
  hark_result create(const hark_host* host, const hark_create_info* info, OnEnd on_end, hark_instance** out,
                     hark_error* error) override;

 private:
  // So that extension() finds the plugin behind its table.
  struct Table {
    hark_plugin table;
    const RemotePlugin* plugin;
  };
  struct Functions;
  friend struct Functions;

  const host::Description description_;
  const LinkOptions options_;
  std::vector<const char*> subscribes_, publishes_;
  std::vector<hark_event_type> types_;
  std::vector<const hark_event_type*> type_pointers_;
  hark_ext_events events_{};
  Table table_{};
};

}  // namespace hark::worker
