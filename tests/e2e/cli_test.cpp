// The command line: verbs, help, exit statuses.
#include <unistd.h>

#include <catch2/catch.hpp>

#include "host.h"

using namespace hark::e2e;

TEST_CASE("every verb explains itself with help and leaves with 0") {
  const Workspace w;
  for (const std::vector<std::string>& verb :
       {std::vector<std::string>{}, {"run"}, {"check"}, {"graph"}, {"plugin"}, {"plugin", "ls"}, {"plugin", "check"}}) {
    std::vector<std::string> words = verb;
    words.emplace_back("--help");
    const Ended help = w.hark(words);
    INFO((verb.empty() ? "hark" : verb.back()) << ": " << help.out << help.err);
    CHECK(help.status == 0);
    CHECK(help.err.empty());
    CHECK(help.out.find("Usage: hark") != std::string::npos);
    CHECK(help.out.find("\033[") == std::string::npos);
  }
  const Ended all = w.hark({"--help"});
  for (const char* verb : {"run", "check", "graph", "plugin"}) CHECK(all.out.find(verb) != std::string::npos);
  CHECK(w.hark({"run", "--help"}).out.find("70") != std::string::npos);  // its exit statuses
}

TEST_CASE("version says the program and the plugin ABI it offers") {
  const Ended version = Workspace().hark({"--version"});
  CHECK(version.status == 0);
  CHECK(version.out.starts_with("hark "));
  CHECK(version.out.find("ABI 1.") != std::string::npos);
}

TEST_CASE("wrong usage leaves with 2 and says what was wrong on standard error") {
  const Workspace w;
  w.config(from_stdin, to_out_file);
  const std::vector<std::vector<std::string>> wrong = {{},
                                                       {"rnu"},
                                                       {"run"},
                                                       {"check"},
                                                       {"graph", "--dot", "--mermaid", "hark.toml"},
                                                       {"plugin"},
                                                       {"plugin", "sl"},
                                                       {"run", "--lg", "hark.toml"},
                                                       {"run", "hark.toml", "another.toml"},
                                                       {"run", "--log", "loud", "hark.toml"},
                                                       {"run", ""}};
  for (const auto& words : wrong) {
    const Ended ended = w.hark(words);
    INFO((words.empty() ? "" : words.back()) << " said: " << ended.out << ended.err);
    CHECK(ended.status == (words == std::vector<std::string>{"run", ""} ? 78 : 2));
    CHECK(!ended.err.empty());
    CHECK(ended.out.empty());
  }
}

TEST_CASE("plugin ls lists the bundled plugins and those of the config and runs none of them") {
  const Workspace w;
  w.plugin("minimal");
  w.plugin("ctor_throws");
  w.plugin("wrong_major");
  w.plugin("unfenced");
  write_text(w.path("plugins/notes.so"), "shopping list\n");
  w.config(from_stdin, to_out_file);
  for (const auto& words : {std::vector<std::string>{"plugin", "ls"}, {"plugin", "ls", "hark.toml"}}) {
    const Ended ls = w.hark(words);
    INFO(ls.out << ls.err);
    CHECK(ls.status == 0);
    for (const char* shown : {"stdin", "print", "log-file", "zoo.minimal", "zoo.ctor-throws", "bundled"})
      CHECK(ls.out.find(shown) != std::string::npos);
    CHECK(ls.out.find("needs plugin ABI 2") != std::string::npos);
    CHECK(ls.out.find("(in a process of its own)") != std::string::npos);
    CHECK(ls.out.find("notes") != std::string::npos);
    CHECK(ls.out.find("not an ELF") != std::string::npos);
  }
}

TEST_CASE("check shows the routing of a good config and runs nothing") {
  const Workspace w;
  w.config(from_stdin, R"(
[subscribers.some]
plugin = "log-file"
on = ["deploy.*", { type = "error.**", where = { "data.n" = { gte = 3 } } }]
options = { path = "some.ndjson" }
)");
  const Ended check = w.hark({"check", "hark.toml"});
  INFO(check.out << check.err);
  CHECK(check.status == 0);
  CHECK(check.out == R"(sources
  in    stdin     publishes  any type
subscribers
  some  log-file  hears      deploy.*
                             error.**  where data.n >= 3
                  queue      block
config ok
)");
  CHECK(!fs::exists(w.path("some.ndjson")));
}

TEST_CASE("check tells of a refused plugin and leaves with 0 as the others can run") {
  const Workspace w;
  w.config(from_stdin, to_out_file, "[subscribers.bad]\nplugin = \"no_note\"\n");
  const Ended check = w.hark({"check", "hark.toml"});
  INFO(check.out << check.err);
  CHECK(check.status == 0);
  CHECK(check.out.find("no Hark note") != std::string::npos);
}

TEST_CASE("graph draws the routing of a config in either language and runs nothing") {
  const Workspace w;
  w.config(from_stdin, to_out_file, "[subscribers.bad]\nplugin = \"no_note\"\non = \"x.*\"\n");
  const Ended mermaid = w.hark({"graph", "hark.toml"}), dot = w.hark({"graph", "hark.toml", "--dot"});
  INFO(mermaid.out << dot.out << dot.err);
  CHECK(mermaid.status == 0);
  CHECK(mermaid.out.starts_with("flowchart LR\n"));
  CHECK(mermaid.out.find("bus -->|\"#42;#42;\"| t1\n  bus -.->|\"x.#42;\"| t2\n") != std::string::npos);
  CHECK(mermaid.out == w.hark({"graph", "--mermaid", "hark.toml"}).out);
  CHECK(dot.status == 0);
  CHECK(dot.out.starts_with("digraph hark {\n"));
  CHECK(dot.out.find("t2 [label=\"bad\\nno_note\\nrefused\", style=dashed];") != std::string::npos);
  CHECK(!fs::exists(w.path("out.ndjson")));
  write_text(w.path("hark.toml"), "x = 1\n");
  const Ended wrong = w.hark({"graph", "hark.toml"});
  CHECK(wrong.status == 78);
  CHECK(wrong.out.empty());
  CHECK(wrong.err.find("hark.toml:1:1: error") != std::string::npos);
}

TEST_CASE("quiet leaves out the greeting and the final ledger and nothing else") {
  const Workspace w;
  w.config(from_stdin, to_out_file, "[subscribers.t]\nplugin = \"throws\"\n");
  const Ended ended = w.hark({"run", "--quiet", "hark.toml"}, numbered("a", 1));
  CHECK(ended.status == 0);
  CHECK(ended.err.find("ledger") == std::string::npos);
  CHECK(ended.err.find("ready") == std::string::npos);
  CHECK(ended.err.find("boom") != std::string::npos);
}

TEST_CASE("the log level decides what is logged and never the ledger") {
  const Workspace w;
  w.config(from_stdin, "[subscribers.m]\nplugin = \"minimal\"\n");
  const Ended loud = w.hark({"run", "--log", "trace", "hark.toml"}, numbered("a", 1));
  const Ended still = w.hark({"run", "--log", "error", "hark.toml"}, numbered("a", 1));
  check_ended_well(loud);
  check_ended_well(still);
  CHECK(loud.err.find("plugin=zoo.minimal") != std::string::npos);
  CHECK(still.err.find("plugin=zoo.minimal") == std::string::npos);
}

TEST_CASE("nothing is coloured when standard error is no terminal") {
  const Workspace w;
  w.config(from_stdin, to_out_file, "[subscribers.t]\nplugin = \"throws\"\n");
  CHECK(w.run(numbered("a", 1)).err.find('\033') == std::string::npos);
  write_text(w.path("hark.toml"), "x = 1");
  CHECK(w.run().err.find('\033') == std::string::npos);
}
