// What the tests of the examples share: each example is the same plugin, `tally`.
#pragma once

#include <string>
#include <string_view>

#include "host.h"

namespace hark::e2e {

// A config with the example of a language; `more` are further keys of its subscriber.
inline std::string tally_of(std::string_view language, std::string_view options, std::string_view more = {}) {
  std::string text = "[subscribers.tally]\nplugin = \"tally_";
  return text.append(language).append("\"\noptions = { ").append(options).append(" }\n").append(more).append("\n");
}

inline std::string events(std::initializer_list<std::string_view> types) {
  std::string lines;
  for (const std::string_view type : types) lines.append("{\"type\":\"").append(type).append("\"}\n");
  return lines;
}

}  // namespace hark::e2e
