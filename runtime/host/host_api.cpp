#include "host/host_api.h"

#include <algorithm>

#include "core/clock.h"
#include "core/text.h"
#include "topic/pattern.h"

namespace hark::host {
namespace {

constexpr std::uint32_t most_fields = 64;  // of one log line or one set of labels

hark_result to_result(bus::Publish answer) {
  switch (answer) {
    case bus::Publish::ok: return HARK_OK;
    case bus::Publish::again: return HARK_AGAIN;
    case bus::Publish::invalid: return HARK_INVALID;
    case bus::Publish::too_big: return HARK_TOO_BIG;
    case bus::Publish::denied: return HARK_DENIED;
    case bus::Publish::loop: return HARK_REJECT;
    case bus::Publish::closing: return HARK_CLOSING;
  }
  return HARK_INVALID;
}

bool whole(hark_str s) { return s.n == 0 || s.p != nullptr; }

std::string labels_text(const hark_kv* kv, std::uint32_t n) {
  std::string text;
  if (kv == nullptr) return text;
  for (const hark_kv& l : std::span(kv, std::min(n, most_fields))) {
    if (!text.empty()) text += ',';
    text.append(core::view(l.k)).append("=\"").append(core::view(l.v)).append("\"");
  }
  return text;
}

}  // namespace

// The call of this very instance on this thread, or nullptr.
const bus::CallScope* HostApi::handling() const {
  const bus::CallScope* call = bus::current_call;
  return call != nullptr && call->who == &identity_ && !call->deliveries.empty() ? call : nullptr;
}

hark_result HostApi::chain_of(const hark_message& m, bus::ChainLink& link, const bus::ChainLink** cause) const {
  *cause = &link;
  const bus::CallScope* call = handling();
  const hark_delivery* from = nullptr;
  if (m.cause != 0) {
    from = call != nullptr ? call->with_ticket(m.cause) : nullptr;
    if (from == nullptr) return subscriber_.lane().chain_of(m.cause, link) ? HARK_OK : HARK_STALE;
  } else if (m.caused_by != nullptr) {
    from = call != nullptr ? call->of_event(m.caused_by) : nullptr;
    if (from == nullptr) return retained_.chain_of(m.caused_by, link) ? HARK_OK : HARK_INVALID;
  } else {
    from = call != nullptr ? call->only() : nullptr;
  }
  if (from != nullptr) {
    link = bus::ChainLink::of(*from->event);
  } else {
    *cause = nullptr;
  }
  return HARK_OK;
}

hark_result HostApi::publish(const hark_message* message, bool wait, std::int64_t until_ns, std::uint8_t* out_uid) {
  if (ending()) return HARK_CLOSING;
  if (message == nullptr || !HARK_HAS(message, hark_message, n_attributes)) return HARK_INVALID;
  if (wait && bus::current_call != nullptr) {
    services_.log.publish_refused(identity_, whole(message->type) ? core::view(message->type) : std::string_view{},
                                  "publish_wait() inside a call of the host would block it");
    return HARK_INVALID;
  }
  if ((message->flags & HARK_M_TELL_SETTLED) != 0) return HARK_NOSUPPORT;
  bus::ChainLink link;
  const bus::ChainLink* cause = nullptr;
  if (const hark_result r = chain_of(*message, link, &cause); r != HARK_OK) {
    services_.bus.count_refused(publisher_, r == HARK_STALE ? bus::Refusal::stale : bus::Refusal::invalid);
    services_.log.publish_refused(identity_, whole(message->type) ? core::view(message->type) : std::string_view{},
                                  "the delivery or event named as its cause is not open, or not this plugin's");
    return r;
  }
  std::string why;
  const bus::Publish answer = wait ? services_.bus.publish_wait(publisher_, *message, cause, until_ns, out_uid, why)
                                   : services_.bus.publish(publisher_, *message, cause, out_uid, why);
  if (!why.empty()) {
    services_.log.publish_refused(identity_, whole(message->type) ? core::view(message->type) : std::string_view{},
                                  why);
  }
  return to_result(answer);
}

// Each function finds its HostApi behind the table, and does nothing once that is closed.
struct HostApi::Functions {
  static HostApi& self(const hark_host* h) { return *static_cast<HostApi*>(h->impl); }

  static std::int64_t now(const hark_host*) { return core::now_ns(); }

  static void log(const hark_host* h, std::int32_t level, std::uint64_t ticket, hark_str message, const hark_kv* kv,
                  std::uint32_t n) {
    HostApi& api = self(h);
    if (api.closed() || level < api.services_.log.level() || !whole(message)) return;
    const std::span<const hark_kv> fields(kv, kv != nullptr ? std::min(n, most_fields) : 0);
    const bus::CallScope* call = api.handling();
    const hark_delivery* about = call != nullptr && ticket != 0 ? call->with_ticket(ticket) : nullptr;
    api.services_.log.said(api.identity_, std::clamp(level, HARK_LOG_TRACE, HARK_LOG_ERROR), about, core::view(message),
                           fields);
  }
  static std::int32_t log_level(const hark_host* h) {
    return self(h).closed() ? HARK_LOG_ERROR : self(h).services_.log.level();
  }

  static hark_result publish(const hark_host* h, const hark_message* m, std::uint8_t* out_uid) {
    return self(h).publish(m, false, 0, out_uid);
  }
  static hark_result publish_wait(const hark_host* h, const hark_message* m, std::int64_t until_ns,
                                  std::uint8_t* out_uid) {
    return self(h).publish(m, true, until_ns, out_uid);
  }

  static hark_result refuse_input(const hark_host* h, hark_bytes input, hark_str origin, hark_str why) {
    HostApi& api = self(h);
    if (api.ending()) return HARK_CLOSING;
    if ((input.n != 0 && input.p == nullptr) || !whole(origin) || !whole(why)) return HARK_INVALID;
    api.services_.bus.refuse_input(api.publisher_, core::view(input), core::view(origin), core::view(why));
    return HARK_OK;
  }

  static void finished(const hark_host* h, hark_result r, hark_str why) {
    HostApi& api = self(h);
    if (api.ending() || api.finished_.exchange(true)) return;
    api.on_finished_(r, whole(why) ? core::view(why) : std::string_view{});
  }

  static hark_result complete(const hark_host* h, std::uint64_t ticket, hark_result r, std::int64_t retry_after_ns,
                              const hark_error* why) {
    HostApi& api = self(h);
    if (r != HARK_OK && r != HARK_SKIP && r != HARK_RETRY && r != HARK_REJECT) return HARK_INVALID;
    if (!api.ending() && api.subscriber_.lane().complete(ticket, r, retry_after_ns, why)) return HARK_OK;
    if (!api.ending()) {
      api.services_.log.noted(api.identity_, HARK_LOG_WARN,
                              "completed a delivery that is not open: late, twice, or not its own (STALE)");
    }
    return HARK_STALE;
  }

  static hark_result extend(const hark_host* h, std::uint64_t ticket, std::int64_t more_ns) {
    HostApi& api = self(h);
    return !api.ending() && api.subscriber_.lane().extend(ticket, more_ns) ? HARK_OK : HARK_STALE;
  }

  static hark_result retain(const hark_host* h, const hark_event* event, const hark_event** out) {
    HostApi& api = self(h);
    if (api.ending()) return HARK_CLOSING;
    if (event == nullptr || out == nullptr) return HARK_INVALID;
    *out = api.retained_.retain(*event);
    return *out != nullptr ? HARK_OK : HARK_AGAIN;
  }

  static void release(const hark_host* h, const hark_event* event) {
    HostApi& api = self(h);
    if (api.retained_.release(event) || api.closed()) return;
    api.services_.log.noted(api.identity_, HARK_LOG_WARN, "released an event that it does not hold");
  }

  static std::uint32_t intern(const hark_host* h, hark_str text) {
    HostApi& api = self(h);
    if (api.ending() || !whole(text) || text.n == 0) return 0;
    const core::Name* name = api.services_.bus.names().intern(core::view(text));
    return name != nullptr ? name->id : 0;
  }

  static std::uint32_t define(const hark_host* h, std::int32_t kind, hark_str name, hark_str unit, hark_str) {
    HostApi& api = self(h);
    if (api.closed() || kind < 0 || kind > 2 || !whole(name) || !whole(unit)) return 0;
    return api.services_.metrics.define(api.identity_.name, static_cast<store::MetricKind>(kind), core::view(name),
                                        core::view(unit));
  }
  static void record(const hark_host* h, std::uint32_t id, double value, const hark_kv* labels, std::uint32_t n) {
    HostApi& api = self(h);
    if (!api.closed()) api.services_.metrics.record(api.identity_.name, id, value, labels_text(labels, n));
  }

  static hark_result room(const hark_host* h, hark_str type, std::uint64_t* events, std::uint64_t* bytes) {
    HostApi& api = self(h);
    if (api.ending()) return HARK_CLOSING;
    if (!whole(type) || type.n == 0 || events == nullptr || bytes == nullptr) return HARK_INVALID;
    api.services_.bus.room(core::view(type), *events, *bytes);
    return HARK_OK;
  }

  static hark_result subscribe(const hark_host* h, hark_str pattern, std::uint64_t* subscription) {
    HostApi& api = self(h);
    if (api.ending()) return HARK_CLOSING;
    if (!whole(pattern) || subscription == nullptr) return HARK_INVALID;
    auto parsed = topic::Pattern::parse(core::view(pattern));
    if (!parsed) {
      api.services_.log.noted(api.identity_, HARK_LOG_ERROR, "subscribe: " + parsed.error().message);
      return HARK_INVALID;
    }
    *subscription = api.services_.bus.registry().add(api.subscriber_, std::move(*parsed), {}, false);
    if (*subscription == 0) {
      api.services_.log.noted(api.identity_, HARK_LOG_ERROR, "subscribe: there are 16777216 subscriptions already");
      return HARK_AGAIN;
    }
    return HARK_OK;
  }
  static hark_result unsubscribe(const hark_host* h, std::uint64_t subscription) {
    HostApi& api = self(h);
    return api.services_.bus.registry().remove(api.subscriber_, subscription) ? HARK_OK : HARK_STALE;
  }

  static hark_result start_timer(const hark_host* h, std::int64_t delay_ns, std::int64_t period_ns, std::uint64_t user,
                                 std::uint64_t* id) {
    HostApi& api = self(h);
    if (api.ending()) return HARK_CLOSING;
    if (id == nullptr) return HARK_INVALID;
    return api.subscriber_.lane().start_timer(delay_ns, period_ns, user, *id);
  }
  static hark_result cancel_timer(const hark_host* h, std::uint64_t id) {
    HostApi& api = self(h);
    return !api.ending() && api.subscriber_.lane().cancel_timer(id) ? HARK_OK : HARK_STALE;
  }

  static const void* extension(const hark_host* h, const char* id) {
    static constexpr hark_ext_metrics metrics{sizeof metrics, 0, define, record};
    static constexpr hark_ext_flow flow{sizeof flow, 0, room};
    static constexpr hark_ext_subscriptions subscriptions{sizeof subscriptions, 0, subscribe, unsubscribe};
    static constexpr hark_ext_timers timers{sizeof timers, 0, start_timer, cancel_timer};
    if (id == nullptr) return nullptr;
    const std::string_view name(id);
    if (name == "hark.metrics/1") return &metrics;
    if (name == "hark.flow/1") return &flow;
    if (name == "hark.subscriptions/1" && self(h).hears()) return &subscriptions;
    if (name == "hark.timers/1" && self(h).ticks()) return &timers;
    return nullptr;
  }
};

HostApi::HostApi(const Services& services, const bus::Identity& identity, bus::Publisher& publisher,
                 bus::Subscriber& subscriber, const hark_plugin& plugin,
                 std::function<void(hark_result, std::string_view)> on_finished)
    : services_(services),
      identity_(identity),
      publisher_(publisher),
      subscriber_(subscriber),
      plugin_(plugin),
      on_finished_(std::move(on_finished)) {
  using F = Functions;
  table_ = {
      sizeof(hark_host), HARK_ABI_MINOR,  this,        F::extension, F::now,    F::log,    F::log_level, F::publish,
      F::publish_wait,   F::refuse_input, F::finished, F::complete,  F::extend, F::retain, F::release,   F::intern};
}

}  // namespace hark::host
