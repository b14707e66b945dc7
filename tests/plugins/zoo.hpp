// What the zoo's plugins that use the SDK share.
#pragma once

#include <hark/plugin.hpp>

#include "zoo.h"

namespace zoo {

inline long long number(std::string_view json, const char* key, long long otherwise) {
  return zoo_number(hark::str(json), key, otherwise);
}
inline std::string text(std::string_view json, const char* key, const char* otherwise = "") {
  const hark_str s = zoo_text(hark::str(json), key);
  return s.p == nullptr ? std::string(otherwise) : std::string(s.p, s.n);
}

constexpr hark::Info info(const char* id) { return hark::Info(id, "1.0.0").vendor("Hark tests"); }

}  // namespace zoo
