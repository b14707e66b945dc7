// Errors of the control plane: loading, configuring, starting. (The data path answers with enums instead.)
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace hark::core {

// What a person is told: what was being done, what was wrong with it, what to do about it.
// The innermost function says what was wrong; each caller on the way up adds its view with in().
struct Error {
  std::string message;

  // "cannot map file" -> "load plugin "audit": cannot map file"
  Error in(std::string_view doing) && { return Error{std::string(doing) + ": " + std::move(message)}; }
};

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(std::string message) { return std::unexpected(Error{std::move(message)}); }

}  // namespace hark::core
