// Wants a process of its own: to be refused by a host that has none to give.
#include "zoo.hpp"

class NeedsProc {
 public:
  static constexpr auto info = zoo::info("zoo.needs-proc").can(HARK_CAP_NEEDS_PROC);
  void handle(const hark::Delivery&) {}
};
HARK_PLUGIN(NeedsProc);
