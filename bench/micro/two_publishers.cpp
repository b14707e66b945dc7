// P2: two publishers at once, four inline subscribers: what both reach together.
#include <atomic>
#include <boost/signals2.hpp>
#include <thread>

#include "cases.h"
#include "core/text.h"
#include "rig.h"

namespace hark::bench {
namespace {

constexpr unsigned subscribers = 4;

// Data whose first and last eight bytes are the same, as the callee's agree() wants it.
struct Alike {
  std::uint64_t words[8] = {7, 0, 0, 0, 0, 0, 0, 7};
  std::string_view bytes() const { return {reinterpret_cast<const char*>(words), sizeof words}; }
};

std::uint64_t events_each(const Bench& bench) { return bench.count(400'000); }

// Each thread on a core of its own; all begin at once. Returns M publishes/s of all of them together.
double together(unsigned threads, std::uint64_t each, const std::function<void(unsigned, std::uint64_t)>& publish) {
  std::atomic<unsigned> ready{0};
  std::atomic<std::int64_t> began{0};
  std::vector<std::int64_t> ended(threads);
  {
    std::vector<std::jthread> all;
    for (unsigned t = 0; t < threads; ++t) {
      all.emplace_back([&, t] {
        const Pinned pinned(t % std::max(1u, std::thread::hardware_concurrency()));
        publish(t, each / 20 + 1);
        if (ready.fetch_add(1) + 1 == threads) began.store(core::now_ns());
        while (began.load() == 0) std::this_thread::yield();
        publish(t, each);
        ended[t] = core::now_ns();
      });
    }
  }
  const std::int64_t last = *std::ranges::max_element(ended);
  return static_cast<double>(each * threads) / static_cast<double>(last - began.load()) * 1e3;
}

double hark(const Bench& bench, unsigned threads, bool one_type) {
  Rig rig({.subscribers = subscribers, .in_line = true, .handle = handlers().agree});
  const std::uint64_t each = events_each(bench);
  const double rate = together(threads, each, [&](unsigned t, std::uint64_t n) {
    const Alike data;
    const hark_message m = message(one_type || t == 0 ? "order.placed" : "order.paid", data.bytes());
    for (std::uint64_t i = 0; i < n; ++i) rig.publish(t, m);
  });
  Bench::check(rig.acknowledged() == (each + each / 20 + 1) * threads * subscribers, "deliveries are missing");
  return rate;
}

thread_local std::uint64_t calls = 0;

double peer(const Bench& bench, unsigned threads, bool with_signals) {
  boost::signals2::signal<void(const hark_delivery&)> signal;
  std::atomic<std::uint64_t> made{0};
  const auto call = [handle = handlers().agree](const hark_delivery& d) {
    calls += handle(nullptr, &d, nullptr) == HARK_OK ? 1u : 0u;
  };
  for (unsigned i = 0; i < subscribers; ++i) signal.connect(call);
  const std::uint64_t each = events_each(bench);
  const double rate = together(threads, each, [&](unsigned, std::uint64_t n) {
    const Alike data;
    hark_event event{};
    event.data = core::bytes(data.bytes());
    hark_delivery delivery{};
    delivery.event = &event;
    bench_handle volatile pointer = handlers().agree;
    const bench_handle to[subscribers] = {pointer, pointer, pointer, pointer};
    calls = 0;
    for (std::uint64_t i = 0; i < n; ++i) {
      if (with_signals) {
        signal(delivery);
      } else {
        for (const bench_handle handle : to) calls += handle(nullptr, &delivery, nullptr) == HARK_OK ? 1u : 0u;
      }
    }
    made.fetch_add(calls);
  });
  Bench::check(made.load() == (each + each / 20 + 1) * threads * subscribers, "a peer did not make every call");
  return rate;
}

}  // namespace

void two_publishers(Bench& bench) {
  const Rounds r = bench.take_turns({{"one", [&] { return hark(bench, 1, true); }},
                                     {"two types", [&] { return hark(bench, 2, false); }},
                                     {"one type", [&] { return hark(bench, 2, true); }},
                                     {"signals2", [&] { return peer(bench, 2, true); }},
                                     {"one signals2", [&] { return peer(bench, 1, true); }},
                                     {"loops", [&] { return peer(bench, 2, false); }},
                                     {"one loop", [&] { return peer(bench, 1, false); }}});
  const auto add = [&](const std::string& name, const char* ours, const char* peer, const char* theirs, Want want) {
    bench.compare({"P2", "P2 " + name, "M publishes/s", Better::higher, r.of(ours), peer, r.of(theirs), want}, r);
  };
  add("two publishers, a type each", "two types", "one publisher", "one", {{"ratio_min", 1.5}});
  add("two publishers, one type", "one type", "one publisher", "one", {{"ratio_min", 1.3}});
  add("two publishers, one type, against Signals2", "one type", "Boost.Signals2", "signals2", {{"ratio_min", 25}});
  add("two publishers, a type each, against bare loops", "two types", "two bare loops", "loops", {});
  add("two bare loops (the bound of the machine)", "loops", "one bare loop", "one loop", {});
  add("two publishers of Signals2", "signals2", "one publisher of Signals2", "one signals2", {});
}

}  // namespace hark::bench
