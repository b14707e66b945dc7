// handle() throws std::runtime_error: "boom", or the event's `text`. With options.only set, just for that type.
#include <stdexcept>

#include "zoo.hpp"

class Throws {
 public:
  static constexpr auto info = zoo::info("zoo.throws");
  explicit Throws(hark::Context& ctx) : only_(zoo::text(ctx.options(), "only")) {}
  void handle(const hark::Delivery& d) {
    if (only_.empty() || d.event().type() == only_)
      throw std::runtime_error(zoo::text(d.event().data(), "text", "boom"));
  }

 private:
  std::string only_;
};
HARK_PLUGIN(Throws);
