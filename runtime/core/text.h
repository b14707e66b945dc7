// Texts between the ABI's forms and the language's own, and made fit to be seen.
#pragma once

#include <hark/plugin.h>

#include <string>
#include <string_view>
#include <vector>

namespace hark::core {

inline std::string_view view(hark_str s) { return s.n == 0 ? std::string_view{} : std::string_view(s.p, s.n); }
inline std::string_view view(hark_bytes b) {
  return b.n == 0 ? std::string_view{} : std::string_view(static_cast<const char*>(b.p), b.n);
}
inline hark_str str(std::string_view s) { return hark_str{s.data(), s.size()}; }
inline hark_bytes bytes(std::string_view s) { return hark_bytes{s.data(), s.size()}; }

// A list of the ABI's: NULL-terminated, or NULL, which is empty.
inline std::vector<std::string> texts(const char* const* list) {
  std::vector<std::string> all;
  for (; list != nullptr && *list != nullptr; ++list) all.emplace_back(*list);
  return all;
}

// What somebody else wrote, fit for a screen or a log: a line stays a line, and nothing moves the cursor.
inline std::string one_line(std::string_view text) {
  std::string line(text);
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return line;
}

}  // namespace hark::core
