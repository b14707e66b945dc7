// A bus with subscribers that live in the callee's library, ready to be published to.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench.h"
#include "bus/bus.h"
#include "callee.h"
#include "core/clock.h"

namespace hark::bench {

// The library, loaded once.
const hark_plugin& callee();
const bench_handlers& handlers();

// A message over the caller's memory; its data are bytes that nobody parses.
hark_message message(std::string_view type, std::string_view data);
bench_payload payload(std::uint64_t producer, std::uint64_t number);
inline std::string_view bytes_of(const bench_payload& p) { return {reinterpret_cast<const char*>(&p), sizeof p}; }

struct Seat : bench_seat {
  Seat() : bench_seat{} {}
};

// Owner: the main thread, which makes and ends it; publish() by any thread.
class Rig {
 public:
  struct Options {
    unsigned subscribers = 1;
    bool in_line = false;
    bench_handle handle = nullptr;
    std::uint64_t queue = 16'384;  // events
    std::string_view pattern = "**";
    bool subscribe = true;  // each to the pattern; else the owner does
  };

  explicit Rig(const Options& options);
  ~Rig();  // checks that the ledger balances and that nothing was lost or failed
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;

  bus::Bus& bus() { return bus_; }
  bus::Publisher& publisher(std::size_t i = 0) { return *publishers_[i]; }
  bus::Subscriber& subscriber(std::size_t i) { return *subscribers_[i]; }
  bench_seat& seat(std::size_t i) { return seats_[i]; }
  std::size_t size() const { return subscribers_.size(); }

  void publish(std::size_t publisher, const hark_message& m) {
    static thread_local std::string why;
    const bus::Publish answer = bus_.publish_wait(*publishers_[publisher], m, nullptr, core::never_ns, nullptr, why);
    if (answer != bus::Publish::ok) Bench::check(false, why.empty() ? "an event was not taken" : why);
  }
  void wait() { bus_.wait_quiet(core::never_ns); }
  std::uint64_t acknowledged() const;

 private:
  struct NoKeeper final : bus::Keeper {
    std::optional<bus::Callee> restart(std::string_view) override { return std::nullopt; }
  };
  hark_plugin plugin_;
  bus::Observer silent_;
  NoKeeper keeper_;
  store::DeadLetters letters_{"/dev/null/none", 0};
  bus::Bus bus_{{}, silent_, letters_};
  std::vector<Seat> seats_;
  std::vector<bus::Publisher*> publishers_;
  std::vector<bus::Subscriber*> subscribers_;
};

}  // namespace hark::bench
