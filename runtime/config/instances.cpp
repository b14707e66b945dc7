#include "config/instances.h"

#include <algorithm>

#include "config/options_json.h"
#include "config/policy.h"
#include "config/subscriptions.h"
#include "config/units.h"
#include "config/where.h"

namespace hark::config {
namespace {

constexpr Word<Isolation> isolation_words[] = {
    {"auto", Isolation::automatic}, {"thread", Isolation::thread}, {"process", Isolation::process}};
constexpr Word<LaneKind> lane_words[] = {{"queued", LaneKind::queued}, {"inline", LaneKind::in_line}};
constexpr Advice later_instance_keys[] = {{"dedupe", "leave it out; a subscriber may compare source and id itself"}};
constexpr Advice not_for_sources[] = {{"on", "only subscribers have it: a source publishes, it does not hear"},
                                      {"where", "only subscribers have it: a source publishes, it does not hear"},
                                      {"queue", "only subscribers have it"},
                                      {"retry", "only subscribers have it"},
                                      {"breaker", "only subscribers have it"},
                                      {"timeout", "only subscribers have it"},
                                      {"on_unknown", "only subscribers have it"},
                                      {"dead_letter", "only subscribers have it"},
                                      {"lane", "only subscribers have it"}};
constexpr std::string_view perhaps_an_option = "a setting of the plugin itself goes into `options = { ... }`";

bool has_name_shape(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, allowed);
}

bool check_name(std::string_view name, Place place, std::string_view group, Report& report) {
  const std::string told = "`" + std::string(name) + "` in [" + std::string(group) + "]";
  if (!has_name_shape(name)) {
    report.error(place, "bad name " + told, "1 to 64 of the characters A-Z a-z 0-9 _ -");
    return false;
  }
  if (name == "hark") {
    report.error(place, "reserved name " + told, "it stands for the host itself in logs and event sources");
    return false;
  }
  return true;
}

void read_sha256(TableReader& table, std::string& sha256) {
  const auto place = table.text("sha256", sha256);
  if (!place) return;
  std::ranges::transform(sha256, sha256.begin(),
                         [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (sha256.size() == 64 && std::ranges::all_of(sha256, is_digit)) return;
  table.report().error(*place, table.path_of("sha256") + ": not 64 hexadecimal digits",
                       "as `sha256sum FILE.so` prints it");
}

// The keys that sources and subscribers share, but for `required` and `restart`, which subscribers inherit.
void read_shared(TableReader& table, std::string_view name, const Config& config, InstanceConfig& instance) {
  instance.name = name;
  instance.place = table.place();
  if (const auto place = table.text("plugin", instance.plugin.value)) {
    instance.plugin.place = *place;
  } else if (!table.toml().contains("plugin")) {
    table.report().error(instance.place, "missing key `plugin` in [" + table.path() + "]",
                         "the plugin's name, such as \"print\", or a path such as \"./my-plugin.so\"");
  }
  instance.options.path = table.path_of("options");
  instance.options.place = instance.place;
  if (const auto options = table.table("options")) {
    instance.options = read_options(options->toml(), options->path(), config.secrets, table.report());
  }
  table.word<Isolation>("isolation", instance.isolation, isolation_words);
  read_sha256(table, instance.sha256);
  table.later(later_instance_keys);
}

SourceConfig read_source(TableReader& table, std::string_view name, const Config& config) {
  SourceConfig source;
  read_shared(table, name, config, source);
  table.boolean("required", source.required);
  read_restart(table, source.restart);
  table.done(not_for_sources, perhaps_an_option);
  return source;
}

// Every matching event must fit into an empty queue, or it could never be admitted.
void check_queue_holds_max_event(const SubscriberConfig& subscriber, const Policy& policy, const Config& config,
                                 Place max_event, Report& report) {
  if (subscriber.queue.bytes >= config.guards.max_event) return;
  const std::string bytes = format_size(subscriber.queue.bytes), event = format_size(config.guards.max_event);
  if (policy.queue_bytes_place.line > 0) {
    report.error(policy.queue_bytes_place, "queue.bytes (" + bytes + ") is less than guards.max_event (" + event + ")",
                 "the largest event must fit into an empty queue");
  } else {
    report.error(max_event, "guards.max_event (" + event + ") is more than the default queue.bytes (" + bytes + ")",
                 "raise defaults.queue.bytes as well");
  }
}

void apply(const Policy& policy, SubscriberConfig& subscriber) {
  subscriber.queue = policy.queue;
  subscriber.delivery = policy.delivery;
  subscriber.restart = policy.restart;
}

SubscriberConfig read_subscriber(TableReader& table, std::string_view name, Policy policy, const Config& config,
                                 Place max_event) {
  SubscriberConfig subscriber;
  read_shared(table, name, config, subscriber);
  read_policy(table, policy);
  apply(policy, subscriber);
  subscriber.required = policy.required;
  if (const toml::node* on = table.node("on")) subscriber.on = read_on(*on, table.path_of("on"), table.report());
  if (const toml::node* where = table.node("where")) {
    subscriber.where = read_where(*where, table.path_of("where"), table.report());
  }
  if (const auto place = table.word<LaneKind>("lane", subscriber.lane.value, lane_words))
    subscriber.lane.place = *place;
  if (subscriber.lane.value == LaneKind::in_line && policy.timeout_place) {
    table.report().error(
        *policy.timeout_place, table.path_of("timeout") + ": not together with lane = \"inline\"",
        "an inline call runs in the publisher's thread and cannot be abandoned: remove one of the two");
  }
  table.done({}, perhaps_an_option);
  check_queue_holds_max_event(subscriber, policy, config, max_event, table.report());
  return subscriber;
}

template <class Read>
void read_group(TableReader& root, std::string_view group, Read read) {
  const std::optional<TableReader> instances = root.table(group);
  if (!instances) return;
  const std::string example = "write [" + std::string(group) + ".NAME] with plugin = \"...\" below it";
  for (const Entry& entry : in_file_order(instances->toml())) {
    const std::string path = instances->path_of(entry.key);
    const toml::table* table = entry.value->as_table();
    if (!table) {
      root.report().error(entry.key_place, path + ": expected table, found " + std::string(kind_of(*entry.value)),
                          example);
      continue;
    }
    if (!check_name(entry.key, entry.key_place, group, root.report())) continue;
    TableReader reader(*table, path, root.report());
    read(reader, entry);
  }
  if (instances->toml().empty())
    root.report().error(instances->place(), "[" + std::string(group) + "] is empty", example);
}

}  // namespace

bool is_instance_name(std::string_view name) { return has_name_shape(name) && name != "hark"; }

void read_instances(TableReader& root, Config& config, Place max_event) {
  Policy defaults;
  if (auto table = root.table("defaults")) {
    read_policy(*table, defaults);
    table->done();
  }
  if (config.autoload) {  // but for `required`: a file that was dropped in does not keep the host from starting
    apply(defaults, *config.autoload);
    check_queue_holds_max_event(*config.autoload, defaults, config, max_event, root.report());
  }
  read_group(root, "sources", [&](TableReader& table, const Entry& entry) {
    config.sources.push_back(read_source(table, entry.key, config));
  });
  read_group(root, "subscribers", [&](TableReader& table, const Entry& entry) {
    config.subscribers.push_back(read_subscriber(table, entry.key, defaults, config, max_event));
    const auto twin = std::ranges::find(config.sources, entry.key, &SourceConfig::name);
    if (twin == config.sources.end()) return;
    root.report().error(
        entry.key_place, "`" + std::string(entry.key) + "` is already the name of a source",
        "names are unique over sources and subscribers; the source stands in line " + std::to_string(twin->place.line));
  });
  for (const std::string_view group : {"sources", "subscribers"}) {
    const bool source = group == "sources";
    if (root.toml().contains(group) || (!source && config.autoload)) continue;
    root.report().error(
        {},
        std::string("the file has no [") + std::string(group) +
            ".NAME]: " + (source ? "nothing publishes" : "nobody hears"),
        source ? "add [sources.in] with plugin = \"stdin\"" : "add [subscribers.out] with plugin = \"print\"");
  }
}

}  // namespace hark::config
