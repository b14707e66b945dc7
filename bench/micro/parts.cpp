// What a publish is made of: the record, the `where`, the pattern.
#include "cases.h"
#include "core/arena.h"
#include "core/text.h"
#include "rig.h"
#include "topic/filter.h"

namespace hark::bench {
namespace {

const std::string& json() {
  static const std::string text = R"({"user":"ana","code":503,"took_ms":640,"note":")" + std::string(100, 'x') + "\"}";
  return text;
}

hark_event event_of(const core::Stamp& stamp) {
  hark_message m = message("order.placed", json());
  m.flags = HARK_M_DATA_CHECKED;
  return core::view_message(m, core::str("/hark/bench"), stamp);
}

double creation(const Bench& bench) {
  core::Arena arena;
  return bench.ns_each([&](std::uint64_t n) {
    for (std::uint64_t i = 0; i < n; ++i) {
      core::Stamp stamp;
      stamp.recv_ns = core::coarse_wall_ns();
      stamp.uid = core::make_uid(stamp.recv_ns);
      stamp.root = stamp.uid;
      core::release(arena.write(event_of(stamp), stamp, 1));
    }
  });
}

topic::Filter filter(const std::string& path, topic::FilterTest::Op op, topic::FilterValue value) {
  topic::FilterTest test;
  test.op = op;
  test.values = {std::move(value)};
  return *topic::Filter::compile({{{path, {test}}}});
}

double filtering(const Bench& bench, const topic::Filter& where) {
  const core::Stamp stamp;
  const hark_event event = event_of(stamp);
  std::uint64_t passed = 0, asked = 0;
  const double ns = bench.ns_each([&](std::uint64_t n) {
    asked += n;
    for (std::uint64_t i = 0; i < n; ++i) {
      topic::EventJson document(event);
      passed += where.matches(event, document) ? 1u : 0u;
    }
  });
  Bench::check(passed == asked, "a filter does not let pass what it should");
  return ns;
}

double patterns(const Bench& bench) {
  const topic::Pattern pattern = *topic::Pattern::parse("order.*.paid.**");
  std::uint64_t passed = 0, asked = 0;
  const double ns = bench.ns_each([&](std::uint64_t n) {
    asked += n;
    for (std::uint64_t i = 0; i < n; ++i) passed += pattern.matches("order.eu.paid.card.visa") ? 1u : 0u;
  });
  Bench::check(passed == asked, "a pattern does not match what it should");
  return ns;
}

}  // namespace

void parts(Bench& bench) {
  using Op = topic::FilterTest::Op;
  const topic::Filter by_data = filter("data.code", Op::gte, std::int64_t{500});
  const topic::Filter by_source = filter("source", Op::prefix, std::string("/hark/"));
  const Rounds r = bench.take_turns({{"an event is created, 150 B", [&] { return creation(bench); }},
                                     {"where on a field of the data, 150 B", [&] { return filtering(bench, by_data); }},
                                     {"where on an attribute", [&] { return filtering(bench, by_source); }},
                                     {"a pattern matches, five tokens", [&] { return patterns(bench); }}});
  for (const auto& [name, samples] : r.scores)
    bench.compare({"parts", name, "ns", Better::lower, samples, "", {}, {}}, r);
}

}  // namespace hark::bench
