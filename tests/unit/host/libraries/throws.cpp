// A global object whose constructor throws.
#include <stdexcept>

namespace {
struct Thrower {
  Thrower() { throw std::runtime_error("thrown by a constructor"); }
} thrower;
}  // namespace
