// create() works, start() does not.
#include "zoo.hpp"

class StartFails {
 public:
  static constexpr auto info = zoo::info("zoo.start-fails");
  hark::Result start() { return hark::Reject("port 80 is taken"); }
  void handle(const hark::Delivery&) {}
};
HARK_PLUGIN(StartFails);
