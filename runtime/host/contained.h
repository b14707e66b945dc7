// A plugin whose code is not in this process: its table's functions are ours, and hand on what they are called with.
#pragma once

#include <hark/plugin.h>

#include <functional>
#include <string>

namespace hark::host {

class Contained {
 public:
  using OnEnd = std::function<void(const std::string& how)>;

  virtual ~Contained() = default;
  // It has no handle_batch of its own: what is handed over at once, its plugin sees one by one.
  virtual bool streams() const = 0;
  // In place of hark_plugin::create, which does not say of which plugin. on_end: called once, from any thread, when
  // what holds the instance ends before destroy(): no call of it will do anything from then on.
  virtual hark_result create(const hark_host* host, const hark_create_info* info, OnEnd on_end, hark_instance** out,
                             hark_error* error) = 0;
};

}  // namespace hark::host
