// P4: events of 64 bytes to four subscribers, each with a queue and a lane of its own; and how long one is under way.
#include <algorithm>

#include "cases.h"
#include "hand_over.h"
#include "rig.h"

namespace hark::bench {
namespace {

struct Peer {
  Way way;
  const char* name;
};
constexpr Peer mutex_deque{Way::mutex_deque, "mutex deque"}, asio{Way::asio_strands, "Asio strands"},
    moodycamel{Way::moodycamel, "moodycamel"}, bulk{Way::moodycamel_bulk, "moodycamel, tokens and bulk"};

void verify(HandOver& way, std::uint64_t n, const std::string& name) {
  for (std::size_t i = 0; i < way.size(); ++i) {
    Bench::check(way.seat(i).count == n && way.seat(i).next[0] == n && way.seat(i).wrong == 0,
                 name + ": not what was given, or not in its order");
  }
}

// M deliveries/s.
double rate(Way which, unsigned consumers, std::uint64_t n, const std::string& name) {
  const std::unique_ptr<HandOver> way = hand_over(which, consumers, false);
  const Pinned first(0);
  const std::uint64_t warm = n / 10;
  std::uint64_t number = 0;
  const auto give = [&](std::uint64_t count) {
    for (; count > 0; --count, ++number) way->give(payload(0, number));
    way->wait();
  };
  give(warm);
  const std::int64_t began = core::now_ns();
  give(n);
  const auto took = static_cast<double>(core::now_ns() - began);
  verify(*way, number, name);
  return static_cast<double>(n * consumers) / took * 1e3;
}

struct Percentiles {
  double p50, p99, p999;
};

// At 100 k/s, in us, from the call that gives to the consumer's. The producer spins between two; one that takes longer
// than that is late with the next, and what is late counts from its own call.
Percentiles paced(Way which, unsigned consumers, std::uint64_t n, const std::string& name) {
  const std::unique_ptr<HandOver> way = hand_over(which, consumers, true);
  std::vector<std::vector<std::int64_t>> delays(consumers, std::vector<std::int64_t>(n));
  for (unsigned i = 0; i < consumers; ++i) {
    way->seat(i).delays = delays[i].data();
    way->seat(i).delays_max = n;
  }
  {
    const Pinned first(0);
    std::int64_t due = core::now_ns();
    for (std::uint64_t i = 0; i < n; ++i, due += 10'000) {
      while (core::now_ns() < due) {
      }
      bench_payload p = payload(0, i);
      p.sent_ns = core::now_ns();
      way->give(p);
      way->flush();
    }
    way->wait();
  }
  verify(*way, n, name);
  std::vector<std::int64_t> all;
  for (const auto& d : delays) all.insert(all.end(), d.begin(), d.end());
  std::ranges::sort(all);
  const auto at = [&](std::size_t per_mille) { return static_cast<double>(all[all.size() * per_mille / 1000]) / 1e3; };
  return {at(500), at(990), at(999)};
}

}  // namespace

void queued(Bench& bench) {
  const std::uint64_t n = bench.count(500'000);
  const auto contestant = [&](const Peer& p, unsigned consumers) -> Contestant {
    return {p.name, [p, consumers, n] { return rate(p.way, consumers, n, p.name); }};
  };
  for (const unsigned consumers : {4u, 1u}) {
    const Rounds r =
        bench.take_turns({contestant({Way::hark, "hark"}, consumers), contestant(mutex_deque, consumers),
                          contestant(asio, consumers), contestant(moodycamel, consumers), contestant(bulk, consumers)});
    const auto add = [&](const Peer& peer, double ratio) {
      const Want want = consumers == 4 ? Want{{"ratio_min", ratio}} : Want{};
      bench.compare({"P4", "P4 1 to " + std::to_string(consumers) + " against " + peer.name, "M deliveries/s",
                     Better::higher, r.of("hark"), peer.name, r.of(peer.name), want},
                    r);
    };
    add(mutex_deque, 8);
    add(asio, 12);
    add(moodycamel, 2);
    add(bulk, 1.2);
  }
}

void latency(Bench& bench) {
  const std::uint64_t n = bench.count(20'000);
  for (const unsigned consumers : {1u, 4u}) {
    std::map<std::string, std::vector<Percentiles>> seen;
    std::vector<Contestant> contestants;
    for (const Peer& p : {Peer{Way::hark, "hark"}, mutex_deque, asio, moodycamel}) {
      contestants.push_back({p.name, [&seen, p, consumers, n] {
                               seen[p.name].push_back(paced(p.way, consumers, n, p.name));
                               return seen[p.name].back().p50;
                             }});
    }
    const Rounds r = bench.take_turns(contestants);
    const auto of = [&](const std::string& name, double Percentiles::* which) {
      std::vector<double> values;
      const std::vector<Percentiles>& all = seen[name];  // the warm-up first
      for (std::size_t i = all.size() - r.stamps.size(); i < all.size(); ++i) values.push_back(all[i].*which);
      return values;
    };
    const std::pair<const char*, double Percentiles::*> shown[] = {
        {"p50", &Percentiles::p50}, {"p99", &Percentiles::p99}, {"p999", &Percentiles::p999}};
    for (const Peer& peer : {mutex_deque, asio, moodycamel}) {
      for (const auto& [text, which] : shown) {
        bench.compare(
            {"P4",
             "P4 latency 1 to " + std::to_string(consumers) + " at 100 k/s, " + text + ", against " + peer.name,
             "us",
             Better::lower,
             of("hark", which),
             peer.name,
             of(peer.name, which),
             {}},
            r);
      }
    }
  }
}

}  // namespace hark::bench
