#include <algorithm>
#include <string_view>

#include "app/routing.h"

namespace hark::app {
namespace {

constexpr std::size_t widest = 100;        // of a line that can be broken
constexpr std::size_t widest_plugin = 24;  // one that is longer, most often a path, has a line of its own

// Characters, not bytes: paths and conditions may hold any.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string padded(std::string text, std::size_t width) {
  const std::size_t has = width_of(text);
  return has < width ? text.append(width - has, ' ') : text;
}

// Words in as few lines as they need; those after the first are indented.
std::vector<std::string> wrapped(const std::vector<std::string>& words, std::size_t width) {
  std::vector<std::string> lines;
  for (const std::string& word : words) {
    if (!lines.empty() && width_of(lines.back()) + 1 + width_of(word) <= width) {
      lines.back() += " " + word;
    } else {
      lines.push_back((lines.empty() ? "" : "  ") + word);
    }
  }
  return lines;
}

std::vector<std::string> listed(std::vector<std::string> words) {
  for (std::size_t i = 0; i + 1 < words.size(); ++i) words[i] += ',';
  return words;
}

std::vector<std::string> words_of(const Heard& heard) {
  std::vector<std::string> words = heard.lines();
  if (words.size() > 1) words.front() += ' ';
  return words;
}

struct Cell {
  const char* label;
  std::vector<std::string> words;
};

std::vector<Cell> cells_of(const Routed& r) {
  std::vector<Cell> cells;
  if (!r.refused.empty()) cells.push_back({"refused", {r.refused}});
  if (!r.process_because.empty()) cells.push_back({"process", {"because: " + r.process_because}});
  for (const Heard& heard : r.hears) cells.push_back({&heard == &r.hears.front() ? "hears" : "", words_of(heard)});
  if (r.publishes_any) cells.push_back({"publishes", {"any type"}});
  if (!r.publishes.empty()) cells.push_back({"publishes", listed(r.publishes)});
  if (!r.queue.empty()) cells.push_back({"queue", listed(r.queue)});
  if (r.in_line) cells.push_back({"lane", {"inline"}});
  return cells;
}

std::string plugin_of(const Routed& r) { return r.plugin + (r.autoloaded ? " (autoload)" : ""); }

struct Columns {
  std::size_t name = 0, plugin = 0, label = 0;
  std::size_t before_text() const { return 2 + name + 2 + plugin + 2 + label + 2; }
};

Columns columns_of(const std::vector<Routed>& routing) {
  Columns c;
  for (const Routed& r : routing) {
    c.name = std::max(c.name, width_of(r.name));
    if (const std::size_t n = width_of(plugin_of(r)); n <= widest_plugin) c.plugin = std::max(c.plugin, n);
    for (const Cell& cell : cells_of(r)) c.label = std::max(c.label, std::string_view(cell.label).size());
  }
  return c;
}

void append(std::string& text, const Routed& r, const Columns& c) {
  std::string line = "  " + padded(r.name, c.name) + "  " + padded(plugin_of(r), c.plugin);
  const auto end_line = [&] {
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
    line = std::string(2 + c.name + 2 + c.plugin, ' ');
  };
  const std::vector<Cell> cells = cells_of(r);
  if (cells.empty() || width_of(plugin_of(r)) > c.plugin) end_line();
  const std::size_t room = widest - std::min(widest / 2, c.before_text());
  for (const Cell& cell : cells) {
    std::string label = cell.label;
    for (const std::string& words : wrapped(cell.words, room)) {
      line += "  " + padded(std::exchange(label, {}), c.label) + "  " + words;
      end_line();
    }
  }
}

}  // namespace

std::string routing_text(const std::vector<Routed>& routing) {
  const Columns columns = columns_of(routing);
  std::string text;
  for (const bool sources : {true, false}) {
    text += sources ? "sources\n" : "subscribers\n";
    for (const Routed& r : routing) {
      if (r.is_source == sources) append(text, r, columns);
    }
  }
  return text;
}

}  // namespace hark::app
