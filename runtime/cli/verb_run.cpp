// hark run CONFIG
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "app/runtime.h"
#include "cli/terminal.h"
#include "cli/verb.h"
#include "host/exit_guard.h"

namespace hark::cli {
namespace {

struct Options {
  std::string config;
  std::string log = "info";
  bool quiet = false;
  bool safe = false;
};

int run(const Options& o) {
  static const std::map<std::string, std::int32_t> levels = {{"trace", HARK_LOG_TRACE},
                                                             {"debug", HARK_LOG_DEBUG},
                                                             {"info", HARK_LOG_INFO},
                                                             {"warn", HARK_LOG_WARN},
                                                             {"error", HARK_LOG_ERROR}};
  app::Signals signals;
  host::install_exit_guard();
  const app::Plan plan = app::make_plan(o.config, o.safe ? app::Mode::safe : app::Mode::run);
  const bool colour = wants_colour(STDERR_FILENO);
  if (!plan.report.diagnostics().empty()) std::fputs(plan.report.render(colour).c_str(), stderr);
  if (!plan.ok()) return app::exit_bad_config;
  return app::run(plan, {levels.at(o.log), colour, o.quiet, can_redraw(STDERR_FILENO)}, signals);
}

}  // namespace

std::function<int()> declare_run(CLI::App& command) {
  const auto o = std::make_shared<Options>();
  command.add_option("CONFIG", o->config, "The configuration, a TOML file")->required();
  command.add_option("--log", o->log, "Least level that is logged")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error"}))
      ->capture_default_str();
  command.add_flag("--quiet", o->quiet, "No greeting, no progress line and no final ledger");
  command.add_flag("--safe", o->safe, "Leave out every plugin that ever ended a host, and what autoload would find");
  return [o] { return run(*o); };
}

}  // namespace hark::cli
