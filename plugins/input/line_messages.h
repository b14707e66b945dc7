// Lines of a stream -> messages, by the options that all sources of lines share.
#pragma once

#include <hark/plugin.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "input/line_buffer.h"
#include "input/line_parser.h"
#include "input/plugin_options.h"

namespace hark::input {

// For the `properties` of a source's schema; a macro, because schemas are joined as literals (each of
// one line: within a raw one, the backslash of a macro's line would be part of it).
#define HARK_LINE_OPTIONS                                                                                                     \
  R"("type_field": {"type": "string", "minLength": 1, "default": "type",)"                                                    \
  R"( "description": "field of a plain object whose text is the event's type"},)"                                             \
  R"("data_field": {"type": "string", "minLength": 1,)"                                                                       \
  R"( "description": "field of a plain object whose value is the event's data; absent: all of it"},)"                         \
  R"("line_type": {"type": "string", "minLength": 1, "default": "line", "description": "type of a line that is no object"},)" \
  R"("source": {"type": "string", "minLength": 1, "description": "source of events that name none"},)"                        \
  R"("max_line": {"type": "integer", "minimum": 1, "maximum": 67108864, "default": 1048576,)"                                 \
  R"( "description": "longest line in bytes"})"

// Thread: one at a time, as its parser.
class LineMessages {
 public:
  explicit LineMessages(const PluginOptions& options);

  std::size_t max_line() const { return max_line_; }
  // The line's message, to be published before the next read(); or nullptr, and reason() says why.
  hark_message* read(const Line& line);
  std::string_view reason() const { return reason_; }

 private:
  LineParser parser_;
  std::string source_;  // of events that name none; empty: the host's default
  std::size_t max_line_;
  hark_message message_{};
  std::string reason_;
};

// Why a line that the host did not take goes to refuse_input(). Empty: it was taken, or is dead-lettered already.
std::string refusal_of(hark_result answer);

}  // namespace hark::input
