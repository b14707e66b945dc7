#include "input/json_members.h"

#include <cstring>

namespace hark::input {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// From an opening quote to behind the closing one.
const char* skip_string(const char* p, const char* end) {
  const char* const begin = ++p;
  while (p != end) {
    p = static_cast<const char*>(std::memchr(p, '"', static_cast<std::size_t>(end - p)));
    if (p == nullptr) return end;
    const char* before = p;
    while (before != begin && before[-1] == '\\') --before;
    const bool escaped = (p - before) % 2 != 0;
    ++p;
    if (!escaped) return p;
  }
  return end;
}

// To the comma or bracket that ends the value which begins at p.
const char* skip_value(const char* p, const char* end) {
  std::size_t depth = 0;
  while (p != end) {
    switch (*p) {
      case '"': p = skip_string(p, end); continue;
      case '{':
      case '[': ++depth; break;
      case '}':
      case ']':
        if (depth == 0) return p;
        --depth;
        break;
      case ',':
        if (depth == 0) return p;
        break;
      default: break;
    }
    ++p;
  }
  return end;
}

}  // namespace

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::string_view member_text(std::string_view object, std::size_t position) {
  const char* const end = object.data() + object.size();
  const char* p = object.data() + object.find('{') + 1;
  for (; position != 0; --position) p = skip_value(p, end) + 1;
  while (*p != '"') ++p;
  p = skip_string(p, end);
  while (*p != ':') ++p;
  ++p;
  const char* const value_end = skip_value(p, end);
  return trim(std::string_view(p, static_cast<std::size_t>(value_end - p)));
}

}  // namespace hark::input
