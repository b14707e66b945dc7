#include "app/contracts.h"

#include <set>

#include "config/contract.h"
#include "host/described_events.h"

namespace hark::app {
namespace {

struct Event {
  std::string plugin;
  config::Place place;  // of the first instance that names it
  std::string type;
  config::EventShape shape;
};

struct Events {
  std::vector<Event> heard, published;
};

void collect(Plan& plan, const PlannedInstance& instance, Events& events) {
  const config::Place place = instance.config->plugin.place;
  const std::string plugin = instance.file.stem().string();
  const auto broken = [&](const std::string& why) {
    plan.report.warning(place, "plugin `" + plugin + "` describes its events, but " + why,
                        "this is a fault of the plugin, not of this file");
  };
  const auto described = host::described_events(*instance.plugin->table);
  if (!described) return broken(described.error().message);
  for (const host::DescribedEvent& e : *described) {
    auto shape = config::read_event_shape(e.schema);
    if (!shape) {
      broken("the schema of `" + e.type + "` is broken: " + shape.error().message);
      continue;
    }
    (e.heard ? events.heard : events.published).push_back({plugin, place, e.type, std::move(*shape)});
  }
}

}  // namespace

void compare_contracts(Plan& plan) {
  Events events;
  std::set<const host::PluginFile*> asked;
  for (const PlannedInstance& instance : plan.instances) {
    if (instance.plugin != nullptr && asked.insert(instance.plugin).second) collect(plan, instance, events);
  }
  for (const Event& h : events.heard) {
    for (const Event& p : events.published) {
      if (p.type != h.type) continue;
      for (const config::Mismatch& m : config::compare(p.shape, h.shape)) {
        const std::string what = m.field.empty() ? "with data" : "with field `" + m.field + "`";
        plan.report.warning(
            h.place, h.plugin + " hears `" + h.type + "` " + what + ": " + m.heard + ", but " + p.plugin + " " + m.but,
            "events that do not fit are dead-lettered");
      }
    }
  }
}

}  // namespace hark::app
