#include "config/event_shape.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "config/limits.h"

namespace hark::config {
namespace {

using Json = nlohmann::ordered_json;  // fields keep their order

constexpr struct {
  const char* in_schema;
  EventShape::Kind kind;
  const char* shown;
} kinds[] = {{"string", EventShape::text, "text"},        {"boolean", EventShape::boolean, "boolean"},
             {"integer", EventShape::integer, "integer"}, {"number", EventShape::number, "number"},
             {"array", EventShape::list, "list"},         {"object", EventShape::object, "object"},
             {"null", EventShape::null, "null"}};

std::uint8_t kind_named(const Json& name) {
  for (const auto& k : kinds) {
    if (name == k.in_schema) return k.kind;
  }
  return 0;
}

std::uint8_t kind_of(const Json& value) {
  if (value.is_number_integer()) return EventShape::integer;
  const char* name = value.is_number() ? "number" : value.type_name();
  return kind_named(name);
}

std::uint8_t read_kinds(const Json& schema) {
  std::uint8_t found = 0;
  if (const auto type = schema.find("type"); type != schema.end()) {
    if (!type->is_array()) found = kind_named(*type);
    for (const Json& name : type->is_array() ? *type : Json::array()) found |= kind_named(name);
  } else if (const auto values = schema.find("enum"); values != schema.end() && values->is_array()) {
    for (const Json& value : *values) found |= kind_of(value);
  }
  return found != 0 ? found : EventShape::anything;
}

std::optional<double> read_bound(const Json& schema, const char* keyword) {
  const auto bound = schema.find(keyword);
  return bound != schema.end() && bound->is_number() ? std::optional(bound->get<double>()) : std::nullopt;
}

bool requires_field(const Json& schema, const std::string& name) {
  const auto required = schema.find("required");
  return required != schema.end() && required->is_array() &&
         std::ranges::find(*required, Json(name)) != required->end();
}

EventShape read(const Json& schema, std::uint32_t depth) {
  EventShape shape;
  if (!schema.is_object() || depth > max_depth) return shape;
  shape.kinds = read_kinds(schema);
  shape.minimum = read_bound(schema, "minimum");
  shape.maximum = read_bound(schema, "maximum");
  if (const auto values = schema.find("enum"); values != schema.end() && values->is_array()) {
    for (const Json& value : *values) {
      if (!value.is_string()) continue;
      if (!shape.words) shape.words.emplace();
      shape.words->push_back(value.get<std::string>());
    }
  }
  const auto inner = [&](const char* keyword, std::vector<EventShape>& into) {
    const auto of = schema.find(keyword);
    if (of != schema.end() && of->is_object()) into.push_back(read(*of, depth + 1));
  };
  inner("items", shape.elements);
  inner("additionalProperties", shape.others);
  if (const auto fields = schema.find("properties"); fields != schema.end() && fields->is_object()) {
    for (const auto& [name, of] : fields->items()) {
      EventField field{name, read(of, depth + 1), requires_field(schema, name), {}};
      if (of.is_object() && of.contains("default")) {
        field.default_json = of["default"].dump(-1, ' ', false, Json::error_handler_t::replace);
      }
      shape.fields.push_back(std::move(field));
    }
  }
  return shape;
}

std::string describe_kind(const EventShape& shape, EventShape::Kind kind, const char* shown) {
  if (kind == EventShape::text && shape.words) {
    std::string text;
    for (const std::string& word : *shape.words) text += (text.empty() ? "one of `" : ", `") + word + "`";
    return text;
  }
  if (kind == EventShape::list && !shape.elements.empty()) return "list of " + describe(shape.elements[0]);
  if (kind == EventShape::object && !shape.others.empty() && shape.fields.empty())
    return "map of " + describe(shape.others[0]);
  return shown;
}

}  // namespace

core::Result<EventShape> read_event_shape(std::string_view schema) {
  const Json parsed = Json::parse(schema, nullptr, false);
  if (parsed.is_discarded()) return core::fail("not JSON");
  EventShape shape = read(parsed, 1);
  if (shape.kinds != EventShape::object) return core::fail("`type` at the top must be object");
  return shape;
}

EventShape without_null(EventShape shape) {
  if (shape.is_known() && shape.kinds != EventShape::null) shape.kinds &= static_cast<std::uint8_t>(~EventShape::null);
  return shape;
}

std::string describe(const EventShape& shape) {
  if (!shape.is_known()) return "anything";
  std::string text;
  for (const auto& k : kinds) {
    if ((shape.kinds & k.kind) != 0) text += (text.empty() ? "" : " or ") + describe_kind(shape, k.kind, k.shown);
  }
  return text;
}

std::string describe(const EventField& field) {
  if (field.required) return describe(field.shape);
  return describe(without_null(field.shape)) +
         (field.default_json.empty() ? ", optional" : ", default " + field.default_json);
}

}  // namespace hark::config
