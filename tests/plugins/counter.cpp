// Counts its deliveries in the metric `zoo_deliveries`; logs "counted N" at stop.
#include <atomic>

#include "zoo.hpp"

class Counter {
 public:
  static constexpr auto info = zoo::info("zoo.counter").threads(hark::Threads::concurrent).in_flight(64);
  explicit Counter(hark::Context& ctx) : ctx_(ctx), deliveries_(ctx.counter("zoo_deliveries", "deliveries counted")) {}
  void handle(const hark::Delivery&) {
    deliveries_.add();
    ++count_;
  }
  void stop() { ctx_.info("counted " + std::to_string(count_)); }

 private:
  hark::Context& ctx_;
  hark::Metric deliveries_;
  std::atomic<long long> count_{0};
};
HARK_PLUGIN(Counter);
