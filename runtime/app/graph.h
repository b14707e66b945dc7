// The routing as a picture, in the languages of Mermaid and of Graphviz.
#pragma once

#include <string>
#include <vector>

#include "app/routing.h"

namespace hark::app {

// Nodes and edges with texts as they are; each writer escapes for its language.
struct Graph {
  enum class Shape : std::uint8_t { box, bus, store };
  using Lines = std::vector<std::string>;
  struct Node {
    std::string id;  // a letter and digits
    Lines text;
    Shape shape = Shape::box;
    bool refused = false;
  };
  struct Edge {
    std::string from, to;
    Lines text;
    bool dotted = false;  // what is given up; of a refused one, what would flow
  };
  std::vector<Node> nodes;
  std::vector<Edge> edges;
};

// Sources, the bus, subscribers, dead letters, left to right; and back what subscribers declare to publish.
Graph graph_of(const std::vector<Routed>& routing);

std::string to_mermaid(const Graph& graph);
std::string to_dot(const Graph& graph);

}  // namespace hark::app
