#include "bench.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

namespace hark::bench {
namespace {

std::atomic<bool> is_wrong{false};

// Keeps the one figure that is asked for, and prints nothing.
class Keeping final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& /*context*/) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) ns = run.GetAdjustedRealTime();
  }
  double ns = 0;
};

std::string number(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", v);
  return text;
}

std::string list(const std::vector<double>& values) {
  std::string text;
  for (const double v : values) text += (text.empty() ? "" : ",") + number(v);
  return "[" + text + "]";
}

// The texts here are our own: nothing in them needs escaping.
std::string quoted(std::string_view text) { return '"' + std::string(text) + '"'; }

// P1 is the goal P1, and neither P12 nor P13.
bool is_wanted(std::string_view name, std::string_view only) {
  const bool is_goal = only.size() > 1 && (only[0] == 'P' || only[0] == 'p') &&
                       only.find_first_not_of("0123456789", 1) == std::string_view::npos;
  if (!is_goal) return name.find(only) != std::string_view::npos;
  return name.starts_with('P') && name.substr(1, name.find(' ') - 1) == only.substr(1);
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

}  // namespace

Bench::Bench(int argc, char** argv) {
  unsigned rounds = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--quick") {
      quick_ = true;
    } else if (argument == "--rounds" && i + 1 < argc) {
      rounds = static_cast<unsigned>(std::strtoul(argv[++i], nullptr, 10));
    } else if (argument == "--raw" && i + 1 < argc) {
      raw_ = argv[++i];
    } else if (!argument.starts_with("-")) {
      only_ = argument;
    } else {
      std::fprintf(stderr, "usage: %s [--quick] [--rounds N] [--raw FILE] [NAME]\n", argv[0]);
      std::exit(2);
    }
  }
  rounds_ = rounds != 0 ? rounds : quick_ ? 1 : 9;
  int one = 1;
  benchmark::Initialize(&one, argv);
}

void Bench::run(std::string_view name, const std::function<void(Bench&)>& body) {
  if (!is_wanted(name, only_)) return;
  std::printf("%.*s\n", static_cast<int>(name.size()), name.data());
  std::fflush(stdout);
  body(*this);
}

Rounds Bench::take_turns(const std::vector<Contestant>& contestants) {
  Rounds rounds;
  std::vector<const Contestant*> order;
  for (const Contestant& c : contestants) order.push_back(&c);
  if (!quick_) {
    for (const Contestant* c : order) c->sample();
  }
  for (unsigned i = 0; i < rounds_; ++i) {
    std::ranges::shuffle(order, random_);
    std::string before = regime();
    for (const Contestant* c : order) rounds.scores[c->name].push_back(c->sample());
    rounds.stamps.emplace_back(std::move(before), regime());
  }
  return rounds;
}

void Bench::compare(const Comparison& c, const Rounds& rounds) {
  std::string line = "{\"goal\":" + quoted(c.goal) + ",\"name\":" + quoted(c.name) + ",\"unit\":" + quoted(c.unit) +
                     ",\"better\":" + quoted(c.better == Better::higher ? "higher" : "lower") +
                     ",\"ours\":" + list(c.ours) + ",\"peer\":" + (c.peer.empty() ? "null" : quoted(c.peer)) +
                     ",\"theirs\":" + (c.peer.empty() ? "null" : list(c.theirs)) + ",\"stamps\":[";
  for (const auto& [before, after] : rounds.stamps) {
    line += (line.back() == '[' ? "[" : ",[") + quoted(before) + "," + quoted(after) + "]";
  }
  line += "],\"want\":";
  if (c.want.empty()) line += "null";
  for (const auto& [key, value] : c.want) {
    line += (line.back() == ':' ? "{" : ",") + quoted(key) + ":" + number(value);
  }
  write(line + (c.want.empty() ? "}" : "}}"));
  std::printf("  %-62s %10.4g %s", c.name.c_str(), median(c.ours), c.unit.c_str());
  if (!c.peer.empty()) std::printf(", %s %.4g", c.peer.c_str(), median(c.theirs));
  std::printf("\n");
  std::fflush(stdout);
}

void Bench::curve(std::string_view name, std::string_view x_label, std::string_view y_label,
                  const std::vector<double>& x, const std::vector<double>& y) {
  write("{\"curve\":" + quoted(name) + ",\"x_label\":" + quoted(x_label) + ",\"y_label\":" + quoted(y_label) +
        ",\"x\":" + list(x) + ",\"y\":" + list(y) + "}");
}

double Bench::ns_each(const std::function<void(std::uint64_t)>& body) const {
  benchmark::ClearRegisteredBenchmarks();
  benchmark::RegisterBenchmark("one",
                               [&](benchmark::State& state) {
                                 while (state.KeepRunningBatch(state.max_iterations)) {
                                   body(static_cast<std::uint64_t>(state.max_iterations));
                                 }
                               })
      ->MinTime(quick_ ? 0.003 : 0.03)
      ->UseRealTime();
  Keeping reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter, "one");
  return reporter.ns;
}

void Bench::check(bool holds, std::string_view what) {
  if (holds) return;
  is_wrong.store(true);
  std::fprintf(stderr, "WRONG: %.*s\n", static_cast<int>(what.size()), what.data());
}

int Bench::status() { return is_wrong.load() ? 1 : 0; }

void Bench::write(const std::string& line) const {
  if (raw_.empty()) return;
  std::ofstream out(raw_, std::ios::app);
  out << line << '\n';
  check(out.good(), "the raw results cannot be written");
}

}  // namespace hark::bench
