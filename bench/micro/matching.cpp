// P3: from the text of a type to the calls of all that hear it, with many subscriptions.
#include <array>

#include "cases.h"
#include "core/text.h"
#include "matchers.h"
#include "rig.h"
#include "topic/trie.h"
#include "topics.h"

namespace hark::bench {
namespace {

// What is called for each match, whoever found it.
struct Calls {
  bench_payload data = payload(0, 0);
  hark_event event{};
  hark_delivery delivery{};
  std::array<Seat, Topics::subscribers> seats;

  Calls() {
    event.data = core::bytes(bytes_of(data));
    delivery.event = &event;
  }
  void call(std::uint32_t subscriber) {
    handlers().tally(reinterpret_cast<hark_instance*>(&seats[subscriber]), &delivery, nullptr);
  }
  std::uint64_t made() const {
    std::uint64_t n = 0;
    for (const Seat& s : seats) n += s.count;
    return n;
  }
};

// Everybody finds the same: all types once, before anything is measured.
class Contest {
 public:
  explicit Contest(std::uint32_t n)
      : topics(n),
        rig({.subscribers = Topics::subscribers,
             .in_line = true,
             .handle = handlers().tally,
             .queue = 16,
             .subscribe = false}) {
    for (std::uint32_t i = 0; i < topics.subscriptions.size(); ++i) {
      const auto& [text, subscriber] = topics.subscriptions[i];
      const topic::Pattern pattern = *topic::Pattern::parse(text);
      rig.bus().registry().add(rig.subscriber(subscriber), pattern, {}, true);
      nats.add(text, subscriber);
      trie.insert(pattern, subscriber);
      map.add(pattern, subscriber);
    }
    for (const std::string& type : topics.types) {
      std::vector<std::uint32_t> a = nats.match(type), b, c;
      trie.match(type, b);
      map.match(type, c);
      std::ranges::sort(a);
      std::ranges::sort(b);
      std::ranges::sort(c);
      const std::size_t ours = rig.bus().registry().match(type)->alternatives.size();
      Bench::check(a == b && b == c && ours == a.size(), "not everybody finds the same subscriptions of " + type);
      matches += a.size();
      context.add_route(type, rig.bus().names());
    }
  }

  const std::string& next_type() {
    if (++at == topics.types.size()) at = 0;
    return topics.types[at];
  }

  Topics topics;
  Rig rig;
  CachedTrie nats;
  topic::Trie trie;
  MapAndScan map;
  bus::ThreadContext context;
  Calls calls;
  std::vector<std::uint32_t> found;
  std::size_t at = 0, matches = 0;
};

double time(const Bench& bench, Contest& contest, const std::function<void(const std::string&)>& one) {
  return bench.ns_each([&](std::uint64_t n) {
    for (std::uint64_t i = 0; i < n; ++i) one(contest.next_type());
  });
}

void with(Bench& bench, std::uint32_t n, const std::string& size, double want) {
  Contest c(n);
  const bench_payload data = payload(0, 0);
  const auto ours = [&](const std::string& type) {
    const bus::Hearers& hearers = c.context.hearers(*c.context.find_route(type), c.rig.bus().registry());
    for (const bus::Hearer& h : hearers.all) c.calls.call(h.subscriber->index());
  };
  const auto publish = [&](const std::string& type) { c.rig.publish(0, message(type, bytes_of(data))); };
  const auto nats = [&](const std::string& type) {
    for (const std::uint32_t s : c.nats.match(type)) c.calls.call(s);
  };
  const auto trie = [&](const std::string& type) {
    c.found.clear();
    c.trie.match(type, c.found);
    for (const std::uint32_t s : c.found) c.calls.call(s);
  };
  const auto scan = [&](const std::string& type) {
    c.map.match(type, c.found);
    for (const std::uint32_t s : c.found) c.calls.call(s);
  };
  // Every route is resolved, and every type has been published, before it is measured.
  for (std::size_t i = 0; i < c.topics.types.size(); ++i) {
    ours(c.topics.types[i]);
    publish(c.topics.types[i]);
  }
  const Rounds r = bench.take_turns({{"hark", [&] { return time(bench, c, ours); }},
                                     {"publish", [&] { return time(bench, c, publish); }},
                                     {"nats", [&] { return time(bench, c, nats); }},
                                     {"trie", [&] { return time(bench, c, trie); }},
                                     {"scan", [&] { return time(bench, c, scan); }}});
  Bench::check(c.calls.made() > 0, "nothing was called");
  const std::string name = "P3 match among " + size;
  const auto add = [&](const std::string& what, const char* mine, const char* peer, const char* theirs, Want w) {
    bench.compare({"P3", what, "ns", Better::lower, r.of(mine), peer, theirs[0] != 0 ? r.of(theirs) : r.of("hark"), w},
                  r);
  };
  add(name, "hark", "cached trie after NATS", "nats", {{"ratio_max", want}});
  add(name + " against a trie", "hark", "trie of tokens", "trie", {});
  add(name + " against a scan", "hark", "exact map and scan", "scan", {});
  add(name + ", whole publish", "publish", "cached trie after NATS", "nats", {});
  const double average = static_cast<double>(c.matches) / static_cast<double>(c.topics.types.size());
  bench.compare({"P3", name + ", subscriptions a type", "matches", Better::lower, {average}, "", {}, {}},
                {{}, {r.stamps.front()}});
}

}  // namespace

void matching(Bench& bench) {
  with(bench, 1000, "1 k", 1 / 2.5);
  with(bench, bench.quick() ? 10'000 : 100'000, bench.quick() ? "10 k" : "100 k", 1 / 7.0);
}

}  // namespace hark::bench
