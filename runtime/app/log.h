// The host's log: asynchronous, bounded, on standard error (standard output belongs to the events).
//
//   2026-11-22T16:00:00.123Z error alerter: failed: no pager  subscriber=alerter plugin=dev.hark.alerter event=..
//   root=.. attempt=1
#pragma once

#include <hark/plugin.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "app/rate_limit.h"
#include "app/status_line.h"
#include "core/redaction.h"
#include "core/uid.h"
#include "host/plugin_log.h"

namespace hark::app {

class LogThread;

// Thread: any. Lines that do not fit the queue push out the oldest, and are counted.
class Log final : public host::PluginLog {
 public:
  static constexpr std::size_t queue_lines = 8192;

  // level: HARK_LOG_*. colour: levels in colour. redaction: of every line.
  Log(std::int32_t level, bool colour, core::Redaction redaction = {});
  ~Log() override;  // writes what is queued

  // The host's own words, never limited.
  void write(std::int32_t level, std::string_view line);
  // About a plugin: limited for each name and kind of line.
  void about(const bus::Identity& who, std::int32_t level, std::string_view kind, std::string_view text,
             const hark_event* event = nullptr, std::uint32_t attempt = 0);
  void about(const bus::Identity& who, std::int32_t level, std::string_view kind, std::string_view text,
             const core::Uid& event);
  // A text from a plugin, fit to be seen.
  std::string redacted(std::string_view text) const { return redaction_.apply(text); }
  // Writes all that is queued; nothing is logged afterwards.
  void finish();
  std::uint64_t dropped() const;  // by the queue
  std::uint64_t held_back() const { return limit_.untold(); }
  // On the same terminal: each line of the log is written around it.
  StatusLine& status_line() { return status_line_; }

  // ---- host::PluginLog
  std::int32_t level() const override { return level_; }
  void said(const bus::Identity& who, std::int32_t level, const hark_delivery* about, std::string_view message,
            std::span<const hark_kv> fields) override;
  void publish_refused(const bus::Identity& who, std::string_view type, std::string_view why) override;
  void noted(const bus::Identity& who, std::int32_t level, std::string_view what) override;

 private:
  std::string begin(const bus::Identity& who, std::string_view kind, std::string_view text) const;
  void limited(const bus::Identity& who, std::int32_t level, std::string_view kind, std::string line);

  const std::int32_t level_;
  const core::Redaction redaction_;
  StatusLine status_line_;
  std::unique_ptr<LogThread> thread_;
  RateLimit limit_;
};

}  // namespace hark::app
