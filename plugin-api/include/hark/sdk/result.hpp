// SPDX-License-Identifier: Apache-2.0
// What a plugin answers: Result, to be returned, and Failure with its kinds, to be returned or thrown.
#pragma once

#include <hark/plugin.h>

#include <chrono>
#include <cstring>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace hark {

inline hark_str str(std::string_view s) { return hark_str{s.data(), s.size()}; }
inline hark_bytes bytes(std::string_view s) { return hark_bytes{s.data(), s.size()}; }
inline std::string_view view(hark_str s) { return s.p == nullptr ? std::string_view{} : std::string_view{s.p, s.n}; }
inline std::string_view view(hark_bytes b) {
  return b.p == nullptr ? std::string_view{} : std::string_view{static_cast<const char*>(b.p), b.n};
}

// "HARK_RETRY"; "HARK_?" for a code of no meaning.
inline const char* code_name(hark_result code) {
  switch (code) {
    case HARK_OK: return "HARK_OK";
    case HARK_PENDING: return "HARK_PENDING";
    case HARK_SKIP: return "HARK_SKIP";
    case HARK_UNSET: return "HARK_UNSET";
    case HARK_RETRY: return "HARK_RETRY";
    case HARK_REJECT: return "HARK_REJECT";
    case HARK_FATAL: return "HARK_FATAL";
    case HARK_AGAIN: return "HARK_AGAIN";
    case HARK_STALE: return "HARK_STALE";
    case HARK_DENIED: return "HARK_DENIED";
    case HARK_INVALID: return "HARK_INVALID";
    case HARK_NOSUPPORT: return "HARK_NOSUPPORT";
    case HARK_NOMEM: return "HARK_NOMEM";
    case HARK_TOO_BIG: return "HARK_TOO_BIG";
    case HARK_CLOSING: return "HARK_CLOSING";
    default: return "HARK_?";
  }
}

// An answer that is not a failure: `return hark::skip;`
struct Answer {
  hark_result code;
};
inline constexpr Answer ok{HARK_OK};            // done
inline constexpr Answer skip{HARK_SKIP};        // not for me: acknowledged, counted apart
inline constexpr Answer pending{HARK_PENDING};  // a Pending of this delivery is kept and will be completed

// Why something was not done. Its kinds below may be thrown from any callback, or returned where a Result is.
class Failure : public std::exception {
 public:
  Failure(hark_result code, std::string text, std::chrono::nanoseconds delay = {})
      : text_(std::move(text)), delay_(delay), code_(code) {}

  const char* what() const noexcept override { return text_.c_str(); }
  const std::string& text() const noexcept { return text_; }
  hark_result code() const noexcept { return code_; }
  std::chrono::nanoseconds delay() const noexcept { return delay_; }

 private:
  std::string text_;
  std::chrono::nanoseconds delay_;
  hark_result code_;
};

// Transient: redeliver, after `delay` or, when it is zero, the host's back-off.
struct Retry : Failure {
  explicit Retry(std::string text, std::chrono::nanoseconds delay = {}) : Failure(HARK_RETRY, std::move(text), delay) {}
};
// Permanent for this event: dead-letter it.
struct Reject : Failure {
  explicit Reject(std::string text) : Failure(HARK_REJECT, std::move(text)) {}
};
// Not now (disk full, downstream away): the host holds this instance's deliveries in order; no attempt is counted.
struct Again : Failure {
  explicit Again(std::string text) : Failure(HARK_AGAIN, std::move(text)) {}
};
// This instance is broken: the host restarts it, the event goes to the next generation.
struct Fatal : Failure {
  explicit Fatal(std::string text) : Failure(HARK_FATAL, std::move(text)) {}
};

// What handle() and its like may return. An empty one is HARK_OK and costs nothing.
class [[nodiscard]] Result {
 public:
  Result() = default;
  Result(Answer a) : code_(a.code) {}
  Result(const Failure& f) : text_(f.text()), delay_(f.delay()), code_(f.code()) {}
  explicit Result(hark_result code, std::string text = {}) : text_(std::move(text)), code_(code) {}

  hark_result code() const noexcept { return code_; }
  const std::string& text() const noexcept { return text_; }
  std::chrono::nanoseconds delay() const noexcept { return delay_; }

 private:
  std::string text_;
  std::chrono::nanoseconds delay_{};
  hark_result code_ = HARK_OK;
};

// Truncates at a character's boundary; err may be NULL.
inline void set_error(hark_error* err, std::string_view text) noexcept {
  if (err == nullptr) return;
  std::size_t n = text.size() < sizeof err->msg ? text.size() : sizeof err->msg - 1;
  if (n < text.size()) {
    while (n > 0 && (static_cast<unsigned char>(text[n]) & 0xC0u) == 0x80u) --n;
  }
  if (n > 0) std::memcpy(err->msg, text.data(), n);
  err->msg[n] = '\0';
  err->len = static_cast<std::uint32_t>(n);
}

}  // namespace hark
