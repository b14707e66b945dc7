// Reads a plugin's `options`: one flat JSON object that the host has checked against the plugin's schema.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace hark::input {

// For constructors. What is absent, or of another kind than asked for, is the default.
class PluginOptions {
 public:
  // `json`: as in hark_create_info.options; text that is no object counts as an empty one.
  explicit PluginOptions(std::string_view json);

  std::string text(std::string_view name, std::string_view by_default) const;
  std::uint64_t number(std::string_view name, std::uint64_t by_default) const;

 private:
  simdjson::dom::parser parser_;
  simdjson::dom::object root_;
  bool is_object_ = false;
};

}  // namespace hark::input
