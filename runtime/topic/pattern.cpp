#include "topic/pattern.h"

#include <algorithm>
#include <cstddef>

#include "core/string_rule.h"

namespace hark::topic {
namespace {

// Bounds the depth of the trie, and so of its recursion.
constexpr std::size_t max_length = 1024;

// The tokens of a text one by one; there is always a first, maybe empty one.
class Tokens {
 public:
  explicit Tokens(std::string_view text) : rest_(text) {}

  bool done() const { return done_; }

  std::string_view next() {
    const std::size_t dot = rest_.find('.');
    const std::string_view token = rest_.substr(0, dot);
    done_ = dot == rest_.npos;
    rest_.remove_prefix(done_ ? rest_.size() : dot + 1);
    return token;
  }

 private:
  std::string_view rest_;
  bool done_ = false;
};

}  // namespace

core::Result<Pattern> Pattern::parse(std::string_view text) {
  if (text.empty()) return core::fail("empty pattern");
  if (text.size() > max_length) return core::fail("pattern longer than 1024 bytes");
  if (const core::Flaw f = core::string_flaw(text)) {
    return core::fail(std::string(f.what) + " at byte " + std::to_string(f.at) + " (no event type has one)");
  }
  std::size_t number = 0;
  for (Tokens in(text); !in.done();) {
    const std::string token(in.next());
    ++number;
    if (token.empty()) return core::fail("token " + std::to_string(number) + " is empty");
    if (token == "**" && !in.done()) {
      return core::fail("`**` may only stand last, but is token " + std::to_string(number));
    }
    if (token != "*" && token != "**" && token.find('*') != token.npos) {
      return core::fail("token " + std::to_string(number) + ", `" + token +
                        "`, mixes `*` with text; `*` stands for a whole token");
    }
  }
  return Pattern(std::string(text));
}

std::vector<std::string_view> Pattern::tokens() const {
  std::vector<std::string_view> tokens;
  for (Tokens in(text_); !in.done();) tokens.push_back(in.next());
  return tokens;
}

bool Pattern::matches(std::string_view type) const {
  if (type.empty()) return false;
  if (text_.front() == '*' && is_reserved(type)) return false;
  Tokens in(type);
  for (Tokens pattern(text_); !pattern.done();) {
    if (in.done()) return false;
    const std::string_view wanted = pattern.next();
    if (wanted == "**") return true;
    const std::string_view token = in.next();
    if (wanted != "*" && wanted != token) return false;
  }
  return in.done();
}

bool Pattern::is_exact() const { return !text_.contains('*'); }

bool is_reserved(std::string_view type) { return type.starts_with("hark") && (type.size() == 4 || type[4] == '.'); }

}  // namespace hark::topic
