#include "app/graph.h"

#include <algorithm>
#include <iterator>
#include <string_view>

namespace hark::app {
namespace {

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

// Mermaid reads Markdown in every label, quoted or not: `**` is emphasis, `1. x` a list, `x://y` and `www.x` a link.
// Its character codes get past that, and past its quotes. What means nothing behind a word stays readable.
std::string mermaid_escaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const std::string_view before = text.substr(0, i), after = text.substr(i + 1);
    const bool joins =
        c == '-' || c == '_' || (c == '.' && !after.empty() && after.front() != ' ' && !before.ends_with("www"));
    if (is_word(c) || c == ' ' || static_cast<unsigned char>(c) >= 0x80 ||
        (joins && !before.empty() && is_word(before.back()))) {
      out += c;
    } else {
      out += "#" + std::to_string(static_cast<unsigned char>(c)) + ";";
    }
  }
  return out;
}

// In a quoted string; Graphviz also reads HTML's character references.
std::string dot_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c == '&' ? "&amp;" : std::string(1, c);
  }
  return out;
}

std::string joined(const Graph::Lines& lines, const char* between, std::string (*escaped)(std::string_view)) {
  std::string text;
  for (const std::string& line : lines) text += (&line == &lines.front() ? "" : between) + escaped(line);
  return text;
}

std::string mermaid_text(const Graph::Lines& lines) { return "\"" + joined(lines, "<br>", mermaid_escaped) + "\""; }
std::string dot_text(const Graph::Lines& lines) { return "\"" + joined(lines, "\\n", dot_escaped) + "\""; }

Graph::Lines heard_text(const Routed& r) {
  Graph::Lines lines;
  for (const Heard& heard : r.hears) {
    std::ranges::copy(heard.lines(), std::back_inserter(lines));
  }
  return lines;
}

Graph::Node node_of(const Routed& r, std::string id) {
  Graph::Node node{std::move(id), {r.name}, Graph::Shape::box, !r.refused.empty()};
  const std::string plugin = r.plugin.substr(r.plugin.rfind('/') + 1);  // a path would make the box very wide
  if (plugin != r.name) node.text.push_back(plugin);
  if (r.in_line) node.text.emplace_back("inline");
  if (r.autoloaded) node.text.emplace_back("autoload");
  if (node.refused) node.text.emplace_back("refused");
  return node;
}

}  // namespace

Graph graph_of(const std::vector<Routed>& routing) {
  Graph graph;
  std::vector<Graph::Node> subscribers;
  for (const Routed& r : routing) {
    if (r.is_source) {
      graph.nodes.push_back(node_of(r, "s" + std::to_string(graph.nodes.size() + 1)));
      graph.edges.push_back({graph.nodes.back().id, "bus", r.publishes, !r.refused.empty()});
      continue;
    }
    const Graph::Node& node = subscribers.emplace_back(node_of(r, "t" + std::to_string(subscribers.size() + 1)));
    graph.edges.push_back({"bus", node.id, heard_text(r), node.refused});
    if (!r.publishes.empty()) graph.edges.push_back({node.id, "bus", r.publishes, false});
  }
  graph.nodes.push_back({"bus", {"bus"}, Graph::Shape::bus});
  graph.nodes.insert(graph.nodes.end(), subscribers.begin(), subscribers.end());
  graph.nodes.push_back({"dead", {"dead letters"}, Graph::Shape::store});
  graph.edges.push_back({"bus", "dead", {"given up"}, true});
  return graph;
}

std::string to_mermaid(const Graph& graph) {
  std::string text = "flowchart LR\n", refused;
  for (const Graph::Node& n : graph.nodes) {
    const bool box = n.shape == Graph::Shape::box, bus = n.shape == Graph::Shape::bus;
    text += "  " + n.id +
            (box   ? "["
             : bus ? "{{"
                   : "[(") +
            mermaid_text(n.text) +
            (box   ? "]"
             : bus ? "}}"
                   : ")]") +
            "\n";
    if (n.refused) refused += "  style " + n.id + " stroke-dasharray:4\n";
  }
  for (const Graph::Edge& e : graph.edges) {
    text += "  " + e.from + (e.dotted ? " -.->" : " -->");
    if (!e.text.empty()) text += "|" + mermaid_text(e.text) + "|";
    text += " " + e.to + "\n";
  }
  return text + refused;
}

std::string to_dot(const Graph& graph) {
  std::string text = "digraph hark {\n  rankdir=LR;\n  node [shape=box];\n";
  for (const Graph::Node& n : graph.nodes) {
    text += "  " + n.id + " [label=" + dot_text(n.text);
    if (n.shape == Graph::Shape::bus) text += ", shape=hexagon";
    if (n.shape == Graph::Shape::store) text += ", shape=cylinder";
    text += n.refused ? ", style=dashed];\n" : "];\n";
  }
  for (const Graph::Edge& e : graph.edges) {
    text += "  " + e.from + " -> " + e.to + " [label=" + dot_text(e.text) + (e.dotted ? ", style=dotted];\n" : "];\n");
  }
  return text + "}\n";
}

}  // namespace hark::app
