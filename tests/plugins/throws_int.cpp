// handle() throws what is no std::exception.
#include "zoo.hpp"

class ThrowsInt {
 public:
  static constexpr auto info = zoo::info("zoo.throws-int");
  void handle(const hark::Delivery&) { throw 42; }
};
HARK_PLUGIN(ThrowsInt);
