// Sleeps options.ms (or the event's `ms`) in handle(): a slow subscriber, or with a large number one that hangs.
#include <chrono>
#include <thread>

#include "zoo.hpp"

class Sleeps {
 public:
  static constexpr auto info = zoo::info("zoo.sleeps");
  explicit Sleeps(hark::Context& ctx) : ms_(zoo::number(ctx.options(), "ms", 100)) {}
  void handle(const hark::Delivery& d) {
    std::this_thread::sleep_for(std::chrono::milliseconds(zoo::number(d.event().data(), "ms", ms_)));
  }

 private:
  long long ms_;
};
HARK_PLUGIN(Sleeps);
