#include "app/doubtful_routes.h"

#include <algorithm>
#include <string_view>

#include "app/host_event.h"
#include "core/text.h"

namespace hark::app {
namespace {

// One that takes part: a refused plugin neither publishes nor hears.
struct Party {
  const PlannedInstance* instance;
  std::vector<std::string> publishes;  // as declared
  std::vector<config::Subscription> hears;
  const std::string& name() const { return instance->config->name; }
};

std::vector<Party> parties_of(const Plan& plan) {
  std::vector<Party> parties;
  for (const PlannedInstance& i : plan.instances) {
    if (i.plugin == nullptr) continue;
    Party& p = parties.emplace_back(Party{&i, core::texts(i.plugin->table->publishes), {}});
    if (i.subscriber != nullptr) p.hears = subscriptions_of(i);
  }
  return parties;
}

// Everything that may be published, or nothing when that is not known: who declares no type may publish any, who
// declares a pattern any that it matches, and a refused plugin is there again once it is mended.
std::vector<std::string> declared_types(const Plan& plan, const std::vector<Party>& parties) {
  std::vector<std::string> types;
  for (const Party& p : parties) {
    const bool by_pattern = std::ranges::any_of(p.publishes, [](const std::string& t) { return t.contains('*'); });
    if (p.publishes.empty() || by_pattern) return {};
    types.insert(types.end(), p.publishes.begin(), p.publishes.end());
  }
  return parties.size() == plan.instances.size() ? types : std::vector<std::string>();
}

void look_for_the_unmatched(Plan& plan, const std::vector<Party>& parties) {
  const std::vector<std::string> declared = declared_types(plan, parties);
  const std::vector<std::string> own(host_event_types.begin(), host_event_types.end());
  for (const Party& p : parties) {
    if (!p.instance->subscriber || !p.instance->subscriber->on) continue;  // by default: not this file's to mend
    for (const config::Subscription& s : *p.instance->subscriber->on) {
      const bool of_host = s.pattern.tokens().front() == "hark";
      const std::vector<std::string>& types = of_host ? own : declared;
      if (types.empty() || std::ranges::any_of(types, [&](const auto& t) { return s.pattern.matches(t); })) continue;
      const std::string near = config::did_you_mean(s.pattern.text(), types);
      plan.report.warning(p.instance->config->place,
                          p.name() + " hears `" + s.pattern.text() + "`, which " +
                              (of_host ? "is nothing that the host publishes" : "no plugin here declares to publish"),
                          near.empty() ? "" : "did you mean `" + near + "`?");
    }
  }
}

// The type by which one may cause the other to be called, or nullptr. A pattern with a `where` is thought over already:
// it is how a circle is ended.
const std::string* leads(const Party& from, const Party& to) {
  for (const std::string& type : from.publishes) {
    for (const config::Subscription& s : to.hears) {
      if (s.where.empty() && s.pattern.matches(type)) return &type;
    }
  }
  return nullptr;
}

// The shortest way from a subscriber back to itself, or nothing.
std::vector<std::size_t> circle(const std::vector<Party>& parties, std::size_t start) {
  constexpr std::size_t nobody = SIZE_MAX;
  std::vector<std::size_t> came_from(parties.size(), nobody), open{start};
  for (std::size_t at = 0; at < open.size() && came_from[start] == nobody; ++at) {
    for (std::size_t to = 0; to < parties.size(); ++to) {
      if (came_from[to] != nobody || leads(parties[open[at]], parties[to]) == nullptr) continue;
      came_from[to] = open[at];
      open.push_back(to);
    }
  }
  std::vector<std::size_t> way;
  if (came_from[start] == nobody) return way;
  for (std::size_t at = came_from[start]; at != start; at = came_from[at]) way.push_back(at);
  way.push_back(start);
  std::ranges::reverse(way);
  return way;
}

void look_for_circles(Plan& plan, const std::vector<Party>& parties) {
  std::vector<bool> told(parties.size());
  for (std::size_t start = 0; start < parties.size(); ++start) {
    if (told[start]) continue;
    const std::vector<std::size_t> way = circle(parties, start);
    if (way.empty()) continue;
    std::string text;
    for (std::size_t i = 0; i < way.size(); ++i) {
      const Party &from = parties[way[i]], &to = parties[way[(i + 1) % way.size()]];
      text += (i == 0 ? from.name() : ", which") + " publishes `" + *leads(from, to) + "`, heard by " +
              (&from == &to ? "itself" : to.name());
      told[way[i]] = true;
    }
    plan.report.warning(
        parties[start].instance->config->place, "events may go in a circle: " + text,
        "after [guards] max_hops = " + std::to_string(plan.config.guards.max_hops) +
            " the event is dead-lettered; a `where` on one of these patterns says when to end it sooner");
  }
}

}  // namespace

void doubt_routes(Plan& plan) {
  const std::vector<Party> parties = parties_of(plan);
  look_for_the_unmatched(plan, parties);
  look_for_circles(plan, parties);
}

}  // namespace hark::app
