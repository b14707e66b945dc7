// May run inside the publisher's call. Publishes options.as, when set, for each event; answers as {"answer": N} says.
#include "zoo.hpp"

class Inliner {
 public:
  static constexpr auto info =
      zoo::info("zoo.inliner").threads(hark::Threads::concurrent).can(HARK_CAP_INLINE).in_flight(64);
  explicit Inliner(hark::Context& ctx)
      : ctx_(ctx), as_(zoo::text(ctx.options(), "as")), handled_(ctx.counter("zoo_inline")) {}
  hark::Result handle(const hark::Delivery& d) {
    if (!as_.empty() && d.event().type() == as_) return hark::skip;
    handled_.add();
    if (!as_.empty()) ctx_.publish(as_, d.event().data());
    return hark::Result(static_cast<hark_result>(zoo::number(d.event().data(), "answer", 0)));
  }

 private:
  hark::Context& ctx_;
  std::string as_;
  hark::Metric handled_;
};
HARK_PLUGIN(Inliner);
