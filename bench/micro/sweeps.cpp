// P13: what a publish costs as the load grows.
#include <algorithm>
#include <atomic>
#include <thread>

#include "cases.h"
#include "rig.h"

namespace hark::bench {
namespace {

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

// One contestant for each x, and the curve of the medians. Returns what was measured, by the text of x.
Rounds sweep(Bench& bench, const char* name, const char* x_label, const char* y_label, const std::vector<double>& x,
             const std::function<double(std::uint64_t)>& sample) {
  std::vector<Contestant> contestants;
  for (const double v : x) {
    const auto load = static_cast<std::uint64_t>(v);
    contestants.push_back({std::to_string(load), [&sample, load] { return sample(load); }});
  }
  Rounds r = bench.take_turns(contestants);
  std::vector<double> y;
  for (const Contestant& c : contestants) y.push_back(median(r.of(c.name)));
  bench.curve(name, x_label, y_label, x, y);
  return r;
}

// Types in turn: each is one of its own for the bus.
double inline_ns(const Bench& bench, unsigned subscribers, std::uint64_t n_types, std::uint64_t others) {
  Rig rig({.subscribers = subscribers, .in_line = true, .handle = handlers().tally, .queue = 16});
  for (std::uint64_t i = 0; i < others; ++i) {
    rig.bus().registry().add(rig.subscriber(0), *topic::Pattern::parse("other.type" + std::to_string(i)), {}, false);
  }
  std::vector<std::string> types;
  for (std::uint64_t i = 0; i < n_types; ++i) types.push_back("order.placed.kind" + std::to_string(i));
  const bench_payload data = payload(0, 0);
  for (const std::string& type : types) rig.publish(0, message(type, bytes_of(data)));
  std::size_t at = 0;
  return bench.ns_each([&](std::uint64_t n) {
    const std::uint64_t before = rig.seat(0).count;
    for (std::uint64_t i = 0; i < n; ++i) {
      rig.publish(0, message(types[at], bytes_of(data)));
      if (++at == types.size()) at = 0;
    }
    Bench::check(rig.seat(0).count - before == n, "a subscriber missed events");
  });
}

// ns from the first publish to the last acknowledgement, for each event of so many bytes.
double queued_ns(std::uint64_t events, std::size_t size, std::uint64_t queue) {
  const Pinned second(1);
  Rig rig({.subscribers = 1, .handle = handlers().tally, .queue = queue});
  const Pinned first(0);
  const std::string data(size, 'x');
  const hark_message m = message("order.placed", data);
  const auto publish = [&](std::uint64_t n) {
    for (std::uint64_t i = 0; i < n; ++i) rig.publish(0, m);
    rig.wait();
  };
  publish(events / 10 + 1);
  const std::int64_t began = core::now_ns();
  publish(events);
  const auto took = static_cast<double>(core::now_ns() - began);
  Bench::check(rig.seat(0).count == events + events / 10 + 1, "a subscriber missed events");
  return took / static_cast<double>(events);
}

double publishers_rate(const Bench& bench, std::uint64_t n) {
  Rig rig({.subscribers = 4, .handle = handlers().verify});
  const std::uint64_t each = bench.count(200'000);
  std::atomic<std::uint64_t> ready{0};
  std::atomic<std::int64_t> began{0};
  {
    std::vector<std::jthread> all;
    for (std::uint64_t t = 0; t < n; ++t) {
      all.emplace_back([&, t] {
        if (ready.fetch_add(1) + 1 == n) began.store(core::now_ns());
        while (began.load() == 0) std::this_thread::yield();
        for (std::uint64_t i = 0; i < each; ++i) {
          const bench_payload p = payload(t, i);
          rig.publish(t, message("order.placed", bytes_of(p)));
        }
      });
    }
  }
  rig.wait();
  const auto took = static_cast<double>(core::now_ns() - began.load());
  for (std::size_t i = 0; i < rig.size(); ++i) {
    Bench::check(rig.seat(i).count == each * n, "a subscriber missed events of several publishers");
  }
  return static_cast<double>(each * n * rig.size()) / took * 1e3;
}

}  // namespace

void sweep_inline(Bench& bench) {
  const auto by_subscribers = [&](std::uint64_t n) { return inline_ns(bench, static_cast<unsigned>(n), 1, 0); };
  Rounds r =
      sweep(bench, "subscribers", "inline subscribers", "ns a publish", {1, 2, 4, 8, 16, 32, 64}, by_subscribers);
  for (const double n : {1.0, 4.0, 16.0, 64.0}) {
    const std::string text = std::to_string(static_cast<int>(n));
    bench.compare(
        {"P13", "P13 one publish to " + text, "ns", Better::lower, r.of(text), "", {}, {{"max", 60 + 12 * n}}}, r);
  }
  r = sweep(bench, "types", "types in turn", "ns a publish", {10, 100, 1000, 10'000, 60'000},
            [&](std::uint64_t n) { return inline_ns(bench, 1, n, 0); });
  bench.compare({"P13",
                 "P13 60 k types in turn",
                 "ns",
                 Better::lower,
                 r.of("60000"),
                 "10 types",
                 r.of("10"),
                 {{"ratio_max", 1.2}}},
                r);
  r = sweep(bench, "subscriptions", "subscriptions to other types", "ns a publish", {10, 100, 1000, 10'000, 100'000},
            [&](std::uint64_t n) { return inline_ns(bench, 1, 1, bench.quick() ? n / 10 : n); });
  bench.compare({"P13",
                 "P13 100 k subscriptions to other types",
                 "ns",
                 Better::lower,
                 r.of("100000"),
                 "10 subscriptions",
                 r.of("10"),
                 {{"ratio_max", 1.2}}},
                r);
}

void sweep_queued(Bench& bench) {
  // As many events as lie in a cache: it is the copying that is asked for, not the memory's speed.
  const auto by_size = [&](std::uint64_t size) {
    const std::uint64_t queue = std::clamp<std::uint64_t>((2u << 20) / size, 32, 4096);
    return queued_ns(bench.count(size > 4096 ? 20'000 : 200'000), size, queue);
  };
  Rounds r =
      sweep(bench, "payload", "bytes of data", "ns an event, queued", {64, 256, 1024, 4096, 16'384, 65'536}, by_size);
  std::vector<double> rates = r.of("65536");
  for (std::size_t i = 0; i < rates.size(); ++i) rates[i] = (65'536 - 64) / (rates[i] - r.of("64")[i]);
  bench.compare({"P13", "P13 payload beyond the first 64 B", "GB/s", Better::higher, rates, "", {}, {{"min", 15}}}, r);
  r = sweep(bench, "queue depth", "events a queue may hold", "ns an event, queued",
            {16, 64, 256, 1024, 4096, 16'384, 65'536},
            [&](std::uint64_t queue) { return queued_ns(bench.count(200'000), 150, queue); });
  bench.compare({"P13", "P13 a queue of 16 events", "ns", Better::lower, r.of("16"), "of 16 384", r.of("16384"), {}},
                r);
}

void sweep_publishers(Bench& bench) {
  const Rounds r = sweep(bench, "publishers", "publishers at once", "M deliveries/s, queued to 4", {1, 2, 4},
                         [&](std::uint64_t n) { return publishers_rate(bench, n); });
  bench.compare({"P13",
                 "P13 four publishers at once, queued to 4",
                 "M deliveries/s",
                 Better::higher,
                 r.of("4"),
                 "one publisher",
                 r.of("1"),
                 {}},
                r);
}

}  // namespace hark::bench
