#include "host/described_events.h"

#include <exception>

namespace hark::host {
namespace {

constexpr std::uint32_t most_events = 1024;

core::Result<const hark_ext_events*> ask(const hark_plugin& plugin) {
  if (plugin.extension == nullptr) return nullptr;
  try {
    return static_cast<const hark_ext_events*>(plugin.extension(&plugin, "hark.events/1"));
  } catch (const std::exception& e) {
    return core::fail(std::string("its extension function threw: ") + e.what());
  } catch (...) {
    return core::fail("its extension function threw something that is not a std::exception");
  }
}

}  // namespace

core::Result<std::vector<DescribedEvent>> described_events(const hark_plugin& plugin) {
  std::vector<DescribedEvent> events;
  const auto table = ask(plugin);
  if (!table) return std::unexpected(table.error());
  if (*table == nullptr) return events;
  const hark_ext_events& given = **table;
  if (!HARK_HAS(&given, hark_ext_events, items) || given.n > most_events || (given.n != 0 && given.items == nullptr)) {
    return core::fail("its hark.events/1 is too short, has more than 1024 events, or has none where it counts some");
  }
  for (std::uint32_t i = 0; i < given.n; ++i) {
    const hark_event_type* e = given.items[i];
    if (e == nullptr || !HARK_HAS(e, hark_event_type, schema) || e->type == nullptr || e->schema == nullptr) {
      return core::fail("event " + std::to_string(i) + " of its hark.events/1 has no type or no schema");
    }
    if (e->direction != HARK_EVENT_HEARD && e->direction != HARK_EVENT_PUBLISHED) continue;
    events.push_back({e->direction == HARK_EVENT_HEARD, e->type, e->schema});
  }
  return events;
}

}  // namespace hark::host
