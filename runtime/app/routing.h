// Who publishes what and who hears it, as a config and its plugins have it: what `hark check` and `hark graph` show.
#pragma once

#include <string>
#include <vector>

#include "app/plan.h"

namespace hark::app {

struct Heard {
  std::string pattern;
  std::vector<std::string> where;  // all must hold

  std::vector<std::string> lines() const;  // "deploy.*", "where data.ms > 5", "and data.user exists"
};

// A source or subscriber. All texts are fit to be seen: lines stay lines.
struct Routed {
  std::string name, plugin;
  bool is_source = false;
  bool autoloaded = false;
  bool in_line = false;
  std::string process_because;         // why its plugin has a process of its own; empty: it has not
  std::string refused;                 // "FILE: REASON"; empty: loaded
  std::vector<std::string> publishes;  // the types that the plugin declares
  bool publishes_any = false;          // it declares none: sources only, for of a subscriber it most often means none
  std::vector<Heard> hears;            // of a refused one only what the config says
  std::vector<std::string> queue;      // what differs from the default: "block", "500 events"
};

// In the plan's order.
std::vector<Routed> routing_of(const Plan& plan);

// An aligned table. Long lists go on in further lines, but no pattern, condition or reason is cut.
std::string routing_text(const std::vector<Routed>& routing);

}  // namespace hark::app
