// How long something took, for people.
#pragma once

#include <chrono>
#include <string>

namespace hark::app {

// "312 ms", "2.4 s"
inline std::string seconds_text(std::chrono::nanoseconds d) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
  return ms < 1000 ? std::to_string(ms) + " ms"
                   : std::to_string(ms / 1000) + "." + std::to_string(ms % 1000 / 100) + " s";
}

}  // namespace hark::app
