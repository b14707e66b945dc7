// count: counts events by type and by fields, and publishes what it counted. See docs/plugins.md.
#include <chrono>
#include <hark/plugin.hpp>
#include <string>

#include "fields.h"
#include "input/option_units.h"
#include "tally.h"

namespace {

using namespace std::chrono_literals;
using hark::input::PluginOptions;

std::int64_t wall_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::vector<std::string> fields_option(const PluginOptions& options) {
  return options.has("by") ? options.texts("by") : std::vector<std::string>{"type"};
}

std::chrono::nanoseconds interval_option(const PluginOptions& options) {
  const auto every = hark::input::duration_option(options, "every", 0ns);
  if (options.has("every") && every < 1ms) throw hark::Reject("option every: at least 1ms");
  return every;
}

std::string type_option(const PluginOptions& options) {
  std::string type = options.text("type", "count.summary");
  if (type.rfind("hark.", 0) == 0)
    throw hark::Reject("option type: types that begin with \"hark.\" are the host's own");
  return type;
}

// One configured subscriber. Called by its lane, one call at a time, timers included.
class Count {
 public:
  static constexpr auto info = hark::Info("dev.hark.count", "0.1.0")
                                   .name("count")
                                   .vendor("Hark")
                                   .license("Apache-2.0")
                                   .in_flight(1024)
                                   .batch(256)
                                   .options(R"({
    "type": "object", "additionalProperties": false,
    "properties": {
      "by": {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1, "maxItems": 16,
             "default": ["type"], "description": "fields to count by: attributes, and fields of the data such as data.severity"},
      "every": {"type": "string", "description": "publish a summary at this interval, such as \"10s\"; absent: only at the end"},
      "at_end": {"type": "boolean", "default": true, "description": "publish a summary when the host ends"},
      "type": {"type": "string", "minLength": 1, "default": "count.summary", "description": "type of the summaries"},
      "max_groups": {"type": "integer", "minimum": 1, "maximum": 100000, "default": 1000,
                     "description": "most groups counted apart; events of further ones count as other"},
      "reset": {"type": "boolean", "default": true,
                "description": "each summary counts from the one before; false: from the start"},
      "empty": {"type": "boolean", "default": false,
                "description": "publish a summary even when nothing came in since the one before"}
    }
  })");

  explicit Count(hark::Context& context) : Count(context, PluginOptions(context.options())) {}

  void start() {
    if (every_ == 0ns) return;
    if (context_.extension<hark_ext_timers>("hark.timers/1") == nullptr) {
      return context_.warn("this host has no timers: the only summary is the one at the end");
    }
    interval_ = context_.timer(every_, every_);
  }

  void handle_batch(hark::Batch& batch) {
    std::uint32_t counted = 0;
    for (std::uint32_t i = 0; i < batch.size(); ++i) {
      const hark::Event event = batch[i].event();
      if (event.type() == type_) {
        batch.answer(i, hark::skip);
        continue;
      }
      group_.clear();
      fields_.append(group_, *event.raw());
      tally_.add(group_);
      ++counted;
    }
    if (counted != 0) counted_.add(counted);
    if (tally_.overflowed() && !std::exchange(told_other_, true)) {
      context_.warn("more groups than max_groups: events of further ones are counted as other",
                    {{"max_groups", std::to_string(max_groups_)}});
    }
  }

  void on_timer(std::uint64_t) {
    const hark_result r = publish();
    last_failed_ = r != HARK_OK;
    if (!last_failed_) retry_.cancel();
    if (last_failed_ && r != HARK_AGAIN) tell(r);
  }

  hark::Result flush() {
    if (!at_end_) return hark::ok;
    const hark_result r = publish();
    last_failed_ = r != HARK_OK;
    if (!last_failed_) return hark::ok;
    // The host drains once more after it has flushed all: time for somebody to make room.
    if (r == HARK_AGAIN && context_.extension<hark_ext_timers>("hark.timers/1") != nullptr)
      retry_ = context_.timer(100ms, 100ms);
    return hark::Again(text_of(r));
  }

  void stop() {
    if (last_failed_ && at_end_) {
      context_.error("the last summary could not be published", {{"events", std::to_string(tally_.of_interval())}});
    }
  }

 private:
  Count(hark::Context& context, const PluginOptions& options)
      : context_(context),
        fields_(fields_option(options)),
        every_(interval_option(options)),
        type_(type_option(options)),
        at_end_(options.flag("at_end", true)),
        empty_(options.flag("empty", false)),
        max_groups_(options.number("max_groups", 1000)),
        tally_(max_groups_, options.flag("reset", true), wall_ns()),
        counted_(context.counter("counted", "events counted", "events")) {}

  // What finds no room stays counted, and is part of the next summary.
  hark_result publish() {
    if (tally_.of_interval() == 0 && !empty_) return HARK_OK;
    const std::int64_t now = wall_ns();
    hark_result r = HARK_TOO_BIG;
    for (std::size_t most = tally_.groups(); r == HARK_TOO_BIG; most /= 2) {
      const std::string data = tally_.summary(fields_.names(), now, most);
      r = context_.try_publish(hark::Message(type_, data).checked());
      if (most == 0) break;
    }
    if (r == HARK_OK) tally_.summarised(now);
    return r;
  }

  std::string text_of(hark_result r) const { return hark::PublishFailed(type_, r).what(); }
  void tell(hark_result r) const {
    context_.error("no summary was published; its counts go into the next one", {{"error", text_of(r)}});
  }

  hark::Context& context_;
  hark::count::Fields fields_;
  const std::chrono::nanoseconds every_;
  const std::string type_;
  const bool at_end_, empty_;
  const std::size_t max_groups_;
  hark::count::Tally tally_;
  const hark::Metric counted_;
  hark::Timer interval_, retry_;
  std::string group_;
  bool told_other_ = false;
  bool last_failed_ = false;
};

}  // namespace

HARK_PLUGIN(Count);
