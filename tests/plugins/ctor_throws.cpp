// A global object whose constructor throws: dlopen() itself ends the process.
#include <stdexcept>

#include "zoo.hpp"

namespace {

struct Thrower {
  Thrower() { throw std::runtime_error("thrown by a global constructor"); }
} thrower;

class CtorThrows {
 public:
  static constexpr auto info = zoo::info("zoo.ctor-throws");
  void handle(const hark::Delivery&) {}
};

}  // namespace

HARK_PLUGIN(CtorThrows);
