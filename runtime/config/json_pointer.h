// JSON pointers (RFC 6901): the names by which values of `options` are found again in the file.
#pragma once

#include <string>
#include <string_view>

namespace hark::config {

// "a/b" -> "/a~1b"
inline std::string pointer_token(std::string_view key) {
  std::string out = "/";
  for (const char c : key) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace hark::config
