#include "config/subscriptions.h"

#include <algorithm>

#include "config/table_reader.h"
#include "config/where.h"

namespace hark::config {
namespace {

struct Given {
  std::string pattern;
  Place place;
  const toml::table* where = nullptr;  // null = always
};

std::optional<topic::Pattern> read_pattern(const std::string& text, Place place, const std::string& path,
                                           Report& report) {
  auto pattern = topic::Pattern::parse(text);
  if (pattern) return std::move(*pattern);
  report.error(place, path + ": pattern `" + text + "`: " + pattern.error().message,
               "tokens between dots; `*` is one token, `**` at the end is the rest");
  return std::nullopt;
}

// One element of `on`: text, or { type = ..., where = ... }.
void read_element(const toml::node& node, const std::string& path, Report& report, std::vector<Subscription>& out,
                  std::vector<Given>& given) {
  Given current{{}, place_of(node.source())};
  Subscription subscription;
  if (const auto* text = node.as_string()) {
    current.pattern = text->get();
  } else if (const toml::table* table = node.as_table()) {
    TableReader reader(*table, path, report);
    if (const auto place = reader.text("type", current.pattern)) {
      current.place = *place;
    } else if (!table->contains("type")) {
      report.error(reader.place(), path + ": missing key `type`");
    }
    if (const toml::node* where = reader.node("where")) {
      subscription.where = read_where(*where, path + ".where", report);
      current.where = where->as_table();
    }
    reader.done();
    if (current.pattern.empty()) return;
  } else {
    report.error(current.place, path + ": expected text or table, found " + std::string(kind_of(node)),
                 "such as \"deploy.*\" or { type = \"deploy.*\", where = { ... } }");
    return;
  }
  auto pattern = read_pattern(current.pattern, current.place, path, report);
  if (!pattern) return;
  subscription.pattern = std::move(*pattern);
  out.push_back(std::move(subscription));
  given.push_back(std::move(current));
}

// The same pattern with two different conditions is an "or"; without one, or with the same, one of them is idle.
void warn_of_repeats(const std::vector<Given>& given, const std::string& path, Report& report) {
  std::vector<const Given*> sorted;
  sorted.reserve(given.size());
  for (const Given& g : given) sorted.push_back(&g);
  std::ranges::stable_sort(sorted, {}, [](const Given* g) -> const std::string& { return g->pattern; });
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    const Given &first = *sorted[i - 1], &second = *sorted[i];
    if (first.pattern != second.pattern) continue;
    const bool differ = first.where && second.where && *first.where != *second.where;
    if (differ) continue;
    report.warning(second.place, path + ": the pattern `" + second.pattern + "` stands twice",
                   "an event is delivered once, however many patterns match");
  }
}

}  // namespace

std::vector<Subscription> read_on(const toml::node& node, const std::string& path, Report& report) {
  std::vector<Subscription> out;
  std::vector<Given> given;
  if (const toml::array* list = node.as_array()) {
    if (list->empty()) {
      report.error(place_of(node.source()), path + ": an empty list hears nothing",
                   "leave `on` out to hear everything but the host's own events");
    }
    std::size_t index = 0;
    for (const toml::node& element : *list) {
      read_element(element, path + "[" + std::to_string(index++) + "]", report, out, given);
    }
  } else {
    read_element(node, path, report, out, given);
  }
  warn_of_repeats(given, path, report);
  return out;
}

}  // namespace hark::config
