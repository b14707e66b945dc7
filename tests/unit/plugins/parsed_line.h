// A line through the parser of sources, in memory that ends where the parser may still read.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "input/line_parser.h"

namespace hark::test {

inline std::string text(hark_str s) { return s.n == 0 ? std::string() : std::string(s.p, s.n); }
inline std::string text(hark_bytes b) {
  return b.n == 0 ? std::string() : std::string(static_cast<const char*>(b.p), b.n);
}

struct ParsedLine {
  explicit ParsedLine(std::string_view line, input::LineOptions options = {})
      : parser(std::make_unique<input::LineParser>(std::move(options))), buffer(line.begin(), line.end()) {
    buffer.resize(line.size() + input::LineParser::padding, '#');
    accepted = parser->parse(std::string_view(buffer.data(), line.size()), message);
    if (!accepted) reason = parser->reason();
  }

  std::string type() const { return text(message.type); }
  std::string data() const { return text(message.data); }
  std::string content_type() const { return text(message.content_type); }

  // `kind:value` of an extension attribute, or "absent".
  std::string attribute(std::string_view name) const {
    for (std::uint32_t i = 0; i < message.n_attributes; ++i) {
      const hark_attr& a = message.attributes[i];
      if (text(a.k) == name) return std::to_string(a.kind) + ":" + text(a.v);
    }
    return "absent";
  }

  std::unique_ptr<input::LineParser> parser;
  std::vector<char> buffer;
  hark_message message{};
  bool accepted = false;
  std::string reason;
};

}  // namespace hark::test
