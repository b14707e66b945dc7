// SPDX-License-Identifier: Apache-2.0
// One life of an instance under a hostile host, from create() to what is left after destroy().
#pragma once

#include <hark/testing/hostile/deliveries.hpp>
#include <hark/testing/hostile/teller.hpp>

namespace hark::testing::hostile {

struct LifeOptions {
  std::string options, state_dir;
  std::uint32_t role = HARK_ROLE_SUBSCRIBER;
  std::vector<Given> events;
  std::size_t threads = 0;  // of the process, before its first life
};

class Life {
 public:
  Life(HostileHost& host, const LifeOptions& options, const std::string& about, Random random)
      : host_(host),
        plugin_(host.plugin()),
        mood_(host.mood()),
        options_(options),
        random_(random),
        calls_(host, about) {}

  // False: it did not get to work, because create() or start() failed.
  bool run() {
    if (!create()) return false;
    Teller teller(calls_, instance_);
    bool worked = true;
    if (!mood_.no_life) {
      if (mood_.odd_order) flush();
      const bool unstarted = mood_.odd_order && random_.one_in(3);
      worked = !unstarted && start();
      if (worked) work();
      if (worked && !mood_.cut_short && random_.one_in(2)) reconfigure();
      if (worked) end_work();
      if (worked || mood_.odd_order) stop();
    }
    teller.end();
    destroy();
    return failure_.empty();
  }
  const std::string& failure() const { return failure_; }

 private:
  std::int64_t until() { return mood_.odd_order && random_.one_in(2) ? 1 : host_.now() + 5'000'000'000; }

  bool create() {
    EdgeMemory memory;
    hark_create_info info{};
    info.role = options_.role;
    info.tier = mood_.tier;
    info.generation = mood_.generation;
    info.name = memory.str(std::string_view("torment"));
    info.options = lasting_.str(std::string_view(options_.options));  // "valid until destroy()"
    info.state_dir = memory.str(std::string_view(options_.state_dir));
    const hark_create_info* const laid = memory.structure(info, mood_.larger);
    const hark_result r = calls_.call(Call::control, "create()", ok_or_error, [&](hark_error* error) {
      return plugin_.create(host_.table(), laid, &instance_, error);
    });
    memory.close();
    past_.push_back(std::move(memory));
    if (r == HARK_OK && instance_ == nullptr) {
      const BlackBox::Step step("create(), " + calls_.about());
      host_.faults().add("answered create() with OK and made no instance", "create: hark_instance **");
    }
    if (r == HARK_OK && instance_ != nullptr) return true;
    failure_ = "create() answered " + std::string(name_of(r)) + ": " + calls_.last_error();
    end_without_instance();
    return false;
  }
  void end_without_instance() {
    check_retained("create(), which failed,");
    host_.with([](HostState& s) { s.phase = Phase::destroyed; });
  }

  bool start() {
    if (plugin_.start == nullptr) return true;
    const hark_result r = calls_.call(Call::control, "start()", ok_or_error,
                                      [&](hark_error* error) { return plugin_.start(instance_, error); });
    if (r != HARK_OK) failure_ = "start() answered " + std::string(name_of(r)) + ": " + calls_.last_error();
    return r == HARK_OK;
  }

  void work() {
    if (options_.role == HARK_ROLE_SOURCE) {
      const std::uint64_t enough = mood_.cut_short ? random_.below(4) : UINT64_MAX;
      // One that never finishes by itself costs each life this much.
      const std::chrono::milliseconds at_most(mood_.refusals == for_ever ? 20 : 50);
      (void)host_.wait(at_most, [&](const HostState& s) { return s.finished || s.asked >= enough; });
    }
    if ((plugin_.caps & HARK_CAP_SUBSCRIBER) != 0) {
      std::vector<Given> events = events_of_life(options_.events, mood_, random_);
      add_subscribed(events);
      deliveries_.emplace(calls_, instance_, random_);
      alive_ = deliveries_->deliver(events);
    }
    if (!mood_.cut_short) fire_timers();
  }
  // What it has subscribed to comes under the id that it was given.
  void add_subscribed(std::vector<Given>& events) {
    for (const auto& [id, pattern] : host_.with([](HostState& s) { return s.subscriptions; })) {
      if (pattern.find('*') != std::string::npos) continue;
      events.push_back(options_.events[0]);
      events.back().type = pattern;
      events.back().subscription = id;
    }
  }

  // Late: "it waits for a call that is under way", and time may pass at a leap.
  void fire_timers() {
    for (int n = 0; n < 8; ++n) {
      std::uint64_t user = 0;
      const std::int64_t due = host_.with([&](HostState& s) {
        const auto next = std::min_element(s.timers.begin(), s.timers.end(), [](const auto& a, const auto& b) {
          return a.second.due_ns < b.second.due_ns;
        });
        return next == s.timers.end() ? INT64_MAX : next->second.due_ns;
      });
      if (due > INT64_MAX / 4) return;
      host_.leap_to(due + (random_.one_in(2) ? 0 : 7'200'000'000'000));
      const bool found = host_.with([&](HostState& s) { return take_due(s, user); });
      if (!found) continue;  // cancelled in the meantime
      const hark_result r = calls_.call(Call::dispatch, "on_timer(" + std::to_string(user) + ")", timer_codes,
                                        [&](hark_error* error) { return plugin_.on_timer(instance_, user, error); });
      if (r == HARK_FATAL) return;
    }
  }
  bool take_due(HostState& s, std::uint64_t& user) const {
    for (auto at = s.timers.begin(); at != s.timers.end(); ++at) {
      Timer& t = at->second;
      if (t.due_ns > host_.now()) continue;
      user = t.user;
      if (t.period_ns == 0) {
        s.timers.erase(at);
      } else {
        t.due_ns += ((host_.now() - t.due_ns) / t.period_ns + 1) * t.period_ns;  // what was missed fires once
      }
      return true;
    }
    return false;
  }

  void flush() {
    if (plugin_.flush == nullptr) return;
    (void)calls_.call(Call::control, "flush()", flush_codes,
                      [&](hark_error* error) { return plugin_.flush(instance_, until(), error); });
  }
  void reconfigure() {
    if (plugin_.reconfigure == nullptr) return;
    (void)calls_.call(Call::control, "reconfigure()", flush_codes,
                      [&](hark_error* error) { return plugin_.reconfigure(instance_, error); });
  }
  void end_work() {
    if (mood_.cut_short) return;
    if (alive_) flush();
    if (alive_ && mood_.odd_order) flush();
    if (alive_) fire_timers();  // that flush() started
  }

  void stop() {
    host_.with([](HostState& s) {
      s.phase = Phase::stopping;
      s.timers.clear();
      s.subscriptions.clear();
    });
    if (plugin_.stop != nullptr) {
      (void)calls_.call(Call::control, "stop()", ok_or_error,
                        [&](hark_error* error) { return plugin_.stop(instance_, until(), error); });
    }
    host_.with([](HostState& s) { s.phase = Phase::stopped; });
    const BlackBox::Step step("looking for threads that stop() left, " + calls_.about());
    const std::size_t threads =
        options_.threads + calls_.callers().own_threads() + (plugin_.outcome != nullptr ? 1u : 0u);
    const std::size_t left = settled_threads(threads, std::chrono::seconds(1));
    if (left > threads)
      host_.faults().add("left " + std::to_string(left - threads) + " of its threads running behind stop()",
                         "HARK_CAP_OWN_THREADS: \"joins them all in stop()\"");
  }

  void destroy() {
    (void)calls_.call(Call::control, "destroy()", {HARK_OK}, [&](hark_error*) {
      plugin_.destroy(instance_);
      return HARK_OK;
    });
    host_.with([](HostState& s) { s.phase = Phase::destroyed; });
    check_retained("destroy()");
  }
  void check_retained(const std::string& when) {
    const std::size_t held = host_.with([](HostState& s) { return s.retained.size(); });
    const BlackBox::Step step("looking for events that " + when + " left, " + calls_.about());
    if (held != 0)
      host_.faults().add("still held " + std::to_string(held) + " retained event(s) when it was destroyed",
                         "retain: \"Charged to the instance's memory budget\", until release()");
  }

  HostileHost& host_;
  const hark_plugin& plugin_;
  const Mood& mood_;
  const LifeOptions& options_;
  Random random_;
  Calls calls_;
  hark_instance* instance_ = nullptr;
  EdgeMemory lasting_;
  std::vector<EdgeMemory> past_;
  std::optional<Deliveries> deliveries_;
  bool alive_ = true;
  std::string failure_;
};

}  // namespace hark::testing::hostile
