#include "rig.h"

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "core/text.h"

namespace hark::bench {
namespace {

const hark_plugin* load() {
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe");
  const std::filesystem::path library = program.parent_path().parent_path() / "lib/hark/bench/bench_callee.so";
  void* const handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  void* const entry = handle != nullptr ? dlsym(handle, "hark_entry_v1") : nullptr;
  if (entry == nullptr) {
    std::fprintf(stderr, "the callee's library cannot be loaded: %s\n", dlerror());
    std::exit(1);
  }
  return reinterpret_cast<const hark_module* (*)(const hark_loader*, hark_error*)>(entry)(nullptr, nullptr)->plugin;
}

}  // namespace

const hark_plugin& callee() {
  static const hark_plugin* const plugin = load();
  return *plugin;
}

const bench_handlers& handlers() {
  static const auto* const found = static_cast<const bench_handlers*>(callee().extension(&callee(), BENCH_HANDLERS));
  return *found;
}

hark_message message(std::string_view type, std::string_view data) {
  hark_message m{};
  m.size = sizeof m;
  m.flags = HARK_M_DATA_BINARY;
  m.time_ns = HARK_TIME_ABSENT;
  m.type = core::str(type);
  m.data = core::bytes(data);
  return m;
}

bench_payload payload(std::uint64_t producer, std::uint64_t number) {
  const std::uint64_t mix = bench_mix(producer, number);
  return {producer, number, mix, 0, {}, mix};
}

Rig::Rig(const Options& options) : plugin_(callee()), seats_(options.subscribers) {
  if (options.handle != nullptr) plugin_.handle = options.handle;
  for (int i = 0; i < BENCH_PRODUCERS; ++i) publishers_.push_back(&bus_.add_publisher("p" + std::to_string(i)));
  for (unsigned i = 0; i < options.subscribers; ++i) {
    bus::SubscriberOptions o;
    o.in_line = options.in_line;
    o.queue.events = options.queue;
    o.queue.when_full = flow::WhenFull::block;
    bus::Subscriber& s = bus_.add_subscriber({"s" + std::to_string(i), "bench", "1"}, o);
    auto* const instance = reinterpret_cast<hark_instance*>(static_cast<bench_seat*>(&seats_[i]));
    s.lane().call([&] { s.lane().open({&plugin_, instance}, keeper_); });
    if (options.subscribe) bus_.registry().add(s, *topic::Pattern::parse(options.pattern), {}, true);
    subscribers_.push_back(&s);
  }
}

Rig::~Rig() {
  wait();
  const bus::LedgerReading ledger = bus_.read();
  Bench::check(ledger.balances() && ledger.lost() == 0, "the ledger does not balance, or events were lost");
  for (const bus::SubscriberReading& s : ledger.subscribers) {
    Bench::check(s.acknowledged == s.matched && s.failures == 0, "not every delivery was acknowledged");
  }
  for (const Seat& seat : seats_) Bench::check(seat.wrong == 0, "content or order of events is wrong");
  for (bus::Subscriber* s : subscribers_) {
    bus_.revoke(*s);
    s->lane().call([s] { s->lane().close(); });
  }
}

std::uint64_t Rig::acknowledged() const {
  std::uint64_t n = 0;
  for (const bus::SubscriberReading& s : bus_.read().subscribers) n += s.acknowledged;
  return n;
}

}  // namespace hark::bench
