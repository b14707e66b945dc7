// Reads a plugin's `options`: a JSON object that the host has checked against the plugin's schema.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hark::input {

// For constructors. What is absent, or of another kind than asked for, is the default. A name may lead into an inner
// table: "rotate/keep".
class PluginOptions {
 public:
  // `json`: as in hark_create_info.options; text that is no object counts as an empty one.
  explicit PluginOptions(std::string_view json);

  std::string text(std::string_view name, std::string_view by_default) const;
  std::uint64_t number(std::string_view name, std::uint64_t by_default) const;
  bool flag(std::string_view name, bool by_default) const;
  bool has(std::string_view name) const;
  // Of a text, or a list of them.
  std::vector<std::string> texts(std::string_view name) const;

 private:
  simdjson::simdjson_result<simdjson::dom::element> find(std::string_view name) const;

  simdjson::dom::parser parser_;
  simdjson::dom::element root_;
};

}  // namespace hark::input
