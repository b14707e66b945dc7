// A first picture of speed: publish -> queue -> plugin -> acknowledge in one process, events of about 150 bytes.
//
//   bench_core [EVENTS]     events/s, ns and heap allocations for each event, with 1 and with 4 subscribers, and inline
//
// One publishing thread that waits for room. Figures of one run on one machine; compare within a run only.
#include <malloc.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "bus/bus.h"
#include "core/clock.h"
#include "core/text.h"

namespace {
std::atomic<std::uint64_t> allocations{0};
}

// Counts every allocation of the process, the C++ library's included.
extern "C" void* __libc_malloc(std::size_t);
extern "C" void* malloc(std::size_t n) {  // NOLINT
  allocations.fetch_add(1, std::memory_order_relaxed);
  return __libc_malloc(n);
}

namespace {

using namespace hark;

struct NoKeeper final : bus::Keeper {
  std::optional<bus::Callee> restart(std::string_view) override { return std::nullopt; }
};

hark_plugin counting_plugin() {
  hark_plugin p{};
  p.size = sizeof p;
  p.handle = [](hark_instance*, const hark_delivery* d, hark_error*) -> hark_result {
    return d->event->data.n != 0 ? HARK_OK : HARK_REJECT;
  };
  return p;
}

hark_message message(const std::string& data) {
  hark_message m{};
  m.size = sizeof m;
  m.flags = HARK_M_DATA_CHECKED;
  m.time_ns = HARK_TIME_ABSENT;
  m.type = core::str("order.placed");
  m.data = core::bytes(data);
  return m;
}

void measure(const char* name, unsigned subscribers, bool in_line, std::uint64_t events) {
  bus::Observer silent;
  NoKeeper keeper;
  store::DeadLetters letters("/dev/null/none", 0);
  bus::Bus bus({}, silent, letters);
  bus::Publisher& publisher = bus.add_publisher("bench");
  const hark_plugin plugin = counting_plugin();
  std::vector<bus::Subscriber*> all;
  for (unsigned i = 0; i < subscribers; ++i) {
    bus::SubscriberOptions o;
    o.in_line = in_line;
    bus::Subscriber& s = bus.add_subscriber({"s" + std::to_string(i), "bench", "1"}, o);
    s.lane().call([&] { s.lane().open({&plugin, nullptr}, keeper); });
    bus.registry().add(s, {}, {}, true);
    all.push_back(&s);
  }
  const std::string data = R"({"user":"ana","items":[1,2,3],"total":42.5,"note":")" + std::string(95, 'x') + "\"}";
  const hark_message m = message(data);
  std::string why;
  const auto publish = [&](std::uint64_t n) {
    for (std::uint64_t i = 0; i < n; ++i) bus.publish_wait(publisher, m, nullptr, core::never_ns, nullptr, why);
    bus.wait_quiet(core::never_ns);
  };
  publish(events / 10 + 1);  // warm: blocks, routes, threads
  const std::uint64_t allocated = allocations.load();
  const std::int64_t began = core::now_ns();
  publish(events);
  const double ns = static_cast<double>(core::now_ns() - began) / static_cast<double>(events);
  const double mallocs = static_cast<double>(allocations.load() - allocated) / static_cast<double>(events);
  std::printf("%-22s %8.0f ns an event  %6.2f M events/s  %6.2f M deliveries/s  %.5f allocations an event\n", name, ns,
              1e3 / ns, 1e3 / ns * subscribers, mallocs);
  for (bus::Subscriber* s : all) {
    bus.revoke(*s);
    s->lane().call([s] { s->lane().close(); });
  }
  if (!bus.read().balances()) std::printf("THE LEDGER DOES NOT BALANCE\n");
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t events = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 2'000'000;
  if (argc > 2) return measure(argv[2], static_cast<unsigned>(std::atoi(argv[3])), argv[2][0] == 105, events), 0;
  measure("queued, 1 subscriber", 1, false, events);
  measure("queued, 4 subscribers", 4, false, events);
  measure("inline, 1 subscriber", 1, true, events);
  measure("inline, 16 subscribers", 16, true, events);
}
