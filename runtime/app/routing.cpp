#include "app/routing.h"

#include <utility>

#include "config/units.h"
#include "topic/filter_text.h"

namespace hark::app {
namespace {

// Plugins are strangers: what they say of themselves must not move a cursor.
std::string clean(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return text;
}

const char* name_of(flow::WhenFull when_full) {
  switch (when_full) {
    case flow::WhenFull::spill: return "spill";
    case flow::WhenFull::block: return "block";
    case flow::WhenFull::drop_oldest: return "drop_oldest";
    case flow::WhenFull::drop_newest: return "drop_newest";
  }
  return "?";
}

std::vector<std::string> queue_of(const flow::QueueOptions& queue) {
  const flow::QueueOptions usual;
  std::vector<std::string> texts;
  if (queue.when_full != usual.when_full) texts.emplace_back(name_of(queue.when_full));
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
  r.plugin = clean(i.config->plugin.value);
  r.is_source = i.subscriber == nullptr;
  r.autoloaded = i.autoloaded;
  if (i.plugin == nullptr) {
    r.refused = clean(i.file.string() + ": " + i.refused);
  } else if (i.plugin->table->publishes != nullptr) {
    for (const char* const* type = i.plugin->table->publishes; *type != nullptr; ++type)
      r.publishes.push_back(clean(*type));
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

std::vector<Routed> routing_of(const Plan& plan) {
  std::vector<Routed> routing;
  routing.reserve(plan.instances.size());
  for (const PlannedInstance& i : plan.instances) routing.push_back(routed(i));
  return routing;
}

}  // namespace hark::app
