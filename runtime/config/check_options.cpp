// The only file that knows valijson. It says where options break their schema; option_faults.h says why.
#define VALIJSON_USE_EXCEPTIONS 1
#include <charconv>
#include <exception>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "config/config.h"
#include "config/json_pointer.h"
#include "config/option_faults.h"
#include "config/schema_subset.h"
#include "config/table_reader.h"

namespace hark::config {
namespace {

using nlohmann::json;
using Context = std::vector<std::string>;  // "<root>", "[servers]", "[0]", "[port]"

struct Failure {
  Context context;
  std::string why;  // in valijson's words
};

// valijson throws on a schema that it cannot read; that becomes the error text.
core::Result<std::vector<Failure>> validate(const json& schema_json, const json& value) {
  try {
    const valijson::adapters::NlohmannJsonAdapter schema_adapter(schema_json), value_adapter(value);
    valijson::Schema schema;
    valijson::SchemaParser(valijson::SchemaParser::kDraft7).populateSchema(schema_adapter, schema);
    valijson::ValidationResults results;
    valijson::Validator(valijson::Validator::kStrongTypes).validate(schema, value_adapter, &results);
    std::vector<Failure> failures;
    for (const auto& error : results) failures.push_back({error.context, error.description});
    return failures;
  } catch (const std::exception& e) {
    return core::fail(e.what());
  }
}

// Follows a context down both documents; what the schema does not describe ends at an empty schema.
struct Spot {
  const json *schema, *value;
  std::string pointer, path;
};

Spot locate(const json& schema, const json& value, const Context& context, const std::string& path) {
  static const json nothing = json::object();
  Spot spot{&schema, &value, "", path};
  const auto child = [&](const char* keyword) {
    const auto it = spot.schema->find(keyword);
    return it != spot.schema->end() && it->is_object() ? &*it : &nothing;
  };
  for (std::size_t i = 1; i < context.size(); ++i) {
    const std::string key = context[i].substr(1, context[i].size() - 2);
    if (spot.value->is_object() && spot.value->contains(key)) {
      const json* properties = child("properties");
      spot.schema = properties->contains(key) ? &(*properties)[key] : child("additionalProperties");
      spot.value = &(*spot.value)[key];
      spot.path = join_path(spot.path, key);
    } else if (spot.value->is_array()) {
      std::size_t index = 0;
      std::from_chars(key.data(), key.data() + key.size(), index);
      if (index >= spot.value->size()) break;
      spot.schema = child("items");
      spot.value = &(*spot.value)[index];
      spot.path += "[" + key + "]";
    } else {
      break;
    }
    spot.pointer += pointer_token(key);
  }
  return spot;
}

Place place_in(const std::map<std::string, Place>& places, const std::string& pointer, Place otherwise) {
  const auto it = places.find(pointer);
  return it == places.end() ? otherwise : it->second;
}

void tell(const PluginOptions& options, const json& schema, const json& value, const std::vector<Failure>& failures,
          Report& report) {
  std::set<Context> seen;
  const Failure* deepest = nullptr;
  bool told = false;
  for (const Failure& failure : failures) {
    if (!deepest || failure.context.size() > deepest->context.size()) deepest = &failure;
    if (!seen.insert(failure.context).second) continue;
    const Spot spot = locate(schema, value, failure.context, options.path);
    const Place place = place_in(options.places, spot.pointer, options.place);
    // A value that fails only because of what it holds has no fault of its own.
    for (const OptionFault& fault : option_faults(*spot.schema, *spot.value, options.secrets.contains(spot.pointer))) {
      const bool at_key = !fault.key.empty();
      report.error(at_key ? place_in(options.keys, spot.pointer + pointer_token(fault.key), place) : place,
                   spot.path + ": " + fault.message, fault.help);
      told = true;
    }
  }
  if (told || !deepest) return;
  const Spot spot = locate(schema, value, deepest->context, options.path);
  const bool secret = options.secrets.contains(spot.pointer);
  report.error(place_in(options.places, spot.pointer, options.place),
               spot.path + ": " + (secret ? "does not fit the plugin's schema" : deepest->why));
}

}  // namespace

void check_options(const InstanceConfig& instance, const char* schema_text, Report& report) {
  if (!schema_text) return;
  const auto broken_schema = [&](const std::string& why) {
    report.error(instance.plugin.place, "plugin `" + instance.plugin.value + "` has a broken options schema: " + why,
                 "this is a fault of the plugin, not of this file");
  };
  const json schema = json::parse(schema_text, nullptr, false);
  if (schema.is_discarded()) return broken_schema("not JSON");
  if (const auto fault = schema_fault(schema)) return broken_schema(*fault);
  const json value = json::parse(instance.options.revealed(), nullptr, false);
  const auto failures = validate(schema, value);
  if (!failures) return broken_schema(failures.error().message);
  tell(instance.options, schema, value, *failures, report);
}

}  // namespace hark::config
