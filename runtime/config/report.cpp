#include <algorithm>
#include <cstdio>
#include <tuple>

#include "config/config.h"
#include "core/string_rule.h"

namespace hark::config {
namespace {

constexpr std::size_t max_diagnostics = 200;  // a file that is wrong in each of 100,000 lines is not read to the end
constexpr std::size_t max_columns = 100;      // of a line that is shown; a longer one is cut around the caret
constexpr std::size_t max_columns_before = 40;
constexpr std::size_t max_message = 600;  // bytes; words of the file stand in messages, and a key can be a megabyte

// Splits into code points. What a terminal would act on (control characters, bad bytes) is replaced: the file and
// words from it are shown on somebody's screen. A tab becomes one space, so that the caret stays below its column.
std::vector<std::string_view> printable(std::string_view text) {
  std::vector<std::string_view> out;
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const auto point = byte < 0x80 ? core::string_rule::CodePoint{byte, 1} : core::string_rule::decode(text.substr(at));
    const bool control = point.value < 0x20 || (point.value >= 0x7F && point.value < 0xA0);
    if (byte == '\t') {
      out.push_back(" ");
    } else if (point.length == 0 || control) {
      out.push_back("\xEF\xBF\xBD");
    } else {
      out.push_back(text.substr(at, point.length));
    }
    at += std::max<std::size_t>(point.length, 1);
  }
  return out;
}

std::string joined(const std::vector<std::string_view>& parts, std::size_t begin = 0, std::size_t end = SIZE_MAX) {
  std::string out;
  for (std::size_t i = begin; i < std::min(end, parts.size()); ++i) out += parts[i];
  return out;
}

std::string_view line_of(std::string_view text, std::uint32_t number) {
  for (; number > 1; --number) {
    const std::size_t newline = text.find('\n');
    if (newline == std::string_view::npos) return {};
    text.remove_prefix(newline + 1);
  }
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

struct Colours {
  const char *error = "", *warning = "", *caret = "", *bold = "", *off = "";
};
constexpr Colours plain{};
constexpr Colours ansi{"\033[1;31m", "\033[1;33m", "\033[1;32m", "\033[1m", "\033[0m"};

// "   41 | timout = "10s"" and "      | ^^^^^^ did you mean `timeout`?"
void append_excerpt(std::string& out, const Diagnostic& d, std::string_view line, const Colours& colours) {
  const std::vector<std::string_view> points =
      printable(line.substr(0, 4 * (std::size_t{d.place.column} + max_columns)));
  const std::size_t column = std::min<std::size_t>(d.place.column > 0 ? d.place.column - 1 : 0, points.size());
  std::size_t begin = 0, end = points.size();
  if (points.size() > max_columns) {
    begin = column > max_columns_before ? column - max_columns_before : 0;
    end = std::min(points.size(), begin + max_columns);
  }
  const std::string lead = begin > 0 ? "..." : "";
  char number[32];
  std::snprintf(number, sizeof number, "%5u | ", d.place.line);
  out += number + lead + joined(points, begin, end) + (end < points.size() ? "...\n" : "\n");
  const std::size_t underlined =
      std::clamp<std::size_t>(d.place.length, 1, std::max<std::size_t>(end - std::min(column, end), 1));
  out += "      | " + std::string(lead.size() + column - begin, ' ') + colours.caret + std::string(underlined, '^');
  out += colours.off;
  if (!d.help.empty()) out += " " + joined(printable(d.help));
  out += "\n";
}

}  // namespace

Report::Report(std::string file, std::string text) : file_(std::move(file)), text_(std::move(text)) {}

void Report::error(Place place, std::string message, std::string help) {
  add({Diagnostic::Severity::error, place, std::move(message), std::move(help)});
}

void Report::warning(Place place, std::string message, std::string help) {
  add({Diagnostic::Severity::warning, place, std::move(message), std::move(help)});
}

void Report::add(Diagnostic d) {
  for (std::string* text : {&d.message, &d.help}) {
    if (text->size() > max_message) text->replace(max_message, std::string::npos, "...");
  }
  const bool is_error = d.severity == Diagnostic::Severity::error;
  const auto key = [](const Diagnostic& x) { return std::tie(x.place.line, x.place.column); };
  const auto [first, last] = std::ranges::equal_range(diagnostics_, key(d), {}, key);
  const auto same = [&](const Diagnostic& x) { return x.severity == d.severity && x.message == d.message; };
  if (std::any_of(first, last, same)) return;
  errors_ += is_error;
  if (diagnostics_.size() < max_diagnostics) {
    diagnostics_.insert(last, std::move(d));
  } else {
    untold_ += 1;
  }
}

bool Report::ok() const { return errors_ == 0; }

std::string Report::render(bool colour) const {
  const Colours& colours = colour ? ansi : plain;
  const std::string file = joined(printable(file_));
  std::string out;
  for (const Diagnostic& d : diagnostics_) {
    out += colours.bold + file + ":";
    if (d.place.line > 0) out += std::to_string(d.place.line) + ":" + std::to_string(d.place.column) + ":";
    out += colours.off;
    const bool is_error = d.severity == Diagnostic::Severity::error;
    out += std::string(" ") + (is_error ? colours.error : colours.warning) + (is_error ? "error:" : "warning:");
    out += colours.off + (" " + joined(printable(d.message))) + "\n";
    if (d.place.line > 0) {
      append_excerpt(out, d, line_of(text_, d.place.line), colours);
    } else if (!d.help.empty()) {
      out += "      | " + joined(printable(d.help)) + "\n";
    }
  }
  if (untold_ > 0) out += file + ": and " + std::to_string(untold_) + " more problems\n";
  return out;
}

}  // namespace hark::config
