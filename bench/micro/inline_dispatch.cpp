// P1: one publish to N subscribers that are called in the publisher's thread, 64 bytes of data.
#include <boost/signals2.hpp>
#include <numeric>

#include "cases.h"
#include "core/text.h"
#include "rig.h"

namespace hark::bench {
namespace {

// What a delivery looks like to a peer: made once, as the peers copy nothing.
struct Given {
  bench_payload data = payload(0, 0);
  hark_event event{};
  hark_delivery delivery{};
  Given() {
    event.size = sizeof event;
    event.data = core::bytes(bytes_of(data));
    delivery.size = sizeof delivery;
    delivery.event = &event;
  }
};

std::uint64_t total(const std::vector<Seat>& seats) {
  return std::accumulate(seats.begin(), seats.end(), std::uint64_t{0},
                         [](std::uint64_t n, const Seat& s) { return n + s.count; });
}

double bare_loop(const Bench& bench, unsigned subscribers) {
  struct Call {
    bench_handle handle;
    hark_instance* instance;
  };
  std::vector<Seat> seats(subscribers);
  std::vector<Call> calls;
  for (Seat& s : seats) calls.push_back({handlers().tally, reinterpret_cast<hark_instance*>(&s)});
  const Given given;
  return bench.ns_each([&](std::uint64_t n) {
    const std::uint64_t before = total(seats);
    for (std::uint64_t i = 0; i < n; ++i) {
      for (const Call& c : calls) c.handle(c.instance, &given.delivery, nullptr);
    }
    Bench::check(total(seats) - before == n * subscribers, "the bare loop did not make every call");
  });
}

double signals2(const Bench& bench, unsigned subscribers) {
  std::vector<Seat> seats(subscribers);
  boost::signals2::signal<void(const hark_delivery&)> signal;
  for (Seat& s : seats) {
    auto* const instance = reinterpret_cast<hark_instance*>(&s);
    signal.connect([handle = handlers().tally, instance](const hark_delivery& d) { handle(instance, &d, nullptr); });
  }
  const Given given;
  return bench.ns_each([&](std::uint64_t n) {
    const std::uint64_t before = total(seats);
    for (std::uint64_t i = 0; i < n; ++i) signal(given.delivery);
    Bench::check(total(seats) - before == n * subscribers, "Signals2 did not make every call");
  });
}

double hark(const Bench& bench, unsigned subscribers) {
  Rig rig({.subscribers = subscribers, .in_line = true, .handle = handlers().tally});
  const bench_payload data = payload(0, 0);
  const hark_message m = message("order.placed", bytes_of(data));
  const auto count = [&] {
    std::uint64_t all = 0;
    for (std::size_t i = 0; i < rig.size(); ++i) all += rig.seat(i).count;
    return all;
  };
  return bench.ns_each([&](std::uint64_t n) {
    const std::uint64_t before = count();
    for (std::uint64_t i = 0; i < n; ++i) rig.publish(0, m);
    Bench::check(count() - before == n * subscribers, "hark did not make every call");
  });
}

}  // namespace

void inline_dispatch(Bench& bench) {
  for (const unsigned n : {1u, 4u, 16u, 64u}) {
    const Rounds r = bench.take_turns({{"hark", [&] { return hark(bench, n); }},
                                       {"loop", [&] { return bare_loop(bench, n); }},
                                       {"signals2", [&] { return signals2(bench, n); }}});
    const std::string to = "P1 inline to " + std::to_string(n);
    Want want;
    if (n == 16) want = {{"ratio_max", 1.35}};
    if (n == 64) want = {{"ratio_max", 1.15}};
    bench.compare({"P1", to, "ns", Better::lower, r.of("hark"), "bare loop", r.of("loop"), want}, r);
    if (n == 1) {
      std::vector<double> above = r.of("hark");
      for (std::size_t i = 0; i < above.size(); ++i) above[i] -= r.of("loop")[i];
      bench.compare({"P1", to + ", above the bare loop", "ns", Better::lower, above, "", {}, {{"max", 16}}}, r);
    }
    bench.compare({"P1",
                   to + " against Signals2",
                   "ns",
                   Better::lower,
                   r.of("hark"),
                   "Boost.Signals2",
                   r.of("signals2"),
                   {{"ratio_max", n == 1 ? 1 / 4.0 : 1 / 6.0}}},
                  r);
  }
}

}  // namespace hark::bench
