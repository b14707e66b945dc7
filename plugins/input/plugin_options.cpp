#include "input/plugin_options.h"

namespace hark::input {

PluginOptions::PluginOptions(std::string_view json) {
  const bool is_object = parser_.parse(json.data(), json.size()).get(root_) == simdjson::SUCCESS && root_.is_object();
  if (!is_object) root_ = parser_.parse("{}", 2).value_unsafe();
}

simdjson::simdjson_result<simdjson::dom::element> PluginOptions::find(std::string_view name) const {
  return root_.at_pointer("/" + std::string(name));
}

std::string PluginOptions::text(std::string_view name, std::string_view by_default) const {
  std::string_view value;
  return std::string(find(name).get_string().get(value) == simdjson::SUCCESS ? value : by_default);
}

std::uint64_t PluginOptions::number(std::string_view name, std::uint64_t by_default) const {
  std::uint64_t value = 0;
  return find(name).get_uint64().get(value) == simdjson::SUCCESS ? value : by_default;
}

bool PluginOptions::flag(std::string_view name, bool by_default) const {
  bool value = false;
  return find(name).get_bool().get(value) == simdjson::SUCCESS ? value : by_default;
}

bool PluginOptions::has(std::string_view name) const { return find(name).error() == simdjson::SUCCESS; }

std::vector<std::string> PluginOptions::texts(std::string_view name) const {
  std::vector<std::string> all;
  std::string_view value;
  if (find(name).get_string().get(value) == simdjson::SUCCESS) return {std::string(value)};
  simdjson::dom::array list;
  if (find(name).get_array().get(list) != simdjson::SUCCESS) return all;
  for (const simdjson::dom::element item : list) {
    if (item.get_string().get(value) == simdjson::SUCCESS) all.emplace_back(value);
  }
  return all;
}

}  // namespace hark::input
