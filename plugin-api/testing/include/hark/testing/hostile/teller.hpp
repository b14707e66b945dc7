// SPDX-License-Identifier: Apache-2.0
// Tells outcomes on a thread of its own, beside whatever else the plugin is doing: outcome() is [any].
#pragma once

#include <hark/testing/hostile/calls.hpp>
#include <thread>

namespace hark::testing::hostile {

// From create() to just before destroy(); all that is untold is told by then ("exactly once", "until destroy()").
class Teller {
 public:
  Teller(Calls& calls, hark_instance* instance) : calls_(calls), instance_(instance) {
    if (calls_.plugin().outcome != nullptr) thread_ = std::thread([this] { run(); });
  }
  Teller(const Teller&) = delete;
  Teller& operator=(const Teller&) = delete;
  ~Teller() { end(); }
  void end() {
    if (!thread_.joinable()) return;
    calls_.host().with([this](HostState&) { ending_ = true; });
    thread_.join();
  }

 private:
  void run() {
    HostileHost& host = calls_.host();
    const bool late = host.mood().tells == Tells::after_stop;
    for (bool more = true; more;) {
      std::vector<Untold> untold;
      (void)host.wait(std::chrono::hours(1), [&](HostState& s) {
        const bool now = !late || s.phase == Phase::stopped || ending_;
        if (now) untold.swap(s.untold);
        more = !ending_ || !untold.empty();
        return !untold.empty() || ending_;
      });
      for (const std::uint32_t stage : {HARK_STAGE_KEPT, HARK_STAGE_SETTLED}) tell(stage, untold);
    }
  }
  void tell(std::uint32_t stage, const std::vector<Untold>& untold) {
    std::vector<std::uint64_t> tokens;
    for (const Untold& u : untold) {
      if (u.stage == stage) tokens.push_back(u.token);
    }
    if (tokens.empty()) return;
    const Edge memory(tokens.data(), tokens.size() * sizeof tokens[0]);
    const hark_result r = calls_.host().mood().lose_outcomes ? HARK_REJECT : HARK_OK;
    const std::string what = std::string("outcome() ") + (stage == HARK_STAGE_KEPT ? "KEPT" : "SETTLED") + ", " +
                             name_of(r) + ", of " + std::to_string(tokens.size());
    (void)calls_.here(Call::outcome, what, {HARK_OK}, [&](hark_error*) {
      calls_.plugin().outcome(instance_, stage, memory.as<std::uint64_t>(), static_cast<std::uint32_t>(tokens.size()),
                              r);
      return HARK_OK;
    });
  }

  Calls& calls_;
  hark_instance* const instance_;
  bool ending_ = false;  // guarded by the host's mutex
  std::thread thread_;
};

}  // namespace hark::testing::hostile
