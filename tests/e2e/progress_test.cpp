// How far a run has come, on a terminal, while it takes long.
#include <fnmatch.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>

#include "host.h"

using namespace hark::e2e;

namespace {

constexpr std::string_view on_line = " events  ";

Launch on_terminal(const Workspace& w, std::vector<std::string> more = {}, const std::string& term = "xterm") {
  Launch launch = w.launch({});
  launch.command = {"/usr/bin/env", "NO_COLOR=1", "TERM=" + term, HARK_BINARY, "run", "hark.toml"};
  launch.command.insert(launch.command.end(), more.begin(), more.end());
  launch.out = Output::terminal;
  return launch;
}

// Events in small portions until something holds: as long a run as it takes.
bool feed_until(Process& host, const std::function<bool()>& done) {
  return eventually([&] { return done() || !host.write(numbered("a", 5)); }) && done();
}
bool feed_until_shown(Process& host, std::string_view what = on_line) {
  return feed_until(host, [&] { return host.out().find(what) != std::string::npos; });
}

// What a terminal holds at the end, if it knows CR, LF and "clear to the end of the line".
std::vector<std::string> screen(const std::string& bytes) {
  std::vector<std::string> lines(1);
  std::size_t column = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    if (bytes[at] == '\r') {
      column = 0;
    } else if (bytes[at] == '\n') {
      lines.emplace_back();
    } else if (bytes.compare(at, 3, "\033[K") == 0) {
      lines.back().resize(std::min(column, lines.back().size()));
      at += 2;
    } else {
      lines.back().resize(std::max(lines.back().size(), column + 1), ' ');
      lines.back()[column++] = bytes[at];
    }
  }
  return lines;
}

// What a run prints besides its status line.
bool is_whole(const std::string& line) {
  const auto is_like = [&](const char* pattern) { return fnmatch(pattern, line.c_str(), 0) == 0; };
  constexpr const char* known[] = {
      "",         "hark * -> *", "20*T*Z info *", "20*T*Z warning *",    "20*T*Z error *",        "ledger:",
      "  from *", "  to *",      "nothing lost*", "* dead letter* in *", "* log line* held back*"};
  return std::ranges::any_of(known, is_like);
}

}  // namespace

TEST_CASE("a long run on a terminal shows how far it has come and leaves whole lines and nothing of it") {
  const Workspace w;
  w.config(from_stdin, to_out_file, "[subscribers.t]\nplugin = \"throws\"\n");
  Process host(on_terminal(w));
  REQUIRE(feed_until_shown(host, " failed  "));
  REQUIRE(feed_until_shown(host, "t quarantined"));
  const Ended ended = host.finish();
  CHECK(ended.status == 0);
  INFO(ended.out);
  for (const std::string& line : screen(ended.out)) {
    INFO(line);
    CHECK(is_whole(line));
    CHECK(line.find(on_line) == std::string::npos);
    CHECK(line.find("\033") == std::string::npos);
  }
}

TEST_CASE("a run that waits for its last deliveries says on the terminal how many are left") {
  const Workspace w;
  w.config(from_stdin, "[subscribers.slow]\nplugin = \"sleeps\"\noptions = { ms = 25 }\n");
  Process host(on_terminal(w));
  host.write(numbered("a", 100));
  host.close_input();
  CHECK(eventually([&] { return host.out().find("draining  ") != std::string::npos; }));
  const Ended ended = host.wait();
  CHECK(ended.status == 0);
  CHECK(ended.out.find(" left  ") != std::string::npos);
  for (const std::string& line : screen(ended.out)) CHECK(line.find("draining") == std::string::npos);
}

TEST_CASE("there is no progress line where it would not be read or would mix with events") {
  const Workspace file, print;
  file.config(from_stdin, to_out_file);
  print.config(from_stdin, "[subscribers.p]\nplugin = \"print\"\n");
  Launch piped = on_terminal(file);
  piped.out = Output::pipe;
  const std::vector<Launch> launches{piped, on_terminal(file, {"--quiet"}), on_terminal(file, {}, "dumb"),
                                     on_terminal(print)};
  std::vector<std::unique_ptr<Process>> hosts;
  for (const Launch& launch : launches) hosts.push_back(std::make_unique<Process>(launch));
  for (const auto& host : hosts) CHECK(feed_until(*host, [&] { return host->age() > 2s; }));
  for (const auto& host : hosts) {
    const Ended ended = host->finish();
    const std::string all = ended.out + ended.err;
    CHECK(ended.status == 0);
    CHECK(all.find(on_line) == std::string::npos);
    CHECK(all.find("\033[K") == std::string::npos);
  }
}

TEST_CASE("what is said about a plugin that ends the host stands in a line of its own") {
  const Workspace w;
  w.config(from_stdin, to_out_file, "[subscribers.x]\nplugin = \"exits\"\non = \"exit\"\n");
  Process host(on_terminal(w));
  REQUIRE(feed_until_shown(host));
  host.write("{\"type\":\"exit\"}\n");
  const Ended ended = host.wait();
  CHECK(ended.status == 70);
  INFO(ended.out);
  bool found = false;
  for (const std::string& line : screen(ended.out)) found = found || line.starts_with("hark: plugin zoo.exits");
  CHECK(found);
}
