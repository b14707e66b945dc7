// SPDX-License-Identifier: Apache-2.0
// The table behind which a HostileHost stands, and its extensions. Included by host.hpp.
#pragma once

#include <hark/testing/hostile/host.hpp>

namespace hark::testing::hostile {

// Each table is laid as larger hosts have it, and of refusing extensions every function refuses.
struct ExtensionTables {
  static HostileHost& of(const hark_host* h) { return *static_cast<HostileHost*>(h->impl); }
  static bool refuses(HostileHost& h) { return h.mood_.extensions == Extensions::refusing; }

  static std::uint32_t define(const hark_host* h, std::int32_t kind, hark_str name, hark_str unit, hark_str help) {
    HostileHost& host = of(h);
    if (!host.may_call("metrics.define") || kind < 0 || kind > 2) return 0;
    for (const hark_str s : {name, unit, help}) host.check("metrics.define", flaw_of("a text", s));
    if (refuses(host)) return 0;
    return host.with([](HostState& s) { return static_cast<std::uint32_t>(++s.next_id); });
  }
  static void record(const hark_host* h, std::uint32_t, double, const hark_kv* labels, std::uint32_t n) {
    if (of(h).may_call("metrics.record")) of(h).check("metrics.record", flaw_of("labels", labels, n));
  }

  static hark_result start_timer(const hark_host* h, std::int64_t delay_ns, std::int64_t period_ns, std::uint64_t user,
                                 std::uint64_t* id) {
    HostileHost& host = of(h);
    if (!host.may_call("timers.start")) return HARK_CLOSING;
    if (delay_ns < 0 || period_ns < 0 || id == nullptr) return HARK_INVALID;
    if (refuses(host)) return HARK_AGAIN;
    const std::int64_t now = host.now();
    return host.with([&](HostState& s) -> hark_result {
      if (s.phase != Phase::living) return HARK_CLOSING;
      if (s.timers.size() >= 1024) return HARK_AGAIN;
      s.timers[*id = ++s.next_id] = {delay_ns > INT64_MAX - now ? INT64_MAX : now + delay_ns, period_ns, user};
      return HARK_OK;
    });
  }
  static hark_result cancel_timer(const hark_host* h, std::uint64_t id) {
    if (!of(h).may_call("timers.cancel")) return HARK_STALE;
    return of(h).with([&](HostState& s) -> hark_result { return s.timers.erase(id) != 0 ? HARK_OK : HARK_STALE; });
  }

  static hark_result room(const hark_host* h, hark_str type, std::uint64_t* events, std::uint64_t* bytes) {
    HostileHost& host = of(h);
    if (!host.may_call("flow.room")) return HARK_CLOSING;
    host.check("flow.room", flaw_of("type", type));
    if (type.n == 0 || events == nullptr || bytes == nullptr) return HARK_INVALID;
    *events = *bytes = refuses(host) ? 0 : UINT64_MAX;
    return HARK_OK;
  }

  static hark_result subscribe(const hark_host* h, hark_str pattern, std::uint64_t* subscription) {
    HostileHost& host = of(h);
    if (!host.may_call("subscriptions.subscribe")) return HARK_CLOSING;
    host.check("subscriptions.subscribe", flaw_of("pattern", pattern));
    if (pattern.n == 0 || subscription == nullptr || refuses(host)) return HARK_INVALID;
    return host.with([&](HostState& s) -> hark_result {
      if (s.phase != Phase::living) return HARK_CLOSING;
      s.subscriptions[*subscription = ++s.next_id] = AbiForms::text(pattern);
      return HARK_OK;
    });
  }
  static hark_result unsubscribe(const hark_host* h, std::uint64_t subscription) {
    if (!of(h).may_call("subscriptions.unsubscribe")) return HARK_STALE;
    return of(h).with(
        [&](HostState& s) -> hark_result { return s.subscriptions.erase(subscription) != 0 ? HARK_OK : HARK_STALE; });
  }

  static const void* find(const hark_host* h, const char* id) {
    static const hark_ext_metrics metrics{sizeof metrics, 0, define, record};
    static const hark_ext_timers timers{sizeof timers, 0, start_timer, cancel_timer};
    static const hark_ext_flow flow{sizeof flow, 0, room};
    static const hark_ext_subscriptions subscriptions{sizeof subscriptions, 0, subscribe, unsubscribe};
    HostileHost& host = of(h);
    if (!host.may_call("extension") || id == nullptr || host.mood_.extensions == Extensions::none) return nullptr;
    const std::string_view name(id);
    if (name == "hark.metrics/1") return &metrics;
    if (name == "hark.flow/1") return &flow;
    if (name == "hark.timers/1" && host.plugin_.on_timer != nullptr) return &timers;
    if (name == "hark.subscriptions/1" && (host.plugin_.caps & HARK_CAP_SUBSCRIBER) != 0) return &subscriptions;
    return nullptr;
  }
};

struct Services {
  static HostileHost& of(const hark_host* h) { return ExtensionTables::of(h); }

  static std::int64_t now(const hark_host* h) { return of(h).now(); }
  static void log(const hark_host* h, std::int32_t, std::uint64_t, hark_str text, const hark_kv* kv, std::uint32_t n) {
    if (!of(h).may_call("log")) return;
    of(h).check("log", flaw_of("the text", text));
    of(h).check("log", flaw_of("the fields", kv, n));
  }
  static std::int32_t log_level(const hark_host* h) {
    return of(h).may_call("log_level") ? of(h).mood_.log_level : HARK_LOG_ERROR;
  }
  static hark_result publish(const hark_host* h, const hark_message* m, std::uint8_t* uid) {
    return of(h).publish(m, uid);
  }
  static hark_result publish_wait(const hark_host* h, const hark_message* m, std::int64_t until, std::uint8_t* uid) {
    return of(h).publish_wait(m, until, uid);
  }
  static hark_result refuse_input(const hark_host* h, hark_bytes input, hark_str origin, hark_str why) {
    if (!of(h).may_call("refuse_input")) return HARK_CLOSING;
    of(h).check("refuse_input", flaw_of("the input", input));
    for (const hark_str s : {origin, why}) of(h).check("refuse_input", flaw_of("a text", s));
    return HARK_OK;
  }
  static void finished(const hark_host* h, hark_result, hark_str why) {
    if (!of(h).may_call("finished")) return;
    of(h).check("finished", flaw_of("the reason", why));
    of(h).with([](HostState& s) { s.finished = true; });
  }
  static hark_result complete(const hark_host* h, std::uint64_t ticket, hark_result r, std::int64_t,
                              const hark_error* why) {
    return of(h).complete(ticket, r, why);
  }
  static hark_result extend(const hark_host* h, std::uint64_t ticket, std::int64_t) { return of(h).extend(ticket); }
  static hark_result retain(const hark_host* h, const hark_event* e, const hark_event** out) {
    return of(h).retain(e, out);
  }
  static void release(const hark_host* h, const hark_event* e) { of(h).release(e); }
  static std::uint32_t intern(const hark_host* h, hark_str name) {
    HostileHost& host = of(h);
    if (!host.may_call("intern") || name.n == 0 || !host.mood_.interns) return 0;
    host.check("intern", flaw_of("the name", name));
    return host.with([&](HostState& s) {
      const auto next = static_cast<std::uint32_t>(s.interned.size() + 1);
      return s.interned.emplace(AbiForms::text(name), next).first->second;
    });
  }
};

inline void HostileHost::fill_table() {
  using S = Services;
  const std::uint32_t minor = HARK_ABI_MINOR + (mood_.later_minor ? 7u : 0u);
  const hark_host known{sizeof known,
                        minor,
                        this,
                        &ExtensionTables::find,
                        &S::now,
                        &S::log,
                        &S::log_level,
                        &S::publish,
                        &S::publish_wait,
                        &S::refuse_input,
                        &S::finished,
                        &S::complete,
                        &S::extend,
                        &S::retain,
                        &S::release,
                        &S::intern};
  table_ = memory_.structure(known, mood_.larger);
}

}  // namespace hark::testing::hostile
