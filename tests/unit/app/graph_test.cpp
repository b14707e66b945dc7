// The routing as a picture.
#include "app/graph.h"

#include <catch2/catch.hpp>

using namespace hark;
using app::Routed;

namespace {

Routed source(std::string name, std::string plugin, std::vector<std::string> publishes = {}) {
  Routed r;
  r.name = std::move(name);
  r.plugin = std::move(plugin);
  r.is_source = true;
  r.publishes = std::move(publishes);
  r.publishes_any = r.publishes.empty();
  return r;
}
Routed subscriber(std::string name, std::string plugin, std::vector<app::Heard> hears,
                  std::vector<std::string> publishes = {}) {
  Routed r;
  r.name = std::move(name);
  r.plugin = std::move(plugin);
  r.hears = std::move(hears);
  r.publishes = std::move(publishes);
  return r;
}

std::vector<Routed> everything() {
  Routed refused = subscriber("bad", "bad", {{"x", {}}});
  refused.refused = "bad.so: why";
  return {source("in", "stdin"), source("web", "./lib/http.so", {"web.hit"}),
          subscriber("greet", "greet", {{"hi", {"data.n >= 5", "data.m = \"a\""}}, {"ho.**", {}}}, {"greeted"}),
          refused};
}

std::string escaped_by_mermaid(const std::string& text) {
  const std::string all = app::to_mermaid({{{"a", {text}}}, {}});
  const std::size_t begin = all.find("[\"") + 2;
  return all.substr(begin, all.rfind("\"]") - begin);
}
std::string escaped_by_dot(const std::string& text) {
  const std::string all = app::to_dot({{{"a", {text}}}, {}});
  const std::size_t begin = all.find("label=\"") + 7;
  return all.substr(begin, all.rfind("\"]") - begin);
}

}  // namespace

TEST_CASE("a graph for mermaid has sources then the bus then subscribers and what they publish") {
  CHECK(app::to_mermaid(app::graph_of(everything())) == R"(flowchart LR
  s1["in<br>stdin"]
  s2["web<br>http.so"]
  bus{{"bus"}}
  t1["greet"]
  t2["bad<br>refused"]
  dead[("dead letters")]
  s1 --> bus
  s2 -->|"web.hit"| bus
  bus -->|"hi<br>where data.n #62;#61; 5<br>and data.m #61; #34;a#34;<br>ho.#42;#42;"| t1
  t1 -->|"greeted"| bus
  bus -.->|"x"| t2
  bus -.->|"given up"| dead
  style t2 stroke-dasharray:4
)");
}

TEST_CASE("a graph for dot shows the same") {
  CHECK(app::to_dot(app::graph_of(everything())) == R"(digraph hark {
  rankdir=LR;
  node [shape=box];
  s1 [label="in\nstdin"];
  s2 [label="web\nhttp.so"];
  bus [label="bus", shape=hexagon];
  t1 [label="greet"];
  t2 [label="bad\nrefused", style=dashed];
  dead [label="dead letters", shape=cylinder];
  s1 -> bus [label=""];
  s2 -> bus [label="web.hit"];
  bus -> t1 [label="hi\nwhere data.n >= 5\nand data.m = \"a\"\nho.**"];
  t1 -> bus [label="greeted"];
  bus -> t2 [label="x", style=dotted];
  bus -> dead [label="given up", style=dotted];
}
)");
}

TEST_CASE("text in a mermaid graph is neither syntax nor HTML nor Markdown") {
  CHECK(escaped_by_mermaid("\"];x[\"") == "#34;#93;#59;x#91;#34;");
  CHECK(escaped_by_mermaid("a<b>&amp;#35;") == "a#60;b#62;#38;amp#59;#35;35#59;");
  CHECK(escaped_by_mermaid("**") == "#42;#42;");
  CHECK(escaped_by_mermaid("_x_ `y`") == "#95;x_ #96;y#96;");  // an emphasis that does not begin does not end
  CHECK(escaped_by_mermaid("- x") == "#45; x");
  CHECK(escaped_by_mermaid("1. x") == "1#46; x");
  CHECK(escaped_by_mermaid("1.") == "1#46;");
  CHECK(escaped_by_mermaid("http://www.x.y") == "http#58;#47;#47;www#46;x.y");
  CHECK(escaped_by_mermaid("a\nb\\n") == "a#10;b#92;n");
  CHECK(escaped_by_mermaid("error_occurred in log-file v1.2 \xc3\xa4") == "error_occurred in log-file v1.2 \xc3\xa4");
}

TEST_CASE("text in a dot graph stays in its quotes and has no escapes of its own") {
  CHECK(escaped_by_dot(R"("];x[")") == R"(\"];x[\")");
  CHECK(escaped_by_dot(R"(a\nb\)") == R"(a\\nb\\)");
  CHECK(escaped_by_dot("a&lt;b") == "a&amp;lt;b");
}
