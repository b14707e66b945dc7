// The constructor of the instance throws: create() must fail with its text.
#include <stdexcept>

#include "zoo.hpp"

class CreateThrows {
 public:
  static constexpr auto info = zoo::info("zoo.create-throws");
  CreateThrows() { throw std::runtime_error("thrown by the constructor"); }
  void handle(const hark::Delivery&) {}
};
HARK_PLUGIN(CreateThrows);
