#include "input/line_parser.h"

#include <cstddef>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "input/json_fault.h"
#include "input/json_members.h"

namespace hark::input {
namespace {

hark_str str(std::string_view s) { return hark_str{s.data(), s.size()}; }
hark_bytes bytes(std::string_view s) { return hark_bytes{s.data(), s.size()}; }

// Copied for each line: to make one anew takes several times as long.
constexpr hark_message empty_message = [] {
  hark_message message{};
  message.size = sizeof message;
  message.time_ns = HARK_TIME_ABSENT;
  return message;
}();

}  // namespace

// A field that an object may have once: found where, and with what value.
struct LineParser::RoutedField {
  std::size_t times = 0;
  std::size_t position = 0;
  simdjson::dom::element value;

  void meet(std::size_t at, simdjson::dom::element element) {
    if (times++ == 0) position = at, value = element;
  }
};

LineParser::LineParser(LineOptions options) : options_(std::move(options)) {
  constexpr std::size_t to_begin_with = 4096;
  if (parser_.allocate(to_begin_with, parser_depth) != simdjson::SUCCESS) throw std::bad_alloc();
}

bool LineParser::parse(std::string_view line, hark_message& message) {
  message = empty_message;
  const std::string_view text = trim(line);
  return text.starts_with('{') ? parse_object(text, message) : parse_text(line, message);
}

bool LineParser::parse_text(std::string_view line, hark_message& message) {
  if (!simdjson::validate_utf8(line)) return refuse("not UTF-8");
  message.type = str(options_.line_type);
  message.content_type = str("text/plain");
  message.data = bytes(line);
  return true;
}

bool LineParser::parse_object(std::string_view text, hark_message& message) {
  simdjson::dom::object object;
  const auto error = parser_.parse(text.data(), text.size(), false).get_object().get(object);
  if (error != simdjson::SUCCESS) return refuse_json(text, error);
  const bool whole = options_.data_field.empty();
  RoutedField type;
  RoutedField data;
  std::size_t position = 0;
  for (const auto field : object) {
    if (field.key == "specversion") {
      std::string why = structured_.read(text, object, message);
      return why.empty() || refuse(std::move(why));
    }
    if (field.key == options_.type_field) type.meet(position, field.value);
    if (!whole && field.key == options_.data_field) data.meet(position, field.value);
    ++position;
  }
  return take_plain(text, type, data, message);
}

bool LineParser::take_plain(std::string_view text, const RoutedField& type, const RoutedField& data,
                            hark_message& message) {
  const bool whole = options_.data_field.empty();
  if (type.times > 1) return refuse("field " + backquoted(options_.type_field) + " stands there twice");
  if (!whole && data.times > 1) return refuse("field " + backquoted(options_.data_field) + " stands there twice");
  std::string_view type_text;
  if (type.times == 0 || type.value.get_string().get(type_text) != simdjson::SUCCESS || type_text.empty()) {
    return refuse("the event's type: field " + backquoted(options_.type_field) +
                  (type.times == 0 ? " is missing" : " is not a text with something in it") +
                  "; option type_field names the field to use");
  }
  if (!whole && data.times == 0) {
    return refuse("the event's data: field " + backquoted(options_.data_field) + " is missing (option data_field)");
  }
  message.type = str(type_text);
  message.data = bytes(whole ? text : member_text(text, data.position));
  message.flags = HARK_M_DATA_CHECKED;
  return true;
}

bool LineParser::refuse(std::string reason) {
  reason_ = std::move(reason);
  return false;
}

bool LineParser::refuse_json(std::string_view text, simdjson::error_code error) {
  if (error == simdjson::MEMALLOC || error == simdjson::CAPACITY) {
    return refuse("no memory to parse an object of " + std::to_string(text.size()) + " bytes");
  }
  if (const std::optional<JsonFault> fault = find_json_fault(text)) {
    return refuse("not JSON at byte " + std::to_string(fault->byte) + ": " + fault->what);
  }
  return refuse(std::string("not JSON: ") + simdjson::error_message(error));
}

}  // namespace hark::input
