#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 0
#define TOML_IMPLEMENTATION
#include "config/toml.h"

#include <algorithm>
#include <limits>
#include <sstream>
#include <tuple>

namespace hark::config {

Place place_of(const toml::source_region& region) {
  const auto& [begin, end] = std::tie(region.begin, region.end);
  if (end.line != begin.line) return {begin.line, begin.column, std::numeric_limits<std::uint32_t>::max()};
  return {begin.line, begin.column, end.column > begin.column ? end.column - begin.column : 1};
}

std::string_view kind_of(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::string: return "text";
    case toml::node_type::integer: return "integer";
    case toml::node_type::floating_point: return "number";
    case toml::node_type::boolean: return "boolean";
    case toml::node_type::array: return "list";
    case toml::node_type::table: return "table";
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time: return "date or time";
    case toml::node_type::none: break;
  }
  return "nothing";
}

std::string moment_text(const toml::node& node) {
  std::ostringstream out;
  if (const auto* date = node.as_date()) out << date->get();
  if (const auto* time = node.as_time()) out << time->get();
  if (const auto* date_time = node.as_date_time()) out << date_time->get();
  return out.str();
}

std::vector<Entry> in_file_order(const toml::table& table) {
  std::vector<Entry> entries;
  entries.reserve(table.size());
  for (const auto& [key, value] : table) entries.push_back({key.str(), place_of(key.source()), &value});
  std::ranges::stable_sort(entries, {}, [](const Entry& e) { return std::tie(e.key_place.line, e.key_place.column); });
  return entries;
}

}  // namespace hark::config
