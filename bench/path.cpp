// bench_path: P5, the whole path of an event in one process, publish -> queue -> plugin -> acknowledge, 150 bytes of
// JSON; and what the process asks malloc for meanwhile. A program of its own, because it counts every malloc.
#include <atomic>
#include <cstdlib>

#include "bench.h"
#include "core/text.h"
#include "rig.h"

extern "C" {
void* __libc_malloc(std::size_t n);
void* __libc_calloc(std::size_t count, std::size_t n);
void* __libc_realloc(void* p, std::size_t n);
void* __libc_memalign(std::size_t alignment, std::size_t n);
}

namespace {

std::atomic<bool> watching{false};
std::atomic<std::uint64_t> counted{0};

void note() {
  if (watching.load(std::memory_order_relaxed)) counted.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

extern "C" {
void* malloc(std::size_t n) { return note(), __libc_malloc(n); }
void* calloc(std::size_t count, std::size_t n) { return note(), __libc_calloc(count, n); }
void* realloc(void* p, std::size_t n) { return note(), __libc_realloc(p, n); }
void* memalign(std::size_t alignment, std::size_t n) { return note(), __libc_memalign(alignment, n); }
void* aligned_alloc(std::size_t alignment, std::size_t n) { return note(), __libc_memalign(alignment, n); }
int posix_memalign(void** out, std::size_t alignment, std::size_t n) {
  note();
  *out = __libc_memalign(alignment, n);
  return *out == nullptr ? 12 : 0;
}
}

namespace hark::bench {
namespace {

// An arena takes another block when a queue was never so long before; that is not an allocation an event.
constexpr double few = 1e-4;

struct Figures {
  double rate, allocations;
};

// A bus that has been in use for a while: its queues have been full, its blocks are there.
Figures whole_path(unsigned subscribers, std::uint64_t events) {
  const Pinned second(1);
  Rig rig({.subscribers = subscribers, .handle = handlers().tally});
  const Pinned first(0);
  const std::string data = R"({"user":"ana","items":[1,2,3],"total":42.5,"note":")" + std::string(97, 'x') + "\"}";
  hark_message m = message("order.placed", data);
  m.flags = HARK_M_DATA_CHECKED;
  const auto publish = [&] {
    for (std::uint64_t i = 0; i < events; ++i) rig.publish(0, m);
    rig.wait();
  };
  publish();
  counted.store(0);
  watching.store(true);
  const std::int64_t began = core::now_ns();
  publish();
  const auto took = static_cast<double>(core::now_ns() - began);
  watching.store(false);
  for (unsigned i = 0; i < subscribers; ++i) {
    Bench::check(rig.seat(i).count == 2 * events, "a subscriber missed events");
    std::uint64_t first_bytes = 0;
    std::memcpy(&first_bytes, data.data(), sizeof first_bytes);
    Bench::check(rig.seat(i).sum == 2 * events * first_bytes, "a subscriber did not get what was published");
  }
  const auto n = static_cast<double>(events);
  return {n / took * 1e3, static_cast<double>(counted.load()) / n};
}

void path(Bench& bench, unsigned subscribers) {
  std::vector<double> allocations;
  const Rounds r = bench.take_turns({{"hark", [&] {
                                        const Figures f = whole_path(subscribers, bench.count(1'000'000));
                                        allocations.push_back(f.allocations);
                                        return f.rate;
                                      }}});
  allocations.erase(allocations.begin(), allocations.end() - static_cast<std::ptrdiff_t>(r.stamps.size()));
  const std::string name = "P5 whole path to " + std::to_string(subscribers);
  const bool goal = subscribers == 1;
  bench.compare({"P5",
                 name,
                 "M events/s",
                 Better::higher,
                 r.of("hark"),
                 "",
                 {},
                 goal ? Want{{"min", 12}, {"min_far", 4}} : Want{}},
                r);
  bench.compare({"P5", name + ", allocations an event", "", Better::lower, allocations, "", {}, {{"max", few}}}, r);
}

}  // namespace
}  // namespace hark::bench

int main(int argc, char** argv) {
  using namespace hark::bench;
  Bench bench(argc, argv);
  bench.run("P5 whole path", [](Bench& b) {
    path(b, 1);
    path(b, 4);
  });
  return Bench::status();
}
