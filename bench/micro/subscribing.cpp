// P3: how long a subscription takes to come or go while somebody publishes, and what it costs in memory.
#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "cases.h"
#include "rig.h"
#include "topics.h"

namespace hark::bench {
namespace {

struct Figures {
  double bytes_each = 0, add_p99_us = 0, remove_p99_us = 0, publish_p99_us = 0;
};

double p99_us(std::vector<std::int64_t> ns) {
  std::ranges::sort(ns);
  return static_cast<double>(ns[ns.size() * 99 / 100]) / 1e3;
}

Figures measure(const Bench& bench, const Topics& topics) {
  Rig rig({.subscribers = Topics::subscribers,
           .in_line = true,
           .handle = handlers().tally,
           .queue = 16,
           .subscribe = false});
  bus::Registry& registry = rig.bus().registry();
  std::vector<topic::Pattern> patterns;
  for (const Topics::Subscription& s : topics.subscriptions) patterns.push_back(*topic::Pattern::parse(s.pattern));
  Figures figures;
  // Also of the patterns, which the registry has copies of: they are part of a subscription.
  const std::size_t before = mallinfo2().uordblks;
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    registry.add(rig.subscriber(topics.subscriptions[i].subscriber), patterns[i], {}, false);
  }
  figures.bytes_each = static_cast<double>(mallinfo2().uordblks - before) / static_cast<double>(patterns.size());

  std::atomic<bool> stop{false};
  std::vector<std::int64_t> publishes(1, 0);
  std::jthread publisher([&] {
    const bench_payload data = payload(0, 0);
    std::int64_t last = core::now_ns();
    for (std::size_t i = 0; !stop.load(std::memory_order_relaxed); ++i) {
      rig.publish(0, message(topics.types[i % 64], bytes_of(data)));
      const std::int64_t now = core::now_ns();
      if (publishes.size() < 1'000'000) publishes.push_back(now - last);
      last = now;
    }
  });
  std::vector<std::int64_t> adds, removes;
  const std::size_t changes = bench.count(20'000);
  for (std::size_t i = 0; i < changes; ++i) {
    bus::Subscriber& s = rig.subscriber(i % rig.size());
    const std::int64_t began = core::now_ns();
    const std::uint64_t key = registry.add(s, patterns[i % patterns.size()], {}, false);
    const std::int64_t added = core::now_ns();
    Bench::check(registry.remove(s, key), "a subscription was not there to be taken out");
    removes.push_back(core::now_ns() - added);
    adds.push_back(added - began);
  }
  stop.store(true);
  publisher.join();
  Bench::check(registry.size() == patterns.size(), "subscriptions are missing, or too many");
  figures.add_p99_us = p99_us(adds);
  figures.remove_p99_us = p99_us(removes);
  figures.publish_p99_us = p99_us(publishes);
  return figures;
}

}  // namespace

void subscribing(Bench& bench) {
  const Topics topics(static_cast<std::uint32_t>(bench.quick() ? 10'000 : 100'000));
  std::vector<double> bytes, add, remove, publish;
  const Rounds r = bench.take_turns({{"all", [&] {
                                        const Figures f = measure(bench, topics);
                                        bytes.push_back(f.bytes_each);
                                        add.push_back(f.add_p99_us);
                                        remove.push_back(f.remove_p99_us);
                                        publish.push_back(f.publish_p99_us);
                                        return f.add_p99_us;
                                      }}});
  const auto show = [&](const char* name, const char* unit, std::vector<double>& values, Want want) {
    // The warm-up is not of a round.
    values.erase(values.begin(), values.end() - static_cast<std::ptrdiff_t>(r.stamps.size()));
    bench.compare({"P3", std::string("P3 ") + name, unit, Better::lower, values, "", {}, want}, r);
  };
  show("memory of a subscription", "B", bytes, {{"max", 400}});
  show("a subscription comes, p99", "us", add, {{"max", 1000}});
  show("a subscription goes, p99", "us", remove, {{"max", 1000}});
  show("one publish meanwhile, p99", "us", publish, {});
}

}  // namespace hark::bench
