// Needs a host of ABI 1.999.
#include "zoo.hpp"

class TooNew {
 public:
  static constexpr auto info = zoo::info("zoo.too-new").min_host(999);
  void handle(const hark::Delivery&) {}
};
HARK_PLUGIN(TooNew);
