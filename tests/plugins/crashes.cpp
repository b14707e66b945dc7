// Writes through a null pointer.
#include <csignal>

#include "zoo.hpp"

class Crashes {
 public:
  static constexpr auto info = zoo::info("zoo.crashes");
  void handle(const hark::Delivery&) {
    int* volatile nowhere = nullptr;
    *nowhere = 1;               // NOLINT(clang-analyzer-core.NullDereference): what it is for
    (void)std::raise(SIGSEGV);  // should the compiler or a sanitizer have taken the line above away
  }
};
HARK_PLUGIN(Crashes);
