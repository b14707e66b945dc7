// SPDX-License-Identifier: Apache-2.0
// FakeHost: a hark_host that remembers what it is asked, and answers as the test told it to.
//
// All public functions may be called from any thread.
#pragma once

#include <hark/plugin.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <functional>
#include <hark/testing/abi_forms.hpp>
#include <memory>
#include <mutex>
#include <set>
#include <string_view>

namespace hark::testing {

class FakeHost : protected AbiForms {
 public:
  FakeHost() { fill_table(); }
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  // ---- how the host answers ---------------------------------------------------------------------------------
  // For each message, in the plugin's thread; unset: HARK_OK. What it refuses is not in published().
  // publish_wait asks again after every change until it is not HARK_AGAIN or its time is over.
  void on_publish(std::function<hark_result(const Published&)> f) {
    change([&] { on_publish_ = std::move(f); });
  }
  void retain_at_most(std::size_t events) {
    change([&] { retain_budget_ = events; });
  }
  void room(std::uint64_t events, std::uint64_t bytes) {
    change([&] { room_events_ = events, room_bytes_ = bytes; });
  }
  void log_level(std::int32_t level) {
    change([&] { log_level_ = level; });
  }
  // A host need not have any: extension() answers NULL from here on.
  void without_extensions() {
    change([&] { has_extensions_ = false; });
  }
  // The host has begun to stop the instance: publish_wait waits no more, HARK_CLOSING where there is no room.
  void stopping(bool begun = true) {
    change([&] { stopping_ = begun; });
  }
  // Ends a ticket as a lease that is over does: complete() is HARK_STALE from here on.
  void expire(std::uint64_t ticket) {
    change([&] { open_.erase(ticket); });
  }

  // ---- what the plugin asked --------------------------------------------------------------------------------
  std::vector<Published> published() const { return copy(published_); }
  std::vector<Logged> logged() const { return copy(logged_); }
  std::vector<RefusedInput> refused() const { return copy(refused_); }
  std::vector<Completed> completed() const { return copy(completed_); }
  std::vector<Answered> finished() const { return copy(finished_); }
  std::map<std::uint64_t, std::string> subscriptions() const { return copy(subscriptions_); }
  std::map<std::string, double> metrics() const { return copy(metrics_); }  // sum of what was recorded
  std::set<std::uint64_t> open_tickets() const { return copy(open_); }      // handed over and not answered
  std::size_t retained() const {
    const std::lock_guard lock(mutex_);
    return retained_.size();
  }
  // Tokens of what was published with this HARK_M_TELL_ flag, each once: a test hands them to outcome() when it likes.
  std::vector<std::uint64_t> take_untold(std::uint32_t flag) {
    std::vector<std::uint64_t> tokens;
    change([&] { tokens.swap(untold_[flag]); });
    return tokens;
  }
  std::size_t timers() const {  // running
    const std::lock_guard lock(mutex_);
    return timers_.size();
  }
  std::uint64_t last_ticket() const { return copy(ticket_); }
  bool logged(std::string_view part) const {
    const auto lines = logged();
    return std::any_of(lines.begin(), lines.end(),
                       [&](const Logged& l) { return l.text.find(part) != std::string::npos; });
  }
  // Waits until `met` holds, asked after each call of the plugin; false when `at_most` is over first.
  bool wait(const std::function<bool(const FakeHost&)>& met,
            std::chrono::milliseconds at_most = std::chrono::seconds(10)) const {
    const auto until = std::chrono::steady_clock::now() + at_most;
    std::unique_lock lock(mutex_);
    for (;;) {
      const std::uint64_t seen = changes_;
      lock.unlock();
      if (met(*this)) return true;
      lock.lock();
      if (!changed_.wait_until(lock, until, [&] { return changes_ != seen; })) return false;
    }
  }
  bool wait_published(std::size_t n) const {
    return wait([n](const FakeHost& h) { return h.published().size() >= n; });
  }
  bool wait_finished() const {
    return wait([](const FakeHost& h) { return !h.finished().empty(); });
  }

  const hark_host* table() const { return &table_; }

 protected:
  std::unique_ptr<Held> hand_over(const Given& given) {
    auto held = std::make_unique<Held>();
    held->given = given;
    fill_event(*held);
    hark_delivery& d = held->delivery;
    d.size = sizeof d;
    d.flags = given.flags;
    d.subscription = given.subscription;
    d.attempt = given.attempt;
    d.event = &held->event;
    change([&] { open_.insert(d.ticket = ++ticket_); });
    held->event.uid[15] = static_cast<std::uint8_t>(d.ticket);
    held->event.uid[14] = static_cast<std::uint8_t>(d.ticket >> 8);
    return held;
  }
  static std::int64_t now() { return std::chrono::steady_clock::now().time_since_epoch().count(); }
  // Timers stand on a clock that only this moves: to the first one due until `until_ns`, whose `user` it answers, or
  // else to `until_ns`.
  bool next_timer(std::int64_t until_ns, std::uint64_t& user) {
    bool found = false;
    change([&] {
      const auto sooner = [](const auto& a, const auto& b) { return a.second.due_ns < b.second.due_ns; };
      const auto next = std::min_element(timers_.begin(), timers_.end(), sooner);
      found = next != timers_.end() && next->second.due_ns <= until_ns;
      if (!found) return void(timer_clock_ns_ = until_ns);
      FakeTimer& t = next->second;
      user = t.user;
      timer_clock_ns_ = t.due_ns;
      t.due_ns += t.period_ns;
      if (t.period_ns == 0) timers_.erase(next);
    });
    return found;
  }
  std::int64_t timer_clock_ns() const { return copy(timer_clock_ns_); }
  void revoke_timers() {
    change([&] { timers_.clear(); });
  }
  void without_timers() {
    change([&] { has_timers_ = false; });
  }
  void settle(std::uint64_t ticket, hark_result r) {
    if (r != HARK_PENDING) expire(ticket);
  }

 private:
  template <class T>
  T copy(const T& member) const {
    const std::lock_guard lock(mutex_);
    return member;
  }
  template <class F>
  void change(F&& f) {
    const std::lock_guard lock(mutex_);
    f();
    ++changes_;
    changed_.notify_all();
  }

  static FakeHost& of(const hark_host* host) { return *static_cast<FakeHost*>(host->impl); }

  hark_result publish(const hark_message& m, std::uint8_t* uid) {
    Published p = published_of(m);
    if (p.type.rfind("hark.", 0) == 0) return HARK_DENIED;
    if (p.type.empty()) return HARK_INVALID;
    const auto asked = copy(on_publish_);
    const hark_result r = asked ? asked(p) : HARK_OK;
    if (r != HARK_OK) return r;
    change([&] {
      for (const std::uint32_t flag : {HARK_M_TELL_KEPT, HARK_M_TELL_SETTLED}) {
        if ((p.flags & flag) != 0) untold_[flag].push_back(p.token);
      }
      published_.push_back(std::move(p));
      if (uid == nullptr) return;
      std::memset(uid, 0, 16);
      uid[6] = 0x70;
      uid[8] = 0x80;
      uid[0] = 0xFF;  // so that it differs from those of handed over events
      uid[15] = static_cast<std::uint8_t>(published_.size());
    });
    return HARK_OK;
  }

  hark_result publish_wait(const hark_message& m, std::int64_t until_ns, std::uint8_t* uid) {
    for (;;) {
      const std::uint64_t seen = copy(changes_);
      const hark_result r = publish(m, uid);
      if (r != HARK_AGAIN) return r;
      if (copy(stopping_)) return HARK_CLOSING;
      const auto until = std::chrono::steady_clock::time_point(std::chrono::nanoseconds(until_ns));
      std::unique_lock lock(mutex_);
      if (!changed_.wait_until(lock, until, [&] { return changes_ != seen; })) return HARK_AGAIN;
    }
  }

  hark_result complete(std::uint64_t ticket, hark_result r, std::int64_t after, const hark_error* why) {
    Completed c{ticket, r, HARK_OK, after, {}};
    if (why != nullptr) c.why.assign(why->msg, std::min<std::size_t>(why->len, sizeof why->msg));
    const bool known = r == HARK_OK || r == HARK_SKIP || r == HARK_RETRY || r == HARK_REJECT;
    change([&] {
      c.answered = !known ? HARK_INVALID : open_.erase(ticket) != 0 ? HARK_OK : HARK_STALE;
      completed_.push_back(c);
    });
    return c.answered;
  }

  hark_result retain(const hark_event& e, const hark_event** out) {
    auto kept = std::make_unique<Held>();
    kept->given = given_of(e);
    fill_event(*kept);
    std::memcpy(kept->event.uid, e.uid, 16);
    hark_result r = HARK_OK;
    change([&] {
      if (retained_.size() >= retain_budget_) {
        r = HARK_AGAIN;
        return;
      }
      *out = &kept->event;
      const hark_event* key = *out;
      retained_.emplace(key, std::move(kept));
    });
    return r;
  }

  static hark_result start_timer(const hark_host* h, std::int64_t delay_ns, std::int64_t period_ns, std::uint64_t user,
                                 std::uint64_t* id) {
    FakeHost& f = of(h);
    hark_result r = HARK_OK;
    f.change([&] {
      if (delay_ns < 0 || period_ns < 0 || id == nullptr) return void(r = HARK_INVALID);
      if (f.stopping_) return void(r = HARK_CLOSING);
      if (f.timers_.size() == 1024) return void(r = HARK_AGAIN);
      f.timers_[*id = ++f.next_id_] = {f.timer_clock_ns_ + delay_ns, period_ns, user};
    });
    return r;
  }

  static const void* extension(const hark_host* host, const char* id) {
    static const hark_ext_metrics metrics{
        sizeof metrics, 0,
        [](const hark_host* h, std::int32_t, hark_str name, hark_str, hark_str) {
          FakeHost& f = of(h);
          std::uint32_t n = 0;
          f.change([&] {
            f.metric_names_.push_back(text(name));
            n = static_cast<std::uint32_t>(f.metric_names_.size());
          });
          return n;
        },
        [](const hark_host* h, std::uint32_t metric, double v, const hark_kv*, std::uint32_t) {
          FakeHost& f = of(h);
          f.change([&] {
            if (metric != 0 && metric <= f.metric_names_.size()) f.metrics_[f.metric_names_[metric - 1]] += v;
          });
        }};
    static const hark_ext_flow flow{sizeof flow, 0,
                                    [](const hark_host* h, hark_str, std::uint64_t* events, std::uint64_t* bytes) {
                                      FakeHost& f = of(h);
                                      f.change([&] { *events = f.room_events_, *bytes = f.room_bytes_; });
                                      return HARK_OK;
                                    }};
    static const hark_ext_subscriptions subscriptions{
        sizeof subscriptions, 0,
        [](const hark_host* h, hark_str pattern, std::uint64_t* out) {
          if (pattern.n == 0) return HARK_INVALID;
          FakeHost& f = of(h);
          f.change([&] { f.subscriptions_[*out = ++f.next_id_] = text(pattern); });
          return HARK_OK;
        },
        [](const hark_host* h, std::uint64_t subscription) {
          FakeHost& f = of(h);
          std::size_t erased = 0;
          f.change([&] { erased = f.subscriptions_.erase(subscription); });
          return erased != 0 ? HARK_OK : HARK_STALE;
        }};
    static const hark_ext_timers timers{sizeof timers, 0, &FakeHost::start_timer,
                                        [](const hark_host* h, std::uint64_t timer) {
                                          std::size_t erased = 0;
                                          of(h).change([&] { erased = of(h).timers_.erase(timer); });
                                          return erased != 0 ? HARK_OK : HARK_STALE;
                                        }};
    if (!of(host).copy(of(host).has_extensions_)) return nullptr;
    if (std::strcmp(id, "hark.metrics/1") == 0) return &metrics;
    if (std::strcmp(id, "hark.flow/1") == 0) return &flow;
    if (std::strcmp(id, "hark.subscriptions/1") == 0) return &subscriptions;
    if (std::strcmp(id, "hark.timers/1") == 0 && of(host).copy(of(host).has_timers_)) return &timers;
    return nullptr;
  }

  void fill_table() {
    table_.size = sizeof table_;
    table_.abi_minor = HARK_ABI_MINOR;
    table_.impl = this;
    table_.extension = &FakeHost::extension;
    table_.now = [](const hark_host*) { return now(); };
    table_.log = [](const hark_host* h, std::int32_t level, std::uint64_t ticket, hark_str msg, const hark_kv* kv,
                    std::uint32_t n) {
      Logged line{level, ticket, text(msg), {}};
      for (std::uint32_t i = 0; i < n; ++i) line.fields[text(kv[i].k)] = text(kv[i].v);
      of(h).change([&] { of(h).logged_.push_back(std::move(line)); });
    };
    table_.log_level = [](const hark_host* h) { return of(h).copy(of(h).log_level_); };
    table_.publish = [](const hark_host* h, const hark_message* m, std::uint8_t* uid) {
      return of(h).publish(*m, uid);
    };
    table_.publish_wait = [](const hark_host* h, const hark_message* m, std::int64_t until_ns, std::uint8_t* uid) {
      return of(h).publish_wait(*m, until_ns, uid);
    };
    table_.refuse_input = [](const hark_host* h, hark_bytes input, hark_str origin, hark_str why) -> hark_result {
      of(h).change([&] { of(h).refused_.push_back({text(input), text(origin), text(why)}); });
      return HARK_OK;
    };
    table_.finished = [](const hark_host* h, hark_result r, hark_str why) {
      of(h).change([&] { of(h).finished_.push_back({r, text(why)}); });
    };
    table_.complete = [](const hark_host* h, std::uint64_t ticket, hark_result r, std::int64_t after,
                         const hark_error* why) { return of(h).complete(ticket, r, after, why); };
    table_.extend = [](const hark_host* h, std::uint64_t ticket, std::int64_t) -> hark_result {
      return of(h).open_tickets().count(ticket) != 0 ? HARK_OK : HARK_STALE;
    };
    table_.retain = [](const hark_host* h, const hark_event* e, const hark_event** out) {
      return of(h).retain(*e, out);
    };
    table_.release = [](const hark_host* h, const hark_event* e) { of(h).change([&] { of(h).retained_.erase(e); }); };
    table_.intern = [](const hark_host* h, hark_str name) {
      FakeHost& f = of(h);
      std::uint32_t id = 0;
      f.change([&] {
        const auto at = std::find(f.interned_.begin(), f.interned_.end(), text(name));
        id = static_cast<std::uint32_t>(at - f.interned_.begin()) + 1;
        if (at == f.interned_.end()) f.interned_.push_back(text(name));
      });
      return id;
    };
  }

  struct FakeTimer {
    std::int64_t due_ns = 0, period_ns = 0;
    std::uint64_t user = 0;
  };

  hark_host table_{};

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::uint64_t changes_ = 0;
  std::function<hark_result(const Published&)> on_publish_;
  std::size_t retain_budget_ = SIZE_MAX;
  bool stopping_ = false;
  std::uint64_t room_events_ = 1024, room_bytes_ = 1 << 20;
  std::int32_t log_level_ = HARK_LOG_TRACE;
  std::uint64_t ticket_ = 0, next_id_ = 0;
  std::vector<Published> published_;
  std::map<std::uint32_t, std::vector<std::uint64_t>> untold_;  // by flag
  std::vector<Logged> logged_;
  std::vector<RefusedInput> refused_;
  std::vector<Completed> completed_;
  std::vector<Answered> finished_;
  std::set<std::uint64_t> open_;
  std::map<std::uint64_t, std::string> subscriptions_;
  std::map<std::uint64_t, FakeTimer> timers_;
  std::int64_t timer_clock_ns_ = 0;
  bool has_timers_ = true, has_extensions_ = true;
  std::map<std::string, double> metrics_;
  std::vector<std::string> metric_names_;
  std::vector<std::string> interned_;
  std::map<const hark_event*, std::unique_ptr<Held>> retained_;
};

}  // namespace hark::testing
