// What the tests of config/ share: a small valid file to add to, and the told problems as text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace hark::config::testing {

inline constexpr std::string_view source = "[sources.in]\nplugin = \"stdin\"\n";
inline constexpr std::string_view subscriber = "[subscribers.out]\nplugin = \"print\"\n";

inline Loaded load_text(std::string_view text) { return parse(std::string(text), "/etc/hark/hark.toml"); }

// The text below [subscribers.out], which comes last.
inline Loaded with_subscriber(std::string_view keys) {
  return load_text(std::string(source).append(subscriber).append(keys));
}
inline Loaded with_tables(std::string_view tables) {
  return load_text(std::string(source).append(subscriber).append(tables));
}

// "7:12 message | help", one each.
inline std::vector<std::string> told(const Report& report) {
  std::vector<std::string> out;
  for (const Diagnostic& d : report.diagnostics()) {
    std::string line = std::to_string(d.place.line) + ":" + std::to_string(d.place.column) + " " + d.message;
    if (!d.help.empty()) line += " | " + d.help;
    out.push_back(std::move(line));
  }
  return out;
}

// The one problem that is told, without its place and help; else all of them, for the test's output.
inline std::string only_message(const Report& report) {
  if (report.diagnostics().size() == 1) return report.diagnostics()[0].message;
  std::string all = std::to_string(report.diagnostics().size()) + " problems:";
  for (const std::string& line : told(report)) all += "\n" + line;
  return all;
}

}  // namespace hark::config::testing
