// SPDX-License-Identifier: Apache-2.0
// One life's calls into the plugin: each with its step in the black box, a hark_error on an edge, a fence, and a look
// at what came back.
#pragma once

#include <cstdio>
#include <exception>
#include <hark/testing/hostile/callers.hpp>
#include <hark/testing/hostile/host.hpp>

namespace hark::testing::hostile {

using Codes = std::vector<hark_result>;
inline const Codes handle_codes = {HARK_OK, HARK_SKIP, HARK_PENDING, HARK_RETRY, HARK_REJECT, HARK_FATAL, HARK_AGAIN};
inline const Codes ok_or_error = {HARK_OK,     HARK_RETRY,   HARK_REJECT,    HARK_FATAL, HARK_AGAIN,   HARK_STALE,
                                  HARK_DENIED, HARK_INVALID, HARK_NOSUPPORT, HARK_NOMEM, HARK_TOO_BIG, HARK_CLOSING};
inline const Codes timer_codes = {HARK_OK, HARK_FATAL};
inline const Codes flush_codes = {HARK_OK, HARK_AGAIN, HARK_NOSUPPORT, HARK_FATAL};

class Calls {
 public:
  Calls(HostileHost& host, std::string about)
      : host_(host), about_(std::move(about)), callers_(host.plugin().threads) {}

  HostileHost& host() { return host_; }
  const hark_plugin& plugin() const { return host_.plugin(); }
  Callers& callers() { return callers_; }
  const std::string& about() const { return about_; }  // which life, of which seed

  // f(hark_error*) on a thread where such calls may come; what is not among `listed` is a fault.
  template <class F>
  hark_result call(Call kind, const std::string& what, const Codes& listed, F&& f) {
    hark_result r = HARK_UNSET;
    callers_.run([&] { r = here(kind, what, listed, f); });
    return r;
  }
  // The same on this very thread.
  template <class F>
  hark_result here(Call kind, const std::string& what, const Codes& listed, F&& f) {
    const BlackBox::Step step(what + ", " + about_);
    const HostileHost::Inside inside(host_, kind);
    const Edge memory(sizeof(hark_error));
    auto* const error = memory.as<hark_error>();
    std::memset(error, junk, sizeof *error);
    error->len = 0;
    hark_result r = HARK_FATAL;
    try {
      r = f(error);
    } catch (const std::exception& e) {
      host_.faults().add(std::string("threw an exception across the ABI: ") + e.what(), "R3: \"Nothing unwinds\"");
    } catch (...) {
      host_.faults().add("threw across the ABI", "R3: \"Nothing unwinds\"");
    }
    check_code(r, listed);
    check_text(*error);
    if (kind == Call::control) last_error_.assign(error->msg, error->len <= sizeof error->msg ? error->len : 0);
    return r;
  }
  void check_code(hark_result r, const Codes& listed) {
    for (const hark_result known : listed) {
      if (r == known) return;
    }
    host_.faults().add("answered " + std::to_string(r) + " (" + name_of(r) + ")",
                       "\"Results a callback may give\" does not list that");
  }
  // Of the last [control] call: those come one at a time.
  const std::string& last_error() const { return last_error_; }

 private:
  void check_text(const hark_error& e) {
    if (e.len > sizeof e.msg) {
      host_.faults().add("said that its hark_error has " + std::to_string(e.len) + " bytes",
                         "hark_error: \"callee fills, truncates\", at 508 bytes");
    } else if (!hark::is_utf8({e.msg, e.len})) {
      host_.faults().add("filled its hark_error with what is not UTF-8", "R2: \"Strings: UTF-8\"");
    }
  }

  HostileHost& host_;
  const std::string about_;
  Callers callers_;
  std::string last_error_;
};

}  // namespace hark::testing::hostile
