#include "fields.h"

#include <algorithm>
#include <hark/cloudevents.hpp>
#include <hark/sdk/result.hpp>
#include <span>

namespace hark::count {
namespace {

std::string_view view(hark_str s) { return {s.p, s.n}; }

bool is_attribute_name(std::string_view name) {
  return !name.empty() &&
         std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t dot = path.find('.');
    parts.push_back(path.substr(0, dot));
    if (dot == std::string_view::npos) return parts;
    path.remove_prefix(dot + 1);
  }
}

// "" where it has none: no attribute of CloudEvents is empty.
std::string time_of(const hark_event& e) {
  std::string text(view(e.time_text));
  if (text.empty() && e.time_ns != HARK_TIME_ABSENT) append_rfc3339(text, e.time_ns);
  return text;
}

std::string id_of(const hark_event& e) {
  std::string text(view(e.id));
  if (text.empty()) append_uuid(text, e.uid);
  return text;
}

void append_attribute(std::string& out, const hark_event& e, std::string_view name) {
  const auto append = [&out](std::string_view text) {
    text.empty() ? void(out += "null") : input::append_json_text(out, text, Fields::longest_text);
  };
  if (name == "type") return append(view(e.type));
  if (name == "source") return append(view(e.source));
  if (name == "subject") return append(view(e.subject));
  if (name == "id") return append(id_of(e));
  if (name == "time") return append(time_of(e));
  if (name == "datacontenttype") return append(view(e.content_type));
  if (name == "dataschema") return append(view(e.schema));
  if (name == "partitionkey") return append({static_cast<const char*>(e.key.p), e.key.n});
  for (const hark_attr& a : std::span(e.attributes, e.n_attributes)) {
    if (view(a.k) != name) continue;
    if (a.kind == HARK_ATTR_INTEGER || a.kind == HARK_ATTR_BOOLEAN) return void(out.append(view(a.v)));
    return input::append_json_text(out, view(a.v), Fields::longest_text);
  }
  out += "null";
}

[[noreturn]] void refuse(const std::string& name, const char* why) {
  throw Reject("option by: \"" + name + "\" " + why);
}

}  // namespace

Fields::Fields(const std::vector<std::string>& names) : names_(names) {
  for (const std::string& name : names_) {
    if (std::ranges::count(names_, name) > 1) refuse(name, "stands there twice");
    if (name == "count")
      refuse(name, "is what a summary calls the number; an attribute of this name cannot be counted by");
    Field& field = fields_.emplace_back();
    if (is_attribute_name(name) && name != "data") {
      field.attribute = name;
      continue;
    }
    field.path = split(name);
    if (field.path.front() != "data" || std::ranges::count(field.path, "") != 0) {
      refuse(
          name,
          "is no field: write an attribute (type, source, subject, or an extension: lower-case letters and digits), or "
          "a field of the data such as \"data.severity\"");
    }
    field.path.erase(field.path.begin());
    wants_data_ = true;
  }
}

void Fields::read_data(const hark_event& e) {
  const bool is_json =
      e.data.p != nullptr && (e.flags & HARK_E_DATA_BINARY) == 0 && is_json_content_type(view(e.content_type));
  if (is_json) {
    data_.read({static_cast<const char*>(e.data.p), e.data.n});
  } else {
    data_.clear();
  }
}

void Fields::append(std::string& out, const hark_event& event) {
  if (wants_data_) read_data(event);
  for (const Field& field : fields_) {
    if (!field.attribute.empty()) {
      append_attribute(out, event, field.attribute);
    } else {
      data_.append(out, field.path, longest_text);
    }
    out += end;
  }
}

}  // namespace hark::count
