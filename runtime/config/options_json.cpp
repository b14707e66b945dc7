#include "config/options_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "config/json_pointer.h"
#include "config/secrets.h"
#include "config/table_reader.h"

namespace hark::config {
namespace {

constexpr std::size_t max_key = 256;
constexpr std::size_t max_remembered = 16u << 20;  // bytes of pointers; what comes after is blamed on the whole table

class OptionsReader {
 public:
  OptionsReader(PluginOptions& options, const SecretOptions& secrets, Report& report)
      : options_(options), secrets_(secrets), report_(report) {}

  nlohmann::json object(const toml::table& table, const std::string& path, const std::string& pointer) {
    nlohmann::json out = nlohmann::json::object();
    for (const Entry& entry : in_file_order(table)) {
      if (entry.key.size() > max_key || entry.key.find('\0') != std::string_view::npos) {
        report_.error(entry.key_place, path + ": a key must not be longer than 256 bytes or hold U+0000");
        continue;
      }
      const std::string child = pointer + pointer_token(entry.key);
      remember(options_.keys, child, entry.key_place);
      out[std::string(entry.key)] = value(*entry.value, join_path(path, entry.key), child);
    }
    return out;
  }

 private:
  nlohmann::json value(const toml::node& node, const std::string& path, const std::string& pointer) {
    remember(options_.places, pointer, place_of(node.source()));
    if (const toml::table* table = node.as_table()) return object(*table, path, pointer);
    if (const toml::array* array = node.as_array()) {
      nlohmann::json out = nlohmann::json::array();
      for (const toml::node& element : *array) {
        const std::string index = std::to_string(out.size());
        out.push_back(value(element, path + "[" + index + "]", pointer + "/" + index));
      }
      return out;
    }
    if (const auto* text = node.as_string()) return checked_text(text->get(), node, path, pointer);
    if (const auto* integer = node.as_integer()) return integer->get();
    if (const auto* boolean = node.as_boolean()) return boolean->get();
    if (const auto* real = node.as_floating_point()) {
      if (std::isfinite(real->get())) return real->get();
      report_.error(place_of(node.source()), path + ": JSON has no inf and no nan");
      return nullptr;
    }
    return moment_text(node);  // JSON has no dates
  }

  nlohmann::json checked_text(const std::string& text, const toml::node& node, const std::string& path,
                              const std::string& pointer) {
    if (is_secret_reference(text)) {
      auto secret = read_secret(text, secrets_, place_of(node.source()), path, report_);
      if (secret) options_.secrets.emplace(pointer, std::move(*secret));
    } else if (text.find('\0') != std::string::npos) {
      report_.error(place_of(node.source()), path + ": must not hold U+0000");
    }
    return text;
  }

  void remember(std::map<std::string, Place>& places, const std::string& pointer, Place place) {
    remembered_ += pointer.size();
    if (remembered_ <= max_remembered) places[pointer] = place;
  }

  PluginOptions& options_;
  const SecretOptions& secrets_;
  Report& report_;
  std::size_t remembered_ = 0;
};

std::string dump(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

PluginOptions read_options(const toml::table& table, std::string path, const SecretOptions& secrets, Report& report) {
  PluginOptions options;
  options.path = std::move(path);
  options.place = place_of(table.source());
  const nlohmann::json json = OptionsReader(options, secrets, report).object(table, options.path, "");
  options.json = dump(json);
  return options;
}

core::Result<PluginOptions> options_of_json(const std::string& text) {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded()) return core::fail("not JSON");
  if (!json.is_object()) return core::fail("not a JSON object, such as {\"path\": \"out.ndjson\"}");
  PluginOptions options;
  options.json = dump(json);
  return options;
}

std::string PluginOptions::revealed() const {
  if (secrets.empty()) return json;
  nlohmann::json whole = nlohmann::json::parse(json, nullptr, false);
  for (const auto& [pointer, secret] : secrets) whole[nlohmann::json::json_pointer(pointer)] = secret.reveal();
  return dump(whole);
}

}  // namespace hark::config
