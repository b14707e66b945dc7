// Tells its options to everybody: logs them at every level, whole and in a field, and fails with them: each event, or
// with `create`: 1 at once.
#include <stdexcept>

#include "zoo.hpp"

class Blabs {
 public:
  static constexpr auto info = zoo::info("zoo.blabs");
  explicit Blabs(hark::Context& ctx) : options_(ctx.options()) {
    for (const auto level :
         {hark::Level::trace, hark::Level::debug, hark::Level::info, hark::Level::warn, hark::Level::error})
      ctx.log(level, options_, {{"options", options_}});
    ctx.info(zoo::text(options_, "token"));
    ctx.counter("told").add(1, {{"token", zoo::text(options_, "token")}});
    if (zoo::number(options_, "create", 0) != 0) throw std::runtime_error(options_);
  }
  void handle(const hark::Delivery&) { throw std::runtime_error(options_); }
  void stop() { throw std::runtime_error(options_); }

 private:
  std::string options_;
};
HARK_PLUGIN(Blabs);
