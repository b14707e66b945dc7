// hark check CONFIG
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "app/doubtful_routes.h"
#include "app/routing.h"
#include "app/runtime.h"
#include "cli/terminal.h"
#include "cli/verb.h"

namespace hark::cli {
namespace {

int check(const std::string& config) {
  app::Plan plan = app::make_plan(config);
  app::doubt_routes(plan);
  if (!plan.report.diagnostics().empty()) std::fputs(plan.report.render(wants_colour(STDERR_FILENO)).c_str(), stderr);
  if (!plan.ok()) return app::exit_bad_config;
  std::fputs((app::routing_text(app::routing_of(plan)) + "config ok\n").c_str(), stdout);
  return app::exit_ok;
}

}  // namespace

std::function<int()> declare_check(CLI::App& command) {
  const auto file = std::make_shared<std::string>();
  command.add_option("CONFIG", *file, "The configuration, a TOML file")->required();
  return [file] { return check(*file); };
}

}  // namespace hark::cli
