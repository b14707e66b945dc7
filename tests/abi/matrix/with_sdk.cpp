// in_c.c, by way of the SDK.
#include <cstdio>
#include <hark/plugin.hpp>

#include "reach.h"

class Reach {
 public:
  static constexpr auto info = hark::Info("test.matrix-sdk", "1.0.0").publishes("reached").min_host(MIN_HOST_MINOR);
  explicit Reach(hark::Context& ctx) : ctx_(ctx) {}
  void handle(const hark::Delivery& d) {
    char text[256];
    const hark_host* host = ctx_.raw();
    std::snprintf(text, sizeof text, REACH_FORMAT, static_cast<int>(host->abi_minor), REACH(host, hark_host),
                  REACH(d.raw(), hark_delivery), REACH(d.event().raw(), hark_event));
    ctx_.publish("reached", text);
  }

 private:
  hark::Context& ctx_;
};
HARK_PLUGIN(Reach);
