// What is published.
#pragma once

#include <hark/plugin.h>

#include <string_view>

#include "core/text.h"

namespace hark::test {

inline hark_message message(std::string_view type, std::string_view data = "{}") {
  hark_message m{};
  m.size = sizeof m;
  m.time_ns = HARK_TIME_ABSENT;
  m.type = core::str(type);
  m.data = core::bytes(data);
  return m;
}

}  // namespace hark::test
