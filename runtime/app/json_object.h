// A small JSON object, written field by field: the data of the host's own events.
#pragma once

#include <concepts>
#include <hark/json_text.hpp>
#include <string>
#include <string_view>

namespace hark::app {

class JsonObject {
 public:
  JsonObject& text(std::string_view key, std::string_view value) {
    begin(key);
    hark::append_json_string(json_, value);
    return *this;
  }
  JsonObject& number(std::string_view key, std::integral auto value) {
    begin(key);
    json_ += std::to_string(value);
    return *this;
  }
  JsonObject& boolean(std::string_view key, bool value) {
    begin(key);
    json_ += value ? "true" : "false";
    return *this;
  }
  std::string done() { return std::move(json_ += '}'); }

 private:
  void begin(std::string_view key) {
    json_ += json_.size() == 1 ? "\"" : ",\"";
    json_.append(key).append("\":");
  }
  std::string json_ = "{";
};

}  // namespace hark::app
