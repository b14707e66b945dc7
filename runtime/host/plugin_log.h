// Where the host's layer sends what plugins say and what is said about them. app/ writes it to the log.
#pragma once

#include <hark/plugin.h>

#include <cstdint>
#include <span>
#include <string_view>

#include "bus/identity.h"

namespace hark::host {

// Threads: any. Never waits; an implementation limits the rate of each plugin.
class PluginLog {
 public:
  virtual ~PluginLog() = default;

  virtual std::int32_t level() const = 0;  // HARK_LOG_*: below it nothing need be sent
  // about: the delivery that the plugin speaks of, or nullptr.
  virtual void said(const bus::Identity& who, std::int32_t level, const hark_delivery* about, std::string_view message,
                    std::span<const hark_kv> fields) = 0;
  virtual void publish_refused(const bus::Identity& who, std::string_view type, std::string_view why) = 0;
  virtual void noted(const bus::Identity& who, std::int32_t level, std::string_view what) = 0;
};

}  // namespace hark::host
