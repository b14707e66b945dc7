// Publishes options.count events of the type `flood` for each one it hears, and `flood.done` with what became of them.
#include "zoo.hpp"

class Floods {
 public:
  static constexpr auto info = zoo::info("zoo.floods").publishes("flood", "flood.done");
  explicit Floods(hark::Context& ctx) : ctx_(ctx), count_(zoo::number(ctx.options(), "count", 1000)) {}
  hark::Result handle(const hark::Delivery& d) {
    if (d.event().type().substr(0, 5) == "flood") return hark::skip;
    long long taken = 0;
    for (long long i = 0; i < count_; ++i) taken += ctx_.try_publish(hark::Message("flood", "{}")) == HARK_OK ? 1 : 0;
    const std::string done =
        "{\"taken\":" + std::to_string(taken) + ",\"refused\":" + std::to_string(count_ - taken) + "}";
    if (ctx_.try_publish(hark::Message("flood.done", done)) != HARK_OK) ctx_.warn("flood.done " + done);
    return hark::ok;
  }

 private:
  hark::Context& ctx_;
  long long count_;
};
HARK_PLUGIN(Floods);
