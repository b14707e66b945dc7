// The event both examples hear: what a program reports when something in it went wrong.
#pragma once

#include <hark/typed.hpp>

namespace examples {

struct ErrorEvent {
  std::string message;
  std::string severity = "ERROR";
  std::optional<int> code;
};
HARK_EVENT(ErrorEvent, "error_occurred", message, HARK_DEFAULT(severity), code);

}  // namespace examples
