// hark graph CONFIG [--mermaid|--dot]
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "app/graph.h"
#include "app/runtime.h"
#include "cli/terminal.h"
#include "cli/verb.h"

namespace hark::cli {
namespace {

struct Options {
  std::string config;
  bool dot = false;
};

int graph(const Options& o) {
  const app::Plan plan = app::make_plan(o.config);
  if (!plan.report.diagnostics().empty()) std::fputs(plan.report.render(wants_colour(STDERR_FILENO)).c_str(), stderr);
  if (!plan.ok()) return app::exit_bad_config;
  const app::Graph graph = app::graph_of(app::routing_of(plan));
  std::fputs((o.dot ? app::to_dot(graph) : app::to_mermaid(graph)).c_str(), stdout);
  return app::exit_ok;
}

}  // namespace

std::function<int()> declare_graph(CLI::App& command) {
  const auto o = std::make_shared<Options>();
  command.add_option("CONFIG", o->config, "The configuration, a TOML file")->required();
  CLI::Option* mermaid = command.add_flag("--mermaid")->description("For Markdown pages that draw it (the default)");
  command.add_flag("--dot", o->dot, "For Graphviz")->excludes(mermaid);
  return [o] { return graph(*o); };
}

}  // namespace hark::cli
