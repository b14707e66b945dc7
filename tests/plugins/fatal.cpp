// Answers HARK_FATAL to {"fatal": N} while its generation is less than N; publishes `alive` with its generation for
// others.
#include "zoo.hpp"

class FatalOnDemand {
 public:
  static constexpr auto info = zoo::info("zoo.fatal").publishes("alive");
  explicit FatalOnDemand(hark::Context& ctx) : ctx_(ctx) {}
  void handle(const hark::Delivery& d) {
    if (d.event().type() == "alive") return;
    if (zoo::number(d.event().data(), "fatal", 0) > ctx_.generation()) throw hark::Fatal("told to break");
    ctx_.publish("alive", "{\"generation\":" + std::to_string(ctx_.generation()) + "}");
  }

 private:
  hark::Context& ctx_;
};
HARK_PLUGIN(FatalOnDemand);
