#include "input/line_messages.h"

#include <hark/sdk/result.hpp>
#include <utility>

namespace hark::input {
namespace {

LineOptions line_options(const PluginOptions& given) {
  LineOptions options;
  options.type_field = given.text("type_field", options.type_field);
  options.data_field = given.text("data_field", "");
  options.line_type = given.text("line_type", options.line_type);
  return options;
}

}  // namespace

LineMessages::LineMessages(const PluginOptions& options)
    : parser_(line_options(options)),
      source_(options.text("source", "")),
      max_line_(options.number("max_line", 1 << 20)) {}

hark_message* LineMessages::read(const Line& line) {
  if (line.too_long) {
    reason_ =
        "a line of " + std::to_string(line.length) + " bytes, longer than max_line (" + std::to_string(max_line_) + ")";
    return nullptr;
  }
  if (!parser_.parse(line.text, message_)) {
    reason_ = parser_.reason();
    return nullptr;
  }
  if (message_.source.n == 0) message_.source = hark_str{source_.data(), source_.size()};
  return &message_;
}

std::string refusal_of(hark_result answer) {
  if (answer >= 0) return {};
  switch (answer) {
    case HARK_REJECT: return {};  // a guard has dead-lettered it already
    case HARK_INVALID: return "breaks a rule of CloudEvents";
    case HARK_TOO_BIG: return "larger than guards.max_event";
    case HARK_DENIED: return "its type is not a source's to publish";
    case HARK_NOMEM: return "the host is out of memory";
    case HARK_AGAIN:
    case HARK_CLOSING: return "the host is stopping";
    default: return std::string("the host answered ") + code_name(answer);
  }
}

}  // namespace hark::input
