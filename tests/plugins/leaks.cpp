// Retains every event and releases none.
#include "zoo.hpp"

class Leaks {
 public:
  static constexpr auto info = zoo::info("zoo.leaks");
  explicit Leaks(hark::Context& ctx) : ctx_(ctx) {}
  hark::Result handle(const hark::Delivery& d) {
    const hark_event* kept = nullptr;
    return hark::Result(ctx_.raw()->retain(ctx_.raw(), d.event().raw(), &kept), "retain");
  }

 private:
  hark::Context& ctx_;
};
HARK_PLUGIN(Leaks);
