// A timer each options.ms (10) milliseconds, which publishes `tick` {"n":0,"generation":0} ... From tick options.breaks
// on, in generation 0, it throws instead. As a source it is finished after options.count (3) ticks.
#include "zoo.hpp"

class Ticks {
 public:
  static constexpr auto info = zoo::info("zoo.ticks").source();
  explicit Ticks(hark::Context& ctx) : ctx_(ctx) {}
  void start() {
    const std::chrono::milliseconds each(zoo::number(ctx_.options(), "ms", 10));
    timer_ = ctx_.timer(each, each);
  }
  hark::Result handle(const hark::Delivery&) { return hark::skip; }
  void on_timer(std::uint64_t) {
    if (ctx_.generation() == 0 && n_ == zoo::number(ctx_.options(), "breaks", -1)) {
      throw std::runtime_error("the clock broke");
    }
    ctx_.publish("tick",
                 "{\"n\":" + std::to_string(n_++) + ",\"generation\":" + std::to_string(ctx_.generation()) + "}");
    if (ctx_.is_source() && n_ == zoo::number(ctx_.options(), "count", 3)) {
      timer_.cancel();
      ctx_.finished();
    }
  }

 private:
  hark::Context& ctx_;
  hark::Timer timer_;
  long long n_ = 0;
};
HARK_PLUGIN(Ticks);
