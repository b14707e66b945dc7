#include "app/plan.h"

#include "app/contracts.h"
#include "host/instance.h"

namespace hark::app {
namespace {

// Finds the file behind every `plugin = "..."`; a name that leads nowhere is an error at its place.
void resolve(Plan& plan, PlannedInstance& instance) {
  const config::Located<std::string>& spelled = instance.config->plugin;
  if (spelled.value.empty()) return;  // already an error
  if (const auto found = find_plugin(spelled.value, plan.config.dir, plan.folders)) {
    instance.file = found->file;
    return;
  }
  const std::string kind = instance.subscriber != nullptr ? "subscribers." : "sources.";
  const std::string where = "[" + kind + instance.config->name + "]";
  if (spelled.value.find('/') != std::string::npos) {
    plan.report.error(
        spelled.place,
        "no plugin file at `" + (plan.config.dir / spelled.value).lexically_normal().string() + "`, named in " + where,
        "paths are relative to the config file");
    return;
  }
  const std::string near = config::did_you_mean(spelled.value, plugin_names(plan.folders));
  plan.report.error(spelled.place, "no plugin `" + spelled.value + "`, named in " + where,
                    near.empty() ? "looked for " + spelled.value + ".so in " + plan.folders.own.string() + " and " +
                                       plan.folders.bundled.string()
                                 : "did you mean `" + near + "`?");
}

void load(Plan& plan, PlannedInstance& instance, std::map<std::filesystem::path, std::string>& refused) {
  if (instance.file.empty()) return;
  if (const auto known = plan.files.find(instance.file); known != plan.files.end()) {
    instance.plugin = &known->second;
  } else if (const auto no = refused.find(instance.file); no != refused.end()) {
    instance.refused = no->second;
  } else {
    const bool bundled = instance.file.parent_path() == plan.folders.bundled;
    auto loaded = host::load_plugin(instance.file,
                                    {instance.config->isolation, bundled, plan.config.runtime.state_dir / "plugins"});
    if (loaded) {
      instance.plugin = &plan.files.emplace(instance.file, std::move(*loaded)).first->second;
      for (const std::string& w : instance.plugin->warnings) plan.report.warning(instance.config->plugin.place, w);
    } else {
      instance.refused = refused[instance.file] = loaded.error().message;
    }
  }
}

// What only the plugin itself can tell: whether it fits its role, and the schema of its options.
void fit(Plan& plan, const PlannedInstance& instance) {
  if (instance.plugin == nullptr) return;
  host::InstanceOptions options;
  options.name = instance.config->name;
  options.role = instance.subscriber != nullptr ? HARK_ROLE_SUBSCRIBER : HARK_ROLE_SOURCE;
  options.in_line = instance.subscriber != nullptr && instance.subscriber->lane.value == config::LaneKind::in_line;
  if (const std::string why = host::unfit(*instance.plugin->table, options); !why.empty()) {
    plan.report.error(instance.config->plugin.place, "plugin `" + instance.config->plugin.value + "` " + why);
  }
  config::check_options(*instance.config, instance.plugin->table->config_schema, plan.report);
}

}  // namespace

Plan make_plan(const std::filesystem::path& config_file) {
  config::Loaded loaded = config::load(config_file);
  Plan plan{std::move(loaded.config), std::move(loaded.report), {}, {}, {}};
  plan.folders = {plan.config.plugin_dir.value, bundled_folder()};
  for (const config::SourceConfig& s : plan.config.sources) plan.instances.push_back({&s, nullptr, {}, nullptr, {}});
  for (const config::SubscriberConfig& s : plan.config.subscribers) plan.instances.push_back({&s, &s, {}, nullptr, {}});
  std::map<std::filesystem::path, std::string> refused;
  for (PlannedInstance& instance : plan.instances) {
    resolve(plan, instance);
    load(plan, instance, refused);
    fit(plan, instance);
  }
  compare_contracts(plan);
  return plan;
}

std::vector<config::Subscription> subscriptions_of(const PlannedInstance& instance) {
  std::vector<config::Subscription> subscriptions;
  if (instance.subscriber->on) {
    subscriptions = *instance.subscriber->on;
  } else if (instance.plugin != nullptr && instance.plugin->table->subscribes != nullptr) {
    for (const char* const* p = instance.plugin->table->subscribes; *p != nullptr; ++p) {
      if (auto pattern = topic::Pattern::parse(*p)) subscriptions.push_back({std::move(*pattern), {}});
    }
  } else {
    subscriptions.emplace_back();
  }
  for (config::Subscription& s : subscriptions) {
    const auto& common = instance.subscriber->where.fields;
    s.where.fields.insert(s.where.fields.end(), common.begin(), common.end());
  }
  return subscriptions;
}

}  // namespace hark::app
