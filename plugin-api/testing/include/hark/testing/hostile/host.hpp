// SPDX-License-Identifier: Apache-2.0
// HostileHost: the services of a host in a bad mood, for one life of one instance. It answers whatever plugin.h lets a
// host answer, and notes each call that plugin.h does not let a plugin make.
//
// Called by the plugin from any thread, by Life from its own. Never freed before the end of torment(): the table
// outlives its instance, as plugin.h promises.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstring>
#include <hark/testing/abi_forms.hpp>
#include <hark/testing/hostile/faults.hpp>
#include <hark/testing/hostile/host_state.hpp>
#include <hark/testing/hostile/message_rules.hpp>
#include <hark/testing/hostile/mood.hpp>
#include <mutex>
#include <optional>

namespace hark::testing::hostile {

class HostileHost {
 public:
  HostileHost(const hark_plugin& plugin, const Mood& mood, Random random, Faults& faults)
      : plugin_(plugin), mood_(mood), random_(random), faults_(faults) {
    closes_early_ = !mood.calm && random_.one_in(2);
    fill_table();
  }
  HostileHost(const HostileHost&) = delete;
  HostileHost& operator=(const HostileHost&) = delete;

  const hark_host* table() const { return table_; }
  const hark_plugin& plugin() const { return plugin_; }
  const Mood& mood() const { return mood_; }
  Faults& faults() { return faults_; }

  // The state, locked; whoever waits for a change of it looks up afterwards.
  template <class F>
  auto with(F&& f) {
    struct Wake {
      std::condition_variable& changed;
      ~Wake() { changed.notify_all(); }
    } wake{changed_};
    const std::lock_guard lock(mutex_);
    return f(state_);
  }
  template <class F>
  bool wait(std::chrono::nanoseconds at_most, F&& met) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, at_most, [&] { return met(state_); });
  }

  // A call of the instance's functions by this thread, as long as this lives.
  class Inside {
   public:
    Inside(const HostileHost& host, Call call) : before_{now_in_} { now_in_ = {&host, call}; }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;
    ~Inside() { now_in_ = before_; }

   private:
    friend class HostileHost;
    struct Where {
      const HostileHost* host;
      Call call;
    };
    static inline thread_local Where now_in_{nullptr, Call::control};
    Where before_;
  };

  // The plugin's clock: the machine's, and the time that torment() let pass at a leap.
  std::int64_t now() const { return std::chrono::steady_clock::now().time_since_epoch().count() + leapt_ns_; }
  void leap_to(std::int64_t ns) {
    if (const std::int64_t ahead = ns - now(); ahead > 0) leapt_ns_ += ahead;
    with([](HostState&) {});
  }

 private:
  friend struct Services;
  friend struct ExtensionTables;

  bool is_inside() const { return Inside::now_in_.host == this; }

  // False: the call is not one that may be made now; the function answers CLOSING or does nothing.
  bool may_call(const char* function) {
    const Phase phase = with([](HostState& s) { return s.phase; });
    if (phase == Phase::destroyed) {
      faults_.add(std::string("called ") + function + "() after destroy() had returned",
                  "services: \"Valid from create() until destroy() returns\"");
      return false;
    }
    if (phase == Phase::stopped && !is_inside()) {
      faults_.add(std::string("called ") + function + "() from a thread of its own after stop() had returned",
                  "R4: \"A plugin's own threads call only [any] functions, and none after stop() returned\"");
      return false;
    }
    return true;
  }
  void check(const char* function, const std::string& flaw) {
    if (!flaw.empty()) faults_.add(std::string("called ") + function + "(): " + flaw, "R1, R2: views and structs");
  }

  // The message as its own struct says it is, and not what the host does with it.
  hark_result admissible(const char* function, const hark_message* m, bool waits) {
    if (m == nullptr || !flaw_of(*m).empty()) {
      check(function, m == nullptr ? "the message is NULL" : flaw_of(*m));
      return HARK_INVALID;
    }
    if (waits && is_inside()) {
      faults_.add("called publish_wait() inside a call of the host",
                  "publish_wait: \"for a source's own threads only (INVALID inside [dispatch] and [control] calls)\"");
      return HARK_INVALID;
    }
    const std::string type = AbiForms::text(m->type);
    if (type.empty()) return HARK_INVALID;
    if (type.rfind("hark.", 0) == 0) return HARK_DENIED;
    if (!declares(plugin_, type)) {
      faults_.add("published `" + type.substr(0, 100) + "`, which is not among the types that it declares",
                  "hark_plugin.publishes: \"types it may publish\"");
      return HARK_DENIED;
    }
    return cause_of(*m);
  }
  hark_result cause_of(const hark_message& m) {
    bool forged = false, unknown = false;
    const hark_result r = with([&](HostState& s) -> hark_result {
      unknown = m.caused_by != nullptr && s.retained.count(m.caused_by) == 0 && s.handed.count(m.caused_by) == 0;
      if (m.cause == 0) return unknown ? HARK_INVALID : HARK_OK;
      const auto ticket = s.tickets.find(m.cause);
      forged = ticket == s.tickets.end();
      return forged || ticket->second.state != Ticket::State::open ? HARK_STALE : HARK_OK;
    });
    if (forged)
      faults_.add("published with a cause that is no ticket of its own",
                  "hark_message.cause: \"ticket of the delivery\"");
    if (unknown)
      faults_.add("published with a caused_by that it does not hold", "hark_message.caused_by: \"a retained event\"");
    return r;
  }

  // Needs the mutex: the next answer of publish to what is admissible.
  hark_result answer(HostState& s, const hark_message& m) {
    ++s.asked;
    if (mood_.tells == Tells::not_supported && (m.flags & (HARK_M_TELL_KEPT | HARK_M_TELL_SETTLED)) != 0)
      return HARK_NOSUPPORT;
    if (s.phase != Phase::living && closes_early_) return HARK_CLOSING;
    if (s.since_ok < mood_.refusals) {
      if (mood_.refusals != for_ever) ++s.since_ok;
      if (mood_.refuse_again && (!mood_.refuse_for_good || random_.one_in(2))) return HARK_AGAIN;
      static constexpr hark_result final[] = {HARK_INVALID, HARK_TOO_BIG, HARK_REJECT, HARK_DENIED};
      return final[random_.below(4)];
    }
    s.since_ok = 0;
    if ((m.flags & HARK_M_TELL_KEPT) != 0) s.untold.push_back({HARK_STAGE_KEPT, m.token});
    if ((m.flags & HARK_M_TELL_SETTLED) != 0) s.untold.push_back({HARK_STAGE_SETTLED, m.token});
    return HARK_OK;
  }

  hark_result publish(const hark_message* m, std::uint8_t* uid) {
    if (!may_call("publish")) return HARK_CLOSING;
    if (const hark_result r = admissible("publish", m, false); r != HARK_OK) return r;
    return admitted(with([&](HostState& s) { return answer(s, *m); }), uid);
  }
  // AGAIN only once its time is over: that is what waiting means.
  hark_result publish_wait(const hark_message* m, std::int64_t until_ns, std::uint8_t* uid) {
    if (!may_call("publish_wait")) return HARK_CLOSING;
    if (const hark_result r = admissible("publish_wait", m, true); r != HARK_OK) return r;
    for (;;) {
      const hark_result r = with([&](HostState& s) { return answer(s, *m); });
      if (r != HARK_AGAIN) return admitted(r, uid);
      std::unique_lock lock(mutex_);
      if (state_.phase != Phase::living) return HARK_CLOSING;
      const std::int64_t left = until_ns - now();
      if (left <= 0) return HARK_AGAIN;
      changed_.wait_for(lock, std::chrono::nanoseconds(left < 2'000'000 ? left : 2'000'000));
    }
  }
  static hark_result admitted(hark_result r, std::uint8_t* uid) {
    if (r == HARK_OK && uid != nullptr) std::memset(uid, 0x7F, 16);
    return r;
  }

  hark_result complete(std::uint64_t id, hark_result r, const hark_error* why) {
    if (!may_call("complete")) return HARK_STALE;
    if (why != nullptr) check_error("complete", *why);
    if (r != HARK_OK && r != HARK_SKIP && r != HARK_RETRY && r != HARK_REJECT) {
      faults_.add(std::string("completed a delivery with ") + name_of(r),
                  "complete: \"r: HARK_OK, HARK_SKIP, HARK_RETRY, HARK_REJECT\"");
      return HARK_INVALID;
    }
    const std::optional<Ticket> was = with([&](HostState& s) -> std::optional<Ticket> {
      const auto at = s.tickets.find(id);
      if (at == s.tickets.end()) return std::nullopt;
      const Ticket before = at->second;
      if (before.state == Ticket::State::open) at->second = {Ticket::State::completed, r, false};
      return before;
    });
    if (!was) {
      faults_.add("completed a ticket that it was never given", "complete: \"Ends a delivery answered HARK_PENDING\"");
    } else if (was->state == Ticket::State::completed) {
      faults_.add("completed a delivery twice", "complete: \"Exactly once\"");
    } else if (was->state == Ticket::State::answered) {
      faults_.add(std::string("completed a delivery that it had answered with ") + name_of(was->by),
                  "complete: \"Ends a delivery answered HARK_PENDING\"");
    }
    return was && was->state == Ticket::State::open ? HARK_OK : HARK_STALE;
  }
  hark_result extend(std::uint64_t id) {
    if (!may_call("extend")) return HARK_STALE;
    return with([&](HostState& s) -> hark_result {
      const auto at = s.tickets.find(id);
      if (at == s.tickets.end() || at->second.state != Ticket::State::open) return HARK_STALE;
      at->second.extended = true;
      return HARK_OK;
    });
  }
  void check_error(const char* function, const hark_error& e) {
    if (e.len > sizeof e.msg) {
      faults_.add(std::string("gave ") + function + "() a hark_error of " + std::to_string(e.len) + " bytes",
                  "hark_error: \"callee fills, truncates\", at 508 bytes");
    } else if (!hark::is_utf8({e.msg, e.len})) {
      faults_.add(std::string("gave ") + function + "() a hark_error that is not UTF-8", "R2: \"Strings: UTF-8\"");
    }
  }

  // A copy at another address, always.
  hark_result retain(const hark_event* e, const hark_event** out) {
    if (!may_call("retain")) return HARK_CLOSING;
    bool held = false;
    const hark_result r = with([&](HostState& s) -> hark_result {
      held = e != nullptr && out != nullptr && (s.handed.count(e) != 0 || s.retained.count(e) != 0);
      if (!held) return HARK_INVALID;
      if (s.retained.size() >= mood_.retain_budget) return HARK_AGAIN;
      auto copy = std::make_unique<LaidEvent>(*e, mood_.larger);
      *out = copy->event();
      s.retained.emplace(*out, std::move(copy));
      return HARK_OK;
    });
    if (!held)
      faults_.add("retained an event whose call is over, or that it was never given",
                  "R2: views \"are borrowed for the call\"; \"After PENDING the event is gone unless retained\"");
    return r;
  }
  void release(const hark_event* e) {
    if (!may_call("release")) return;
    const bool held = with([&](HostState& s) {
      const auto at = s.retained.find(e);
      if (at == s.retained.end()) return false;
      at->second->close();
      s.released.push_back(std::move(at->second));
      s.retained.erase(at);
      return true;
    });
    if (!held)
      faults_.add("released an event that it does not hold",
                  "retain: \"use *out, which may be a copy\", once for each");
  }

  void fill_table();

  const hark_plugin& plugin_;
  const Mood mood_;
  Random random_;  // guarded by mutex_
  Faults& faults_;
  EdgeMemory memory_;
  const hark_host* table_ = nullptr;
  std::atomic<std::int64_t> leapt_ns_{0};
  bool closes_early_ = false;

  std::mutex mutex_;
  std::condition_variable changed_;
  HostState state_;
};

}  // namespace hark::testing::hostile

#include <hark/testing/hostile/services.hpp>
