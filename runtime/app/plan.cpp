#include "app/plan.h"

#include <algorithm>

#include "app/contracts.h"
#include "core/text.h"
#include "host/instance.h"
#include "worker/contain.h"

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

// What is known of libraries while they are loaded, by file. A pin of one instance holds for all: they share the code.
struct Known {
  std::map<std::pair<std::filesystem::path, host::Isolation>, std::string> refused;
  std::map<std::filesystem::path, std::vector<std::string>> sha256;
};

void load(Plan& plan, PlannedInstance& instance, Known& known) {
  if (instance.file.empty()) return;
  const Past::Against past = plan.past.against(instance, plan.report);
  if (instance.refused = past.refused; !instance.refused.empty()) return;
  if (!past.process_because.empty()) {
    plan.report.warning(instance.config->plugin.place, "gets a process of its own: " + past.process_because);
  }
  const host::Isolation isolation =
      past.process_because.empty() ? instance.config->isolation : host::Isolation::process;
  const std::pair key(instance.file, isolation);
  if (const auto yes = plan.files.find(key); yes != plan.files.end()) {
    instance.plugin = &yes->second;
  } else if (const auto no = known.refused.find(key); no != known.refused.end()) {
    instance.refused = no->second;
  } else {
    const bool bundled = instance.file.parent_path() == plan.folders.bundled;
    auto loaded = worker::load_plugin(
        instance.file, {isolation, bundled, plan.config.runtime.plugin_copies(), known.sha256[instance.file]},
        plan.config.guards.max_event);
    if (loaded) {
      if (!past.process_because.empty()) loaded->process_because = past.process_because;
      instance.plugin = &plan.files.emplace(key, std::move(*loaded)).first->second;
      for (const std::string& w : instance.plugin->warnings) plan.report.warning(instance.config->plugin.place, w);
    } else {
      instance.refused = known.refused[key] = loaded.error().message;
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
  if (options.in_line && instance.plugin->contained != nullptr) {
    plan.report.error(
        instance.subscriber->lane.place,
        "lane = \"inline\" runs a plugin in its publisher's thread; this one has a process of its own, as " +
            instance.plugin->process_because,
        "leave out lane, or have isolation = \"thread\" if the plugin can do with it");
  } else if (const std::string why = host::unfit(*instance.plugin->table, options); !why.empty()) {
    plan.report.error(instance.config->plugin.place, "plugin `" + instance.config->plugin.value + "` " + why);
  }
  config::check_options(*instance.config, instance.plugin->table->config_schema, plan.report);
}

bool is_named(const Plan& plan, const std::filesystem::path& file) {
  std::error_code ignored;
  return std::ranges::any_of(plan.instances, [&](const PlannedInstance& i) {
    return i.file == file || std::filesystem::equivalent(i.file, file, ignored);
  });
}

// Why a library of that name cannot be an instance, or empty.
std::string unfit_name(const Plan& plan, const std::string& name) {
  if (!config::is_instance_name(name))
    return "its name cannot be an instance's: 1 to 64 of A-Z a-z 0-9 _ -, not `hark`";
  const auto twin = std::ranges::find(plan.instances, name, [](const PlannedInstance& i) { return i.config->name; });
  if (twin == plan.instances.end()) return {};
  return "the name is taken by the instance in line " + std::to_string(twin->config->place.line);
}

// What its own table says against loading it without a config; empty: nothing.
std::string unfit_unnamed(const PlannedInstance& instance) {
  const hark_plugin& table = *instance.plugin->table;
  const std::string& name = instance.config->name;
  if ((table.caps & HARK_CAP_SUBSCRIBER) == 0) return "it is a source; name it in [sources." + name + "]";
  if (table.subscribes == nullptr || *table.subscribes == nullptr)
    return "it declares no subscription; name it in [subscribers." + name + "] with `on`";
  return {};
}

// Options that it must have make it a refused one: the file is at fault, not the config.
void refuse_without_options(PlannedInstance& instance) {
  config::Report faults;
  config::check_options(*instance.config, instance.plugin->table->config_schema, faults);
  if (faults.ok()) return;
  instance.refused = faults.diagnostics().front().message + "; name it in [subscribers." + instance.config->name +
                     "] with the options that it needs";
  instance.plugin = nullptr;
}

// Every library in [plugins] dir that no instance names becomes a subscriber.
void autoload(Plan& plan, Known& known) {
  for (const std::string& name : plugin_names({plan.folders.own, {}})) {
    const std::filesystem::path file = plan.folders.own / (name + ".so");
    if (is_named(plan, file)) continue;
    const auto skip = [&](const std::string& why) {
      plan.report.warning(plan.config.autoload->place, "not autoloaded: " + file.string() + ": " + why);
    };
    if (const std::string why = unfit_name(plan, name); !why.empty()) {
      skip(why);
      continue;
    }
    config::SubscriberConfig& subscriber = plan.autoloaded.emplace_back(*plan.config.autoload);
    subscriber.name = subscriber.plugin.value = name;
    subscriber.options.path = "options";
    PlannedInstance instance{&subscriber, &subscriber, file};
    instance.autoloaded = true;
    load(plan, instance, known);
    if (instance.plugin != nullptr) {
      if (const std::string why = unfit_unnamed(instance); !why.empty()) {
        skip(why);
        continue;
      }
      refuse_without_options(instance);
    }
    plan.instances.push_back(std::move(instance));
  }
}

}  // namespace

Plan make_plan(const std::filesystem::path& config_file, Mode mode) {
  config::Loaded loaded = config::load(config_file);
  Plan plan{std::move(loaded.config), std::move(loaded.report), {}, {}, {}, {}, {}};
  if (plan.ok()) plan.past = Past(plan.config, mode);
  plan.folders = {plan.config.plugin_dir.value, bundled_folder()};
  for (const config::SourceConfig& s : plan.config.sources) plan.instances.push_back({&s, nullptr});
  for (const config::SubscriberConfig& s : plan.config.subscribers) plan.instances.push_back({&s, &s});
  Known known;
  for (PlannedInstance& instance : plan.instances) {
    resolve(plan, instance);
    if (!instance.config->sha256.empty()) known.sha256[instance.file].push_back(instance.config->sha256);
    for (const auto& [place, secret] : instance.config->options.secrets) plan.redaction.hide(secret);
  }
  for (PlannedInstance& instance : plan.instances) {
    load(plan, instance, known);
    fit(plan, instance);
  }
  if (plan.config.autoload && !plan.past.autoload_is_off()) autoload(plan, known);
  compare_contracts(plan);
  if (plan.ok()) host::prune_copies(plan.config.runtime.plugin_copies());
  return plan;
}

std::vector<config::Subscription> subscriptions_of(const PlannedInstance& instance) {
  std::vector<config::Subscription> subscriptions;
  if (instance.subscriber->on) {
    subscriptions = *instance.subscriber->on;
  } else if (instance.plugin != nullptr && instance.plugin->table->subscribes != nullptr) {
    for (const std::string& p : core::texts(instance.plugin->table->subscribes)) {
      if (auto pattern = topic::Pattern::parse(p)) subscriptions.push_back({std::move(*pattern), {}});
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
