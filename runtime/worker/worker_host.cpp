#include "worker/worker_host.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "core/arena.h"
#include "core/clock.h"

namespace hark::worker {
namespace {

constexpr std::uint32_t most_fields = 64;
constexpr std::chrono::microseconds shortest_wait(50), longest_wait(2'000);  // of publish_wait for room

constinit thread_local std::span<const hark_delivery> handled;
constinit thread_local bool in_call = false;

bool whole(hark_str s) { return s.n == 0 || s.p != nullptr; }
bool whole(hark_bytes b) { return b.n == 0 || b.p != nullptr; }
std::string_view view(hark_str s) { return core::view(s); }

void pack_fields(Packer& p, const hark_kv* kv, std::uint32_t n) {
  n = kv != nullptr ? std::min(n, most_fields) : 0;
  p.value(n);
  for (std::uint32_t i = 0; i < n; ++i) {
    p.text(whole(kv[i].k) ? view(kv[i].k) : std::string_view())
        .text(whole(kv[i].v) ? view(kv[i].v) : std::string_view());
  }
}

bool is_whole(const hark_message& m) {
  const bool texts = whole(m.type) && whole(m.id) && whole(m.source) && whole(m.subject) && whole(m.content_type) &&
                     whole(m.schema) && whole(m.time_text) && whole(m.key) && whole(m.data);
  return texts && (m.n_attributes == 0 || m.attributes != nullptr);
}

}  // namespace

WorkerHost::Kept::~Kept() { core::release(record); }

void WorkerHost::enter(std::span<const hark_delivery> deliveries) {
  handled = deliveries;
  in_call = true;
}

void WorkerHost::leave() {
  handled = {};
  in_call = false;
}

std::uint32_t WorkerHost::id_of(std::string_view text) {
  const core::Name* name = names_.intern(text);
  return name != nullptr ? name->id : 0;
}

std::uint64_t WorkerHost::ticket_of(const hark_event* event) const {
  for (const hark_delivery& d : handled) {
    if (d.event == event) return d.ticket;
  }
  return 0;
}

std::uint64_t WorkerHost::kept_id(const hark_event* event) {
  core::Lock lock(mutex_);
  const auto found = kept_.find(event);
  return found != kept_.end() ? found->second->id : 0;
}

hark_result WorkerHost::retain(const hark_event& event, const hark_event*& out) {
  {
    core::Lock lock(mutex_);
    if (const auto found = kept_.find(&event); found != kept_.end()) {
      ++found->second->references;
      out = &event;
      return HARK_OK;
    }
  }
  const std::uint64_t ticket = ticket_of(&event);
  if (ticket == 0) return HARK_INVALID;
  const Answer a = up_.ask(Up::retain, Packer().value(ticket).bytes());
  if (a.result != HARK_OK) return a.result;
  core::Stamp stamp;
  stamp.uid = core::Uid::from(event.uid);
  stamp.cause = core::Uid::from(event.cause);
  stamp.root = core::Uid::from(event.root);
  stamp.recv_ns = event.recv_ns;
  stamp.time_ns = event.time_ns;
  stamp.hops = event.hops;
  auto kept = std::make_unique<Kept>(core::solo_record(event, stamp), a.first);
  out = &kept->expanded.expand(*kept->record);
  core::Lock lock(mutex_);
  kept_.emplace(out, std::move(kept));
  return HARK_OK;
}

bool WorkerHost::release(const hark_event* event) {
  std::unique_ptr<Kept> last;
  {
    core::Lock lock(mutex_);
    const auto found = kept_.find(event);
    if (found == kept_.end()) return false;
    if (--found->second->references != 0) return true;
    last = std::move(found->second);
    kept_.erase(found);
  }
  return up_.tell(Up::release, Packer().value(last->id).bytes());
}

// With texts that cannot be sent: the host is to count it, and tell.
hark_result WorkerHost::refused(const hark_message& m) {
  hark_message told{};
  told.size = sizeof told;
  told.time_ns = HARK_TIME_ABSENT;
  if (whole(m.type)) told.type = m.type;
  told.id = core::str("\xff");  // no text of an event is that
  return publish(told, nullptr);
}

hark_result WorkerHost::publish(const hark_message& m, std::uint8_t* out_uid) {
  if (!HARK_HAS(&m, hark_message, n_attributes)) return HARK_INVALID;
  if (!is_whole(m)) return refused(m);
  std::uint64_t ticket = m.cause, kept = 0;
  if (ticket == 0 && m.caused_by != nullptr) {
    ticket = ticket_of(m.caused_by);
    if (ticket == 0) kept = kept_id(m.caused_by);
    if (ticket == 0 && kept == 0) return HARK_INVALID;
  } else if (ticket == 0 && handled.size() == 1) {
    ticket = handled.front().ticket;
  }
  Packer p;
  p.value(m.flags).value(ticket).value(kept).value(m.token).value(m.time_ns);
  for (const hark_str s : {m.type, m.id, m.source, m.subject, m.content_type, m.schema, m.time_text}) p.text(s);
  p.text(core::view(m.key)).value(std::uint32_t{m.data.p != nullptr}).text(core::view(m.data)).value(m.n_attributes);
  for (const hark_attr& a : std::span(m.attributes, m.n_attributes)) {
    if (!whole(a.k) || !whole(a.v)) return refused(m);
    p.text(a.k).text(a.v).value(a.kind);
  }
  const Answer answer = up_.ask(Up::publish, p.bytes());
  if (out_uid != nullptr && answer.result == HARK_OK) std::copy_n(answer.uid, 16, out_uid);
  return answer.result;
}

// Each finds its WorkerHost behind the table. What is not answered here the host answers, CLOSING included.
struct WorkerHost::Functions {
  static WorkerHost& self(const hark_host* h) { return *static_cast<WorkerHost*>(h->impl); }
  static Answer ask(const hark_host* h, Up kind, const Packer& p) { return self(h).up_.ask(kind, p.bytes()); }

  static std::int64_t now(const hark_host*) { return core::now_ns(); }
  static std::int32_t log_level(const hark_host* h) {
    return self(h).up_.host().log_level.load(std::memory_order_relaxed);
  }
  // Never waits: a line for which the ring has no room is counted, and told with the next that has.
  static void log(const hark_host* h, std::int32_t level, std::uint64_t ticket, hark_str message, const hark_kv* kv,
                  std::uint32_t n) {
    WorkerHost& w = self(h);
    if (level < log_level(h) || !whole(message)) return;
    Packer p;
    const std::uint64_t lost = w.lines_lost_.exchange(0, std::memory_order_relaxed);
    pack_fields(p.value(level).value(ticket).value(lost).text(message), kv, n);
    if (!w.up_.tell_if_room(Up::log, p.bytes())) w.lines_lost_.fetch_add(lost + 1, std::memory_order_relaxed);
  }

  static hark_result publish(const hark_host* h, const hark_message* m, std::uint8_t* out_uid) {
    return m != nullptr ? self(h).publish(*m, out_uid) : HARK_INVALID;
  }
  // The host does not wait for one worker: here it is asked again.
  static hark_result publish_wait(const hark_host* h, const hark_message* m, std::int64_t until_ns,
                                  std::uint8_t* out_uid) {
    if (m == nullptr || in_call) return HARK_INVALID;
    for (std::chrono::microseconds wait = shortest_wait;; wait = std::min(2 * wait, longest_wait)) {
      const hark_result r = self(h).publish(*m, out_uid);
      if (r != HARK_AGAIN || core::now_ns() >= until_ns) return r;
      std::this_thread::sleep_for(wait);
    }
  }

  static hark_result refuse_input(const hark_host* h, hark_bytes input, hark_str origin, hark_str why) {
    if (!whole(input) || !whole(origin) || !whole(why)) return HARK_INVALID;
    const Packer p = Packer().text(core::view(input)).text(origin).text(why);
    return self(h).up_.tell(Up::refuse_input, p.bytes()) ? HARK_OK : HARK_TOO_BIG;
  }
  static void finished(const hark_host* h, hark_result r, hark_str why) {
    self(h).up_.tell(Up::finished, Packer().value(r).text(whole(why) ? why : hark_str{}).bytes());
  }
  static hark_result complete(const hark_host* h, std::uint64_t ticket, hark_result r, std::int64_t retry_after_ns,
                              const hark_error* why) {
    const std::string_view text =
        why != nullptr ? std::string_view(why->msg, std::min<std::size_t>(why->len, sizeof why->msg)) : "";
    return ask(h, Up::complete, Packer().value(ticket).value(r).value(retry_after_ns).text(text)).result;
  }
  static hark_result extend(const hark_host* h, std::uint64_t ticket, std::int64_t more_ns) {
    return ask(h, Up::extend, Packer().value(ticket).value(more_ns)).result;
  }
  static hark_result retain(const hark_host* h, const hark_event* event, const hark_event** out) {
    return event != nullptr && out != nullptr ? self(h).retain(*event, *out) : HARK_INVALID;
  }
  static void release(const hark_host* h, const hark_event* event) {
    if (!self(h).release(event)) {
      log(h, HARK_LOG_WARN, 0, core::str("released an event that it does not hold"), nullptr, 0);
    }
  }
  static std::uint32_t intern(const hark_host* h, hark_str text) {
    if (!whole(text) || text.n == 0) return 0;
    self(h).interned_.store(true, std::memory_order_release);
    return self(h).id_of(view(text));
  }

  static std::uint32_t define(const hark_host* h, std::int32_t kind, hark_str name, hark_str unit, hark_str help) {
    if (!whole(name) || !whole(unit) || !whole(help)) return 0;
    return static_cast<std::uint32_t>(ask(h, Up::define, Packer().value(kind).text(name).text(unit).text(help)).first);
  }
  static void record(const hark_host* h, std::uint32_t id, double value, const hark_kv* labels, std::uint32_t n) {
    Packer p;
    pack_fields(p.value(id).value(value), labels, n);
    self(h).up_.tell(Up::record, p.bytes());
  }
  static hark_result room(const hark_host* h, hark_str type, std::uint64_t* events, std::uint64_t* bytes) {
    if (!whole(type) || events == nullptr || bytes == nullptr) return HARK_INVALID;
    const Answer a = ask(h, Up::room, Packer().text(type));
    *events = a.first;
    *bytes = a.second;
    return a.result;
  }
  static hark_result subscribe(const hark_host* h, hark_str pattern, std::uint64_t* subscription) {
    if (!whole(pattern) || subscription == nullptr) return HARK_INVALID;
    const Answer a = ask(h, Up::subscribe, Packer().text(pattern));
    *subscription = a.first;
    return a.result;
  }
  static hark_result unsubscribe(const hark_host* h, std::uint64_t subscription) {
    return ask(h, Up::unsubscribe, Packer().value(subscription)).result;
  }
  static hark_result start_timer(const hark_host* h, std::int64_t delay_ns, std::int64_t period_ns, std::uint64_t user,
                                 std::uint64_t* id) {
    if (id == nullptr) return HARK_INVALID;
    const Answer a = ask(h, Up::start_timer, Packer().value(delay_ns).value(period_ns).value(user));
    *id = a.first;
    return a.result;
  }
  static hark_result cancel_timer(const hark_host* h, std::uint64_t id) {
    return ask(h, Up::cancel_timer, Packer().value(id)).result;
  }

  static const void* extension(const hark_host* h, const char* id) {
    static constexpr hark_ext_metrics metrics{sizeof metrics, 0, define, record};
    static constexpr hark_ext_flow flow{sizeof flow, 0, room};
    static constexpr hark_ext_subscriptions subscriptions{sizeof subscriptions, 0, subscribe, unsubscribe};
    static constexpr hark_ext_timers timers{sizeof timers, 0, start_timer, cancel_timer};
    const std::string_view name(id != nullptr ? id : "");
    if (name == "hark.metrics/1") return &metrics;
    if (name == "hark.flow/1") return &flow;
    if (name == "hark.subscriptions/1" && self(h).hears_) return &subscriptions;
    if (name == "hark.timers/1" && self(h).ticks_) return &timers;
    return nullptr;
  }
};

WorkerHost::WorkerHost(Uplink& up) : up_(up) {
  using F = Functions;
  table_ = {
      sizeof(hark_host), HARK_ABI_MINOR,  this,        F::extension, F::now,    F::log,    F::log_level, F::publish,
      F::publish_wait,   F::refuse_input, F::finished, F::complete,  F::extend, F::retain, F::release,   F::intern};
}

}  // namespace hark::worker
