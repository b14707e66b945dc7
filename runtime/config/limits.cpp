#include "config/limits.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "core/string_rule.h"

namespace hark::config {
namespace {

// Follows brackets and dotted keys. Where the text is not TOML it may guess wrong, but only behind the place at which
// the parser will have stopped.
class ShapeScan {
 public:
  explicit ShapeScan(std::string_view text) : text_(text) {}

  std::optional<Diagnostic> run() {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = line_begin_ = 3;  // the mark of UTF-8, no column of its own
    while (at_ < text_.size()) {
      const char c = text_[at_];
      switch (c) {
        case '#': at_ = std::min(text_.find('\n', at_), text_.size()); continue;
        case '"':
        case '\'':
          skip_string(c);
          at_line_start_ = false;
          continue;
        case '[':
        case '{': open(); break;
        case ']':
        case '}': close(); break;
        case '.': dots_ += 1; break;
        case ',': dots_ = 0; break;
        case '\n': end_line(); break;
        default: break;
      }
      if (c != ' ' && c != '\t' && c != '\n' && c != '\r') at_line_start_ = false;
      if (depth() > max_depth) {
        return here("tables and lists are nested more than " + std::to_string(max_depth) + " deep",
                    "the limit is " + std::to_string(max_depth) + " levels; each dot of a key counts as one");
      }
      if (static_cast<unsigned char>(c) >= 0x80) {
        return here("only text in quotes and comments may hold characters beyond ASCII", "put it in quotes");
      }
      ++at_;
    }
    return std::nullopt;
  }

 private:
  // A key of n parts lies n levels below what encloses it.
  std::uint32_t depth() const { return enclosing() + dots_ + 1; }
  std::uint32_t enclosing() const { return open_ == 0 ? header_ : levels_[open_ - 1]; }

  void open() {
    if (open_ == 0 && (at_line_start_ || in_header_)) {
      in_header_ = true;  // [a.b] or [[a.b]]: its parts enclose the lines that follow
      header_ = 0;
      dots_ = 0;
      return;
    }
    levels_[open_++] = depth();  // cannot overflow: each level is at least one deeper, and max_depth ends the scan
    dots_ = 0;
  }

  void close() {
    if (in_header_) {
      header_ = std::max(header_, dots_ + 1);
    } else if (open_ > 0) {
      --open_;
    }
    dots_ = 0;
  }

  void end_line() {
    line_ += 1;
    line_begin_ = at_ + 1;
    if (open_ > 0) return;
    dots_ = 0;
    in_header_ = false;
    at_line_start_ = true;
  }

  void skip_string(char quote) {
    const std::string_view triple = quote == '"' ? "\"\"\"" : "'''";
    const bool multi_line = text_.substr(at_).starts_with(triple);
    at_ += multi_line ? 3 : 1;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\n') {
        if (!multi_line) return;
        line_ += 1;
        line_begin_ = at_ + 1;
      }
      if (c == '\\' && quote == '"' && at_ + 1 < text_.size() && text_[at_ + 1] != '\n') {
        at_ += 2;
        continue;
      }
      if (c == quote && !multi_line) {
        at_ += 1;
        return;
      }
      if (multi_line && text_.substr(at_).starts_with(triple)) {
        at_ += 3;
        // Up to two more quotes belong to the text: """a""""" is a"".
        for (int i = 0; i < 2 && at_ < text_.size() && text_[at_] == quote; ++i) ++at_;
        return;
      }
      ++at_;
    }
  }

  Diagnostic here(std::string message, std::string help) const {
    std::uint32_t column = 1;
    for (std::size_t i = line_begin_; i < at_; ++i) column += (static_cast<unsigned char>(text_[i]) & 0xC0u) != 0x80u;
    return {Diagnostic::Severity::error, {line_, column, 1}, std::move(message), std::move(help)};
  }

  std::string_view text_;
  std::size_t at_ = 0, line_begin_ = 0;
  std::uint32_t line_ = 1, dots_ = 0, header_ = 0, open_ = 0;
  std::array<std::uint32_t, max_depth + 2> levels_{};  // depth of what each open bracket encloses
  bool at_line_start_ = true, in_header_ = false;
};

}  // namespace

std::optional<Diagnostic> check_utf8(std::string_view text) {
  std::uint32_t line = 1, column = 1;
  for (std::size_t at = 0; at < text.size();) {
    const bool ascii = static_cast<unsigned char>(text[at]) < 0x80;
    const std::size_t n = ascii ? 1 : core::string_rule::decode(text.substr(at)).length;
    if (n == 0) {
      char hex[8];
      std::snprintf(hex, sizeof hex, "0x%02X", static_cast<unsigned>(static_cast<unsigned char>(text[at])));
      return Diagnostic{Diagnostic::Severity::error,
                        {line, column, 1},
                        std::string("not UTF-8: byte ") + hex,
                        "save the file as UTF-8"};
    }
    if (text[at] == '\n') {
      line += 1;
      column = 0;
    }
    column += 1;
    at += n;
  }
  return std::nullopt;
}

std::optional<Diagnostic> check_shape(std::string_view text) { return ShapeScan(text).run(); }

}  // namespace hark::config
