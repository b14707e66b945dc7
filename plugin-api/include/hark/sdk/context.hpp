// SPDX-License-Identifier: Apache-2.0
// Context: the host's services as one plugin instance sees them, and the handles it gives out.
//
// One Context lives as long as its instance, at one address. Everything in it may be called from any thread, until
// stop() returned for the plugin's own ones. Nothing blocks except publish_wait().
#pragma once

#include <hark/sdk/event.hpp>

#include <initializer_list>

namespace hark {

enum class Level : std::int32_t {
  trace = HARK_LOG_TRACE,
  debug = HARK_LOG_DEBUG,
  info = HARK_LOG_INFO,
  warn = HARK_LOG_WARN,
  error = HARK_LOG_ERROR
};

// A field of a log line or a label of a metric. Borrowed for the call.
struct Field {
  std::string_view key, value;
};
using Fields = std::initializer_list<Field>;

namespace detail {

// The first 16 fields in the ABI's shape; what is past them is not sent.
struct FieldArray {
  explicit FieldArray(Fields fields) {
    for (const Field& f : fields) {
      if (n == 16) break;
      kv[n++] = hark_kv{str(f.key), str(f.value)};
    }
  }
  hark_kv kv[16];
  std::uint32_t n = 0;
};

inline const char* publish_reason(hark_result r) {
  switch (r) {
    case HARK_AGAIN: return "a queue that hears it has no room";
    case HARK_REJECT: return "a guard refused it (too many hops, or it breaks its type's contract)";
    case HARK_INVALID: return "it breaks a rule of CloudEvents";
    case HARK_TOO_BIG: return "it is larger than guards.max_event";
    case HARK_DENIED: return "this type is not this plugin's to publish";
    case HARK_STALE: return "the delivery named as its cause is over";
    case HARK_CLOSING: return "the host is stopping this instance";
    default: return code_name(r);
  }
}

// What the handler answers when it lets a failed publish pass through.
inline hark_result publish_answer(hark_result r) {
  switch (r) {
    case HARK_AGAIN:
    case HARK_CLOSING: return HARK_AGAIN;
    case HARK_NOMEM: return HARK_RETRY;
    default: return HARK_REJECT;
  }
}

}  // namespace detail

// Thrown by Context::publish(). Let through a handler it becomes the fitting answer: AGAIN when there was no room,
// REJECT when the message can never be published.
class PublishFailed : public Failure {
 public:
  PublishFailed(std::string_view type, hark_result cause)
      : Failure(detail::publish_answer(cause),
                "publish \"" + std::string(type.substr(0, 128)) + "\": " + detail::publish_reason(cause)),
        cause_(cause) {}
  hark_result cause() const noexcept { return cause_; }  // what the host said

 private:
  hark_result cause_;
};

// An event kept past its call; let go at destruction. Move-only.
class Retained {
 public:
  Retained() = default;
  Retained(Retained&& o) noexcept : host_(o.host_), event_(std::exchange(o.event_, nullptr)) {}
  Retained& operator=(Retained&& o) noexcept {
    std::swap(host_, o.host_);
    std::swap(event_, o.event_);
    return *this;
  }
  ~Retained() { reset(); }

  explicit operator bool() const { return event_ != nullptr; }
  Event event() const { return Event(event_); }
  void reset() noexcept {
    if (event_ != nullptr) host_->release(host_, std::exchange(event_, nullptr));
  }

 private:
  friend class Context;
  Retained(const hark_host* host, const hark_event* event) : host_(host), event_(event) {}
  const hark_host* host_ = nullptr;
  const hark_event* event_ = nullptr;
};

inline Message& Message::because(const Retained& kept) { return m_.caused_by = kept.event().raw(), *this; }

// The right to answer a delivery later, once: `return hark::pending;` and keep this. One that is destroyed unanswered
// asks for a retry, so that a forgotten delivery is not found out only by its lease. Move-only.
class Pending {
 public:
  Pending() = default;
  Pending(Pending&& o) noexcept : host_(o.host_), ticket_(std::exchange(o.ticket_, 0)) {}
  Pending& operator=(Pending&& o) noexcept {
    std::swap(host_, o.host_);
    std::swap(ticket_, o.ticket_);
    return *this;
  }
  ~Pending() {
    if (ticket_ != 0) (void)end(HARK_RETRY, {}, "let go without an answer");
  }

  explicit operator bool() const { return ticket_ != 0; }
  std::uint64_t ticket() const { return ticket_; }
  // HARK_OK; HARK_STALE: its lease was over, or it was answered already (the first answer holds).
  hark_result complete(const Result& r = ok) { return end(r.code(), r.delay(), r.text()); }
  // Moves the end of the lease.
  hark_result extend(std::chrono::nanoseconds more) { return host_->extend(host_, ticket_, more.count()); }
  // Forgets it: the lease ends it.
  void abandon() noexcept { ticket_ = 0; }

 private:
  friend class Context;
  Pending(const hark_host* host, std::uint64_t ticket) : host_(host), ticket_(ticket) {}
  hark_result end(hark_result code, std::chrono::nanoseconds delay, std::string_view text) {
    if (ticket_ == 0) return HARK_STALE;
    hark_error why{};
    set_error(&why, text);
    return host_->complete(host_, std::exchange(ticket_, 0), code, delay.count(), text.empty() ? nullptr : &why);
  }
  const hark_host* host_ = nullptr;
  std::uint64_t ticket_ = 0;
};

// One more pattern heard, until destruction. Move-only.
class Subscription {
 public:
  Subscription() = default;
  Subscription(Subscription&& o) noexcept : host_(o.host_), ext_(o.ext_), id_(std::exchange(o.id_, 0)) {}
  Subscription& operator=(Subscription&& o) noexcept {
    std::swap(host_, o.host_);
    std::swap(ext_, o.ext_);
    std::swap(id_, o.id_);
    return *this;
  }
  ~Subscription() { reset(); }

  explicit operator bool() const { return id_ != 0; }
  std::uint64_t id() const { return id_; }  // as in Delivery::subscription()
  void reset() noexcept {
    if (id_ != 0) (void)ext_->unsubscribe(host_, std::exchange(id_, 0));
  }

 private:
  friend class Context;
  Subscription(const hark_host* host, const hark_ext_subscriptions* ext, std::uint64_t id)
      : host_(host), ext_(ext), id_(id) {}
  const hark_host* host_ = nullptr;
  const hark_ext_subscriptions* ext_ = nullptr;
  std::uint64_t id_ = 0;
};

// A running timer; cancelled at destruction. Move-only.
class Timer {
 public:
  Timer() = default;
  Timer(Timer&& o) noexcept : host_(o.host_), ext_(o.ext_), id_(std::exchange(o.id_, 0)) {}
  Timer& operator=(Timer&& o) noexcept {
    std::swap(host_, o.host_);
    std::swap(ext_, o.ext_);
    std::swap(id_, o.id_);
    return *this;
  }
  ~Timer() { cancel(); }

  // Held here, though one without a period may have fired.
  explicit operator bool() const { return id_ != 0; }
  // No on_timer() follows. From another thread than the instance's calls one that is under way may still end.
  void cancel() noexcept {
    if (id_ != 0) (void)ext_->cancel(host_, std::exchange(id_, 0));
  }
  // Lets it run on without this handle, until it has fired or the instance stops.
  void detach() noexcept { id_ = 0; }

 private:
  friend class Context;
  Timer(const hark_host* host, const hark_ext_timers* ext, std::uint64_t id) : host_(host), ext_(ext), id_(id) {}
  const hark_host* host_ = nullptr;
  const hark_ext_timers* ext_ = nullptr;
  std::uint64_t id_ = 0;
};

// A counter, gauge or histogram. Recording does nothing when the host keeps no metrics or refused this one.
class Metric {
 public:
  Metric() = default;
  void record(double value, Fields labels = {}) const {
    if (id_ == 0) return;
    const detail::FieldArray a(labels);
    ext_->record(host_, id_, value, a.kv, a.n);
  }
  void add(double value = 1, Fields labels = {}) const { record(value, labels); }

 private:
  friend class Context;
  Metric(const hark_host* host, const hark_ext_metrics* ext, std::uint32_t id) : host_(host), ext_(ext), id_(id) {}
  const hark_host* host_ = nullptr;
  const hark_ext_metrics* ext_ = nullptr;
  std::uint32_t id_ = 0;
};

struct Room {
  std::uint64_t events, bytes;
};

class Context {
 public:
  Context(const hark_host* host, const hark_create_info* info)
      : host_(host),
        name_(view(info->name)),
        options_(view(info->options)),
        state_dir_(view(info->state_dir)),
        role_(info->role),
        tier_(info->tier),
        generation_(info->generation) {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  const std::string& name() const { return name_; }            // NAME of [sources.NAME] or [subscribers.NAME]
  const std::string& options() const { return options_; }      // one JSON object, valid by the plugin's schema
  const std::string& state_dir() const { return state_dir_; }  // survives restarts; empty: none
  bool is_source() const { return role_ == HARK_ROLE_SOURCE; }
  bool in_worker() const { return tier_ == HARK_TIER_PROCESS; }
  unsigned generation() const { return generation_; }  // 0, then +1 for each restart

  // ---- logging: copies, never waits -------------------------------------------------------------------------
  void log(Level level, std::string_view text, Fields fields = {}, std::uint64_t ticket = 0) const {
    const detail::FieldArray a(fields);
    host_->log(host_, static_cast<std::int32_t>(level), ticket, str(text), a.kv, a.n);
  }
  void log(Level level, const Delivery& about, std::string_view text, Fields fields = {}) const {
    log(level, text, fields, about.ticket());
  }
  void debug(std::string_view text, Fields fields = {}) const { log(Level::debug, text, fields); }
  void info(std::string_view text, Fields fields = {}) const { log(Level::info, text, fields); }
  void warn(std::string_view text, Fields fields = {}) const { log(Level::warn, text, fields); }
  void error(std::string_view text, Fields fields = {}) const { log(Level::error, text, fields); }
  bool logs(Level level) const { return static_cast<std::int32_t>(level) >= host_->log_level(host_); }

  // ---- publishing -------------------------------------------------------------------------------------------
  // Never waits; throws PublishFailed for anything but admitted.
  Uid publish(const Message& m) const {
    Uid uid;
    if (const hark_result r = try_publish(m, &uid); r != HARK_OK) throw PublishFailed(m.type(), r);
    return uid;
  }
  Uid publish(std::string_view type, std::string_view data) const { return publish(Message(type, data)); }
  // The same without a throw. HARK_AGAIN: taken by nobody, try later.
  [[nodiscard]] hark_result try_publish(const Message& m, Uid* uid = nullptr) const noexcept {
    return host_->publish(host_, m.raw(), uid != nullptr ? uid->bytes.data() : nullptr);
  }
  // Waits for room at most so long, then HARK_AGAIN. For a source's own threads; elsewhere HARK_INVALID.
  [[nodiscard]] hark_result publish_wait(const Message& m, std::chrono::nanoseconds at_most,
                                         Uid* uid = nullptr) const noexcept {
    return host_->publish_wait(host_, m.raw(), now_ns() + at_most.count(),
                               uid != nullptr ? uid->bytes.data() : nullptr);
  }
  // Input that never became an event: dead-lettered with its origin ("stdin line 12") and why.
  hark_result refuse_input(std::string_view input, std::string_view origin, std::string_view why) const noexcept {
    return host_->refuse_input(host_, bytes(input), str(origin), str(why));
  }
  // This source has nothing more to say.
  void finished(const Result& r = ok) const { host_->finished(host_, r.code(), str(r.text())); }

  // ---- deliveries and events --------------------------------------------------------------------------------
  Pending defer(const Delivery& d) const { return Pending(host_, d.ticket()); }
  // Throws Again when over the instance's memory budget.
  Retained retain(const Event& e) const {
    const hark_event* kept = nullptr;
    if (const hark_result r = host_->retain(host_, e.raw(), &kept); r != HARK_OK) {
      throw Failure(r == HARK_AGAIN ? HARK_AGAIN : HARK_RETRY, std::string("retain an event: ") + code_name(r));
    }
    return Retained(host_, kept);
  }
  std::uint32_t intern(std::string_view type_or_schema) const { return host_->intern(host_, str(type_or_schema)); }
  std::int64_t now_ns() const noexcept { return host_->now(host_); }  // monotonic

  // ---- extensions -------------------------------------------------------------------------------------------
  // Throws Reject when the pattern breaks the grammar or the host has no such extension.
  Subscription subscribe(std::string_view pattern) const {
    const auto* ext = extension<hark_ext_subscriptions>("hark.subscriptions/1");
    std::uint64_t id = 0;
    const hark_result r = ext == nullptr ? HARK_NOSUPPORT : ext->subscribe(host_, str(pattern), &id);
    if (r != HARK_OK) throw Reject("subscribe to \"" + std::string(pattern) + "\": " + code_name(r));
    return Subscription(host_, ext, id);
  }
  Metric counter(std::string_view name, std::string_view help = {}, std::string_view unit = {}) const {
    return metric(0, name, unit, help);
  }
  Metric gauge(std::string_view name, std::string_view help = {}, std::string_view unit = {}) const {
    return metric(1, name, unit, help);
  }
  Metric histogram(std::string_view name, std::string_view help = {}, std::string_view unit = {}) const {
    return metric(2, name, unit, help);
  }
  // How much of a type could be published now without HARK_AGAIN; empty when the host does not say.
  std::optional<Room> room(std::string_view type) const {
    const auto* ext = extension<hark_ext_flow>("hark.flow/1");
    Room r{};
    if (ext == nullptr || ext->room(host_, str(type), &r.events, &r.bytes) != HARK_OK) return std::nullopt;
    return r;
  }
  // on_timer(user) follows after `delay`, then each `period` (zero: once), as long as the handle lives. Those that were
  // missed while the instance was busy are one, and the phase stays. Throws Again past 1,024 timers, Reject when a time
  // is negative, the instance is being stopped, the plugin has no on_timer() or the host no such extension.
  [[nodiscard]] Timer timer(std::chrono::nanoseconds delay, std::chrono::nanoseconds period = {},
                            std::uint64_t user = 0) const {
    const auto* ext = extension<hark_ext_timers>("hark.timers/1");
    std::uint64_t id = 0;
    const hark_result r = ext == nullptr ? HARK_NOSUPPORT : ext->start(host_, delay.count(), period.count(), user, &id);
    if (r != HARK_OK) {
      throw Failure(r == HARK_AGAIN ? HARK_AGAIN : HARK_REJECT, std::string("start a timer: ") + code_name(r));
    }
    return Timer(host_, ext, id);
  }
  // Another extension by its id and type, NULL when the host has none. Check newer fields with HARK_HAS.
  template <class Ext>
  const Ext* extension(const char* id) const noexcept {
    return static_cast<const Ext*>(host_->extension(host_, id));
  }

  const hark_host* raw() const { return host_; }

 private:
  Metric metric(std::int32_t kind, std::string_view name, std::string_view unit, std::string_view help) const {
    const auto* ext = extension<hark_ext_metrics>("hark.metrics/1");
    return ext == nullptr ? Metric() : Metric(host_, ext, ext->define(host_, kind, str(name), str(unit), str(help)));
  }

  const hark_host* host_;
  std::string name_, options_, state_dir_;
  std::uint32_t role_, tier_, generation_;
};

}  // namespace hark
