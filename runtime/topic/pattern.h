// Patterns over dotted event types.
//
// A type is any non-empty text, split at dots for matching. Only patterns have a grammar: non-empty tokens, `*` for one
// whole token, `**` as the last token for one or more; 1024 bytes at most. `*` and `**` as the first token never match
// a type that only the host may publish (is_reserved); only a pattern whose first token is the word `hark` does.
//
// Thread: any (immutable). Matching allocates nothing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace hark::topic {

class Pattern {
 public:
  Pattern() : Pattern("**") {}  // everything but the host's own

  // Fails with what is wrong and where: "token 2 is empty", "`**` may only stand last", "`a*` mixes ...".
  static core::Result<Pattern> parse(std::string_view text);

  bool matches(std::string_view type) const;

  const std::string& text() const { return text_; }
  std::vector<std::string_view> tokens() const;  // views of text()
  bool is_exact() const;                         // no wildcard

  friend bool operator==(const Pattern& a, const Pattern& b) { return a.text_ == b.text_; }

 private:
  explicit Pattern(std::string text) : text_(std::move(text)) {}

  std::string text_;  // and no more: there may be 100,000 of them
};

// True for types that only the host may publish: "hark" itself and everything that begins "hark.".
bool is_reserved(std::string_view type);

}  // namespace hark::topic
