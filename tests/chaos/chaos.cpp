// hark_chaos [--seconds N] [--seed S]
//
// One host, ten subscribers over the tiers, a random fault every 50 ms: what the event says to a plugin that obeys, or
// a signal to a worker process. One subscriber in each tier is well and left alone: it gets every event once, in order.
// One is well and its process is killed now and then: it gets every event at least once, or a dead letter says why not.
// The ledger is exact. A seed gives the same faults again; when they strike, the machine decides.
#define CATCH_CONFIG_RUNNER
#include <signal.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <random>
#include <thread>

#include "host.h"

using namespace hark::e2e;

namespace {

std::uint64_t seed = std::random_device{}();
unsigned seconds = 20;

constexpr const char* anywhere[] = {"retry",     "reject",     "fatal",   "forge", "complete twice",
                                    "flood log", "retain all", "publish", "ok",    "log"};
constexpr const char* apart[] = {"segv",        "segv once", "null", "abort", "exit", "_exit", "overflow",
                                 "write",       "thread",    "say",  "hang",  "busy", "deaf",  "leak descriptors",
                                 "leave thread"};

constexpr std::string_view config = R"(
[sources.in]
plugin = "stdin"
[runtime]
shutdown = "60s"
[guards]
max_hops = 4
[defaults]
retry = { attempts = 3, base = "1ms", max = "20ms" }
breaker = { open_after = 0 }
restart = { max = 1000, within = "1s" }
[subscribers.well_thread]
plugin = "log-file"
on = "tick"
options = { path = "thread.ndjson" }
[subscribers.well_process]
plugin = "log-file"
on = "tick"
isolation = "process"
options = { path = "process.ndjson" }
[subscribers.well_killed]
plugin = "log-file"
on = "tick"
isolation = "process"
options = { path = "killed.ndjson" }
)";
constexpr unsigned in_process = 3, in_own = 4;  // and these three make ten

std::string culprit(unsigned i) {
  const std::string name = "culprit" + std::to_string(i);
  return "[subscribers." + name + "]\nplugin = \"puppet\"\non = [\"" + name +
         "\", \"tick\"]\ntimeout = \"300ms\"\nisolation = \"" + (i < in_process ? "thread" : "process") + "\"\n";
}

std::string stat_of(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  std::string line;
  std::getline(file, line);
  return line;
}

// The workers of a host, and which library each has.
std::vector<pid_t> workers_of(pid_t host, std::string_view library) {
  std::vector<pid_t> workers;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::string stat = stat_of(name);
    const std::size_t at = stat.rfind(')');
    if (at == std::string::npos || at + 4 >= stat.size() || std::stoi(stat.substr(at + 4)) != host) continue;
    std::ifstream file("/proc/" + name + "/cmdline");
    const std::string command((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (command.find(library) != std::string::npos) workers.push_back(std::stoi(name));
  }
  return workers;
}

// How often each number came, and whether always in order.
struct Came {
  std::vector<unsigned> times;
  bool in_order = true;
};

Came came(const std::vector<Event>& events, std::size_t n) {
  Came c;
  c.times.resize(n);
  std::size_t next = 0;
  for (const Event& e : events) {
    const std::string data = e.data();
    const std::size_t at = data.find("\"n\":");
    if (at == std::string::npos) continue;
    const std::size_t number = std::stoul(data.substr(at + 4));
    if (number < n) ++c.times[number];
    c.in_order = c.in_order && number == next;
    ++next;
  }
  return c;
}

}  // namespace

TEST_CASE("ten subscribers over the tiers, a random fault every 50 ms") {
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  std::fflush(stdout);
  std::mt19937_64 random(seed);
  const auto any = [&random](const auto& list) { return list[random() % std::size(list)]; };
  const Workspace w;
  std::string culprits;
  for (unsigned i = 0; i < in_process + in_own; ++i) culprits += culprit(i);
  w.config(config, culprits);
  Process host(w.launch({"run", "--log", "error", "hark.toml"}));

  std::size_t ticks = 0, faults = 0, kills = 0;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  for (auto due = std::chrono::steady_clock::now(); due < end; due += std::chrono::milliseconds(50)) {
    std::string lines;
    for (int i = 0; i < 50; ++i) lines += R"({"type":"tick","n":)" + std::to_string(ticks++) + "}\n";
    const unsigned who = static_cast<unsigned>(random() % (in_process + in_own + 1));
    ++faults;
    if (who == in_process + in_own) {
      // Not the one that is left alone: it is not told apart, so whoever is older lives.
      const std::vector<pid_t> workers = workers_of(host.id(), "log-file");
      if (workers.size() == 2) kills += kill(std::max(workers[0], workers[1]), SIGKILL) == 0 ? 1u : 0u;
    } else {
      const char* what = who < in_process || random() % 2 == 0 ? any(anywhere) : any(apart);
      lines += R"({"type":"culprit)" + std::to_string(who) + R"(","do":")" + what + R"(","code":-77})" + "\n";
    }
    if (!host.write(lines)) FAIL("the host has ended:\n" << host.finish().err);
    std::this_thread::sleep_until(due + std::chrono::milliseconds(50));  // the rate of faults, not a wait for anything
  }
  const Ended ended = host.finish();
  INFO("seed " << seed << "\n" << ended.err.substr(0, 20'000) << "\n...\n" << Ledger(ended.err).text());
  check_ended_well(ended);

  for (const char* file : {"thread.ndjson", "process.ndjson"}) {
    const Came c = came(w.events(file), ticks);
    INFO(file);
    CHECK(c.in_order);
    CHECK(std::ranges::all_of(c.times, [](unsigned n) { return n == 1; }));
  }
  Came c = came(w.events("killed.ndjson"), ticks);
  const Came letters = came(of_type(w.dead_letters(), "tick"), ticks);
  bool all = true;
  for (std::size_t i = 0; i < ticks; ++i) all = all && c.times[i] + letters.times[i] >= 1;
  CHECK(all);
  std::printf("%zu events, %zu faults, %zu workers killed from outside, %zu dead letters\n", ticks, faults, kills,
              w.dead_letters().size());
}

int main(int argc, char** argv) {
  Catch::Session session;
  session.cli(session.cli() | Catch::clara::Opt(seconds, "N")["--seconds"]("how long") |
              Catch::clara::Opt(seed, "S")["--seed"]("of the faults"));
  if (const int bad = session.applyCommandLine(argc, argv); bad != 0) return bad;
  return session.run();
}
