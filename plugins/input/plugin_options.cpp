#include "input/plugin_options.h"

namespace hark::input {

PluginOptions::PluginOptions(std::string_view json) {
  is_object_ = parser_.parse(json.data(), json.size()).get_object().get(root_) == simdjson::SUCCESS;
}

std::string PluginOptions::text(std::string_view name, std::string_view by_default) const {
  std::string_view value;
  return std::string(is_object_ && root_[name].get_string().get(value) == simdjson::SUCCESS ? value : by_default);
}

std::uint64_t PluginOptions::number(std::string_view name, std::uint64_t by_default) const {
  std::uint64_t value = 0;
  return is_object_ && root_[name].get_uint64().get(value) == simdjson::SUCCESS ? value : by_default;
}

}  // namespace hark::input
