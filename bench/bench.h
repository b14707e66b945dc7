// What all programs of benchmarks share: cases, rounds in which contestants take turns, checks, and the raw results.
//
// A raw result is a line of JSON, as bench/process/measure.py describes it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "machine.h"

namespace hark::bench {

// One sample: measures itself once. Names are unique within a case.
struct Contestant {
  std::string name;
  std::function<double()> sample;
};

// What each contestant scored in each round, and the regimes before and after that round.
struct Rounds {
  std::map<std::string, std::vector<double>> scores;
  std::vector<std::pair<std::string, std::string>> stamps;
  const std::vector<double>& of(const std::string& name) const { return scores.at(name); }
};

enum class Better : std::uint8_t { higher, lower };

// A goal: {{"ratio_min", 8}}, ratios being ours to theirs; also ratio_max, min, min_far, max. Empty: only shown.
using Want = std::vector<std::pair<std::string, double>>;

struct Comparison {
  std::string goal, name, unit;
  Better better = Better::lower;
  std::vector<double> ours;
  std::string peer;  // empty: none
  std::vector<double> theirs;
  Want want;
};

// Owner: main(); every member is the main thread's, but for check().
class Bench {
 public:
  // PROGRAM [--quick] [--rounds N] [--raw FILE] [NAME]. Ends the process when they are wrong.
  Bench(int argc, char** argv);

  bool quick() const { return quick_; }
  std::uint64_t count(std::uint64_t full) const { return quick_ ? full / 20 + 1 : full; }

  // Runs a case whose name has the NAME asked for in it, or whose goal is that one.
  void run(std::string_view name, const std::function<void(Bench&)>& body);

  // One warm-up, which is not counted; then each contestant once a round, in an order that changes.
  Rounds take_turns(const std::vector<Contestant>& contestants);
  void compare(const Comparison& comparison, const Rounds& rounds);
  void curve(std::string_view name, std::string_view x_label, std::string_view y_label, const std::vector<double>& x,
             const std::vector<double>& y);

  // Google Benchmark's time for one iteration, in ns. body: runs `n` iterations, and is called for several n.
  double ns_each(const std::function<void(std::uint64_t n)>& body) const;

  // What came out must be what went in, or the program fails. Thread: any.
  static void check(bool holds, std::string_view what);
  static int status();  // of the process

 private:
  void write(const std::string& line) const;

  bool quick_ = false;
  unsigned rounds_ = 0;
  std::string only_, raw_;
  std::mt19937 random_{20'240'607};
};

}  // namespace hark::bench
