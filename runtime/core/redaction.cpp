#include "core/redaction.h"

#include <algorithm>
#include <hark/json_text.hpp>

namespace hark::core {

void Redaction::hide(const Secret& secret) {
  if (secret.reveal().size() < shortest) return;
  const std::string shown = "[" + secret.reference() + "]";
  std::string quoted;
  hark::append_json_string(quoted, secret.reveal());
  add(secret.reveal(), shown);
  add(quoted.substr(1, quoted.size() - 2), shown);
}

void Redaction::add(std::string text, const std::string& shown) {
  if (std::ranges::find(hidden_, text, &Hidden::text) != hidden_.end()) return;
  const auto shorter = std::ranges::find_if(hidden_, [&](const Hidden& h) { return h.text.size() < text.size(); });
  hidden_.insert(shorter, {std::move(text), shown});
}

std::string Redaction::apply(std::string_view text) const {
  std::string out(text);
  for (const Hidden& h : hidden_) {
    for (std::size_t at = out.find(h.text); at != std::string::npos; at = out.find(h.text, at + h.shown.size())) {
      out.replace(at, h.text.size(), h.shown);
    }
  }
  for (const Hidden& h : hidden_) {  // after all whole ones: the end of one may be the beginning of another
    for (std::size_t n = std::min(h.text.size() - 1, out.size()); n >= shortest; --n) {
      if (!out.ends_with(std::string_view(h.text).substr(0, n))) continue;
      out.replace(out.size() - n, n, h.shown);
      break;
    }
  }
  return out;
}

}  // namespace hark::core
