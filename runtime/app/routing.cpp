#include "app/routing.h"

#include <utility>

#include "config/policy.h"
#include "config/units.h"
#include "core/text.h"
#include "topic/filter_text.h"

namespace hark::app {
namespace {

std::vector<std::string> queue_of(const flow::QueueOptions& queue) {
  const flow::QueueOptions usual;
  std::vector<std::string> texts;
  if (queue.when_full != usual.when_full) texts.emplace_back(config::to_text(queue.when_full));
  if (queue.events != usual.events) texts.push_back(std::to_string(queue.events) + " events");
  if (queue.bytes != usual.bytes) texts.push_back(config::format_size(queue.bytes));
  if (queue.when_full == flow::WhenFull::spill) {
    if (queue.max_wait != usual.max_wait) texts.push_back("max_wait " + config::format_duration(queue.max_wait));
    if (queue.spill_bytes != usual.spill_bytes)
      texts.push_back("spill_bytes " + config::format_size(queue.spill_bytes));
  }
  return texts;
}

Routed routed(const PlannedInstance& i) {
  Routed r;
  r.name = i.config->name;
  r.plugin = core::one_line(i.config->plugin.value);
  r.is_source = i.subscriber == nullptr;
  r.autoloaded = i.autoloaded;
  if (i.plugin == nullptr) {
    r.refused = core::one_line(i.file.string() + ": " + i.refused);
  } else {
    r.process_because = core::one_line(i.plugin->process_because);
    for (const std::string& type : core::texts(i.plugin->table->publishes)) r.publishes.push_back(core::one_line(type));
  }
  r.publishes_any = r.is_source && i.plugin != nullptr && r.publishes.empty();
  if (i.subscriber == nullptr) return r;
  r.in_line = i.subscriber->lane.value == config::LaneKind::in_line;
  r.queue = queue_of(i.subscriber->queue);
  if (i.plugin == nullptr && !i.subscriber->on) return r;
  for (const config::Subscription& s : subscriptions_of(i))
    r.hears.push_back({s.pattern.text(), topic::to_texts(s.where)});
  return r;
}

}  // namespace

std::vector<std::string> Heard::lines() const {
  std::vector<std::string> lines{pattern};
  for (const std::string& condition : where) lines.push_back((lines.size() == 1 ? "where " : "and ") + condition);
  return lines;
}

std::vector<Routed> routing_of(const Plan& plan) {
  std::vector<Routed> routing;
  routing.reserve(plan.instances.size());
  for (const PlannedInstance& i : plan.instances) routing.push_back(routed(i));
  return routing;
}

}  // namespace hark::app
