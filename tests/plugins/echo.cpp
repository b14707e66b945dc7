// Publishes the type options.as ("echoed") with the same data while handling. Its own echoes it skips.
#include "zoo.hpp"

class Echo {
 public:
  static constexpr auto info = zoo::info("zoo.echo");
  explicit Echo(hark::Context& ctx) : ctx_(ctx), as_(zoo::text(ctx.options(), "as", "echoed")) {}
  hark::Result handle(const hark::Delivery& d) {
    if (d.event().type() == as_) return hark::skip;
    ctx_.publish(as_, d.event().data());
    return hark::ok;
  }

 private:
  hark::Context& ctx_;
  std::string as_;
};
HARK_PLUGIN(Echo);
