// SPDX-License-Identifier: Apache-2.0
// The fence: nothing that a plugin throws leaves it; it becomes a result with its text.
#pragma once

#include <hark/sdk/result.hpp>

#if defined(__GLIBCXX__)
#include <cxxabi.h>
// Thread cancellation unwinds too, and swallowing it ends the process.
#define HARK_LET_CANCELLATION_PASS_     \
  catch (const abi::__forced_unwind&) { \
    throw;                              \
  }
#else
#define HARK_LET_CANCELLATION_PASS_
#endif

#include <type_traits>

namespace hark::detail {

// Runs f, which returns void or what converts to Result. `delay` is set when the answer asks for one.
template <class F>
hark_result fence(hark_error* err, hark_result on_throw, std::chrono::nanoseconds& delay, F&& f) {
  const auto failed = [&](hark_result code, const char* text) {
    set_error(err, text != nullptr ? text : "an exception without a text");
    return code;
  };
  try {
    if constexpr (std::is_void_v<decltype(f())>) {
      f();
      return HARK_OK;
    } else {
      const Result r = f();
      if (!r.text().empty()) set_error(err, r.text());
      delay = r.delay();
      return r.code();
    }
  }
  HARK_LET_CANCELLATION_PASS_
  catch (const Failure& e) {
    delay = e.delay();
    return failed(e.code() < 0 ? e.code() : on_throw, e.what());
  }
  catch (const std::exception& e) {
    return failed(on_throw, e.what());
  }
  catch (...) {
    return failed(on_throw, "unknown exception");
  }
}

template <class F>
hark_result fence(hark_error* err, hark_result on_throw, F&& f) {
  std::chrono::nanoseconds no_delay{};
  return fence(err, on_throw, no_delay, static_cast<F&&>(f));
}

}  // namespace hark::detail
