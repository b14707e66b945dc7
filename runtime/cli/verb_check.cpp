// hark check CONFIG
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "app/plan.h"
#include "app/runtime.h"
#include "cli/terminal.h"
#include "cli/verb.h"

namespace hark::cli {
namespace {

std::string hears_text(const app::PlannedInstance& instance) {
  std::string text;
  for (const config::Subscription& s : app::subscriptions_of(instance)) {
    if (!text.empty()) text += ", ";
    text += s.pattern.text();
    if (!s.where.empty()) text += " where ...";
  }
  return text;
}

int check(const std::string& config) {
  const app::Plan plan = app::make_plan(config);
  const bool ok = plan.ok();
  if (!plan.report.diagnostics().empty()) std::fputs(plan.report.render(wants_colour(STDERR_FILENO)).c_str(), stderr);
  if (!ok) return app::exit_bad_config;
  for (const app::PlannedInstance& i : plan.instances) {
    std::string hears = i.subscriber != nullptr ? "hears " + hears_text(i) : "";
    if (i.autoloaded) hears += "   (autoload)";
    std::printf("%-10s %-16s %-16s %s\n", i.subscriber != nullptr ? "subscriber" : "source", i.config->name.c_str(),
                i.config->plugin.value.c_str(), hears.c_str());
    if (i.plugin == nullptr) std::printf("           refused: %s: %s\n", i.file.c_str(), i.refused.c_str());
  }
  std::printf("config ok\n");
  return app::exit_ok;
}

}  // namespace

std::function<int()> declare_check(CLI::App& command) {
  const auto file = std::make_shared<std::string>();
  command.add_option("CONFIG", *file, "The configuration, a TOML file")->required();
  return [file] { return check(*file); };
}

}  // namespace hark::cli
