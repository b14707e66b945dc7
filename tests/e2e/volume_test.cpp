// One million lines through standard input to two files: exact counts, exact contents.
#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>

#include "host.h"

using namespace hark::e2e;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int lines = 100'000;
#else
constexpr int lines = 1'000'000;
#endif

std::string line_of(int n) {
  return "{\"type\":\"" + std::string(n % 10 == 0 ? "error.disk" : "access") + "\",\"n\":" + std::to_string(n) +
         ",\"ms\":" + std::to_string(n % 1000) + "}";
}

// The numbers in `file` are those for which wanted(n) holds, each once and in order.
template <class Wanted>
void check_numbers(const fs::path& file, Wanted wanted) {
  std::ifstream in(file);
  std::string line;
  int n = -1;
  long long wrong = 0, seen = 0, expected = 0;
  while (std::getline(in, line)) {
    do ++n;
    while (n < lines && !wanted(n));
    wrong += line.ends_with("\"data\":" + line_of(n) + "}") ? 0 : 1;
    ++seen;
  }
  for (int i = 0; i < lines; ++i) expected += wanted(i) ? 1 : 0;
  CHECK(seen == expected);
  CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("one million lines reach two files by pattern and by where with not one missing or changed") {
  const Workspace w;
  w.config(from_stdin, R"(
[subscribers.errors]
plugin = "log-file"
on = "error.**"
options = { path = "errors.ndjson" }
[subscribers.slow]
plugin = "log-file"
where = { "data.ms" = { gte = 900 } }
options = { path = "slow.ndjson" }
)");
  {
    std::ofstream out(w.path("input.ndjson"));
    for (int n = 0; n < lines; ++n) out << line_of(n) << '\n';
  }
  Launch launch = w.launch({"run", "hark.toml"});
  launch.input = w.path("input.ndjson");
  Process host(launch);
  const Ended ended = host.wait();
  check_ended_well(ended);
  INFO(ended.err);
  WARN(lines << " lines in " << ended.took.count() << " ms, " << ended.max_rss_kb / 1024 << " MiB");
  const auto million = static_cast<std::uint64_t>(lines);
  const Ledger ledger(ended.err);
  CHECK(ledger.from("in").at("offered") == million);
  CHECK(ledger.from("in").at("admitted") == million);
  CHECK(ledger.from("in").at("heard by nobody") == million * 81 / 100);
  CHECK(ledger.to("errors").at("acknowledged") == million / 10);
  CHECK(ledger.to("slow").at("acknowledged") == million / 10);
  check_numbers(w.path("errors.ndjson"), [](int n) { return n % 10 == 0; });
  check_numbers(w.path("slow.ndjson"), [](int n) { return n % 1000 >= 900; });
}

TEST_CASE("a long run through a pipe and several subscribers loses nothing in bounded memory") {
  const Workspace w;
  w.config(from_stdin, R"(
[subscribers.all]
plugin = "log-file"
options = { path = "all.ndjson" }
[subscribers.one]
plugin = "echo"
on = "error.**"
options = { as = "echoed" }
[subscribers.count]
plugin = "counter"
)");
  Process host(w.launch({"run", "hark.toml"}));
  std::string some;
  constexpr int n = lines / 5;
  for (int i = 0; i < n; ++i) {
    some += line_of(i) + "\n";
    if (some.size() < 60'000 && i + 1 != n) continue;
    REQUIRE(host.write(some));
    some.clear();
  }
  const Ended ended = host.finish();
  check_ended_well(ended);
  INFO(ended.err);
  const auto all = static_cast<std::uint64_t>(n + n / 10);
  CHECK(Ledger(ended.err).to("all").at("acknowledged") == all);
  CHECK(Ledger(ended.err).to("count").at("acknowledged") == all);
}

TEST_CASE("more types than a host remembers are all routed") {
  const Workspace w;
  w.config(from_stdin, to_out_file, "on = \"a.*.b\"\n");
  std::string input;
  constexpr int types = 100'000;
  for (int i = 0; i < types; ++i) input += "{\"type\":\"a." + std::to_string(i) + (i % 2 == 0 ? ".b" : ".c") + "\"}\n";
  const Ended ended = w.run(input);
  check_ended_well(ended);
  CHECK(w.events("out.ndjson").size() == types / 2);
  CHECK(Ledger(ended.err).from("in").at("heard by nobody") == types / 2);
}

TEST_CASE("a plugin that logs without end has its lines limited and the rest counted") {
  const Workspace w;
  w.config(from_stdin, "[subscribers.m]\nplugin = \"minimal\"\n[subscribers.t]\nplugin = \"throws\"\non = \"last\"\n");
  const Ended ended = w.run(numbered("a", 50'000) + "{\"type\":\"last\",\"text\":\"still heard\"}\n");
  check_ended_well(ended);
  CHECK(count_of(ended.err, "\n") < 2000);
  CHECK(ended.err.find("held back") != std::string::npos);
  CHECK(ended.err.find("still heard") != std::string::npos);
}
