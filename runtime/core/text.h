// Borrowed views between the ABI's hark_str / hark_bytes and the language's own.
#pragma once

#include <hark/plugin.h>

#include <string_view>

namespace hark::core {

inline std::string_view view(hark_str s) { return s.n == 0 ? std::string_view{} : std::string_view(s.p, s.n); }
inline std::string_view view(hark_bytes b) {
  return b.n == 0 ? std::string_view{} : std::string_view(static_cast<const char*>(b.p), b.n);
}
inline hark_str str(std::string_view s) { return hark_str{s.data(), s.size()}; }
inline hark_bytes bytes(std::string_view s) { return hark_bytes{s.data(), s.size()}; }

}  // namespace hark::core
