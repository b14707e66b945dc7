// Publishes `ping` for each `ping`: a loop, until the host cuts it. What the host said to the last one is logged.
#include "zoo.hpp"

class Ping {
 public:
  static constexpr auto info = zoo::info("zoo.ping").hears("ping").publishes("ping");
  explicit Ping(hark::Context& ctx) : ctx_(ctx) {}
  void handle(const hark::Delivery& d) {
    const hark_result r = ctx_.try_publish(hark::Message("ping", d.event().data()));
    if (r != HARK_OK) ctx_.log(hark::Level::info, d, std::string("ping: ") + hark::code_name(r));
  }

 private:
  hark::Context& ctx_;
};
HARK_PLUGIN(Ping);
