// SPDX-License-Identifier: Apache-2.0
// BareHost: the least host that a plugin's tests need. It dispatches nothing by itself: the test calls the plugin's
// functions, and reads what the plugin asked of its host.
//
//   hark::testing::BareHost host(hark::module_of<Greeter>());   // or the path of a .so
//   REQUIRE(host.create(R"({"to":"bob"})").code == HARK_OK);
//   CHECK(host.handle("hi", "{}").code == HARK_OK);
//   CHECK(host.published().at(0).type == "greeted");
//
// It has the extensions of the first release, unless without_extensions() takes them away: the least that plugin.h
// promises. hostile_host.hpp is the opposite of this host.
//
// The plugin may call the host from any thread; a test drives one BareHost from one thread. What a test set up wrongly
// is thrown as std::logic_error, a library that does not load as std::runtime_error. The destructor stops and destroys
// the instance; a library is never unloaded.
#pragma once

#include <hark/plugin.h>

#include <hark/testing/fake_host.hpp>
#include <hark/testing/load_module.hpp>
#include <stdexcept>

namespace hark::testing {

class BareHost : public FakeHost {
 public:
  explicit BareHost(const hark_module* module) : module_(module) {
    if (plugin().on_timer == nullptr) without_timers();
  }
  explicit BareHost(const std::filesystem::path& library) : BareHost(load_module(library)) {}
  BareHost(const BareHost&) = delete;
  BareHost& operator=(const BareHost&) = delete;
  ~BareHost() { end(); }

  const hark_module& module() const { return *module_; }
  const hark_plugin& plugin() const { return *module_->plugin; }

  // ---- driving the plugin -----------------------------------------------------------------------------------
  Answered create(std::string options = "{}", std::string name = "test", std::uint32_t role = HARK_ROLE_SUBSCRIBER,
                  std::string state_dir = {}, std::uint32_t generation = 0) {
    if (instance_ != nullptr) throw std::logic_error("BareHost: create() twice");
    options_ = std::move(options);
    hark_create_info info{};
    info.size = sizeof info;
    info.role = role;
    info.generation = generation;
    info.name = str(name);
    info.options = str(options_);
    info.state_dir = str(state_dir);
    return call([&](hark_error* err) { return plugin().create(table(), &info, &instance_, err); });
  }
  Answered start() {
    if (plugin().start == nullptr) return {};
    return call([&](hark_error* err) { return plugin().start(instance(), err); });
  }
  Answered handle(const Given& given) {
    const std::unique_ptr<Held> held = hand_over(given);
    const Answered a = call([&](hark_error* err) { return plugin().handle(instance(), &held->delivery, err); });
    settle(held->delivery.ticket, a.code);
    return a;
  }
  Answered handle(std::string type, std::string data = "{}") {
    Given given;
    given.type = std::move(type);
    given.data = std::move(data);
    return handle(given);
  }
  // One answer for each event; the text of the call is in the first that failed.
  std::vector<Answered> handle_batch(const std::vector<Given>& given) {
    std::vector<std::unique_ptr<Held>> held;
    std::vector<const hark_delivery*> deliveries;
    for (const Given& g : given) {
      held.push_back(hand_over(g));
      deliveries.push_back(&held.back()->delivery);
    }
    std::vector<hark_result> slots(given.size(), HARK_UNSET);
    const auto n = static_cast<std::uint32_t>(given.size());
    const Answered all = call(
        [&](hark_error* err) { return plugin().handle_batch(instance(), deliveries.data(), n, slots.data(), err); });
    std::vector<Answered> out;
    std::string text = all.text;
    for (std::size_t i = 0; i < slots.size(); ++i) {
      Answered a{slots[i] == HARK_UNSET ? all.code : slots[i], {}};
      if (a.code < 0) a.text = std::exchange(text, {});
      settle(deliveries[i]->ticket, a.code);
      out.push_back(std::move(a));
    }
    return out;
  }
  Answered flush() {
    if (plugin().flush == nullptr) return {};
    return call([&](hark_error* err) { return plugin().flush(instance(), soon(), err); });
  }
  Answered reconfigure() {
    if (plugin().reconfigure == nullptr) return {HARK_NOSUPPORT, {}};
    return call([&](hark_error* err) { return plugin().reconfigure(instance(), err); });
  }
  Answered on_timer(std::uint64_t user) {
    return call([&](hark_error* err) { return plugin().on_timer(instance(), user, err); });
  }
  // Moves the clock of the plugin's timers, which stands still otherwise, and calls on_timer() for each that comes due
  // on the way, in the order of their times. One answer for each call.
  std::vector<Answered> advance(std::chrono::nanoseconds by) {
    std::vector<Answered> answers;
    const std::int64_t until = timer_clock_ns() + by.count();
    for (std::uint64_t user = 0; next_timer(until, user);) answers.push_back(on_timer(user));
    return answers;
  }
  void outcome(std::uint32_t stage, std::vector<std::uint64_t> tokens, hark_result r = HARK_OK) {
    plugin().outcome(instance(), stage, tokens.data(), static_cast<std::uint32_t>(tokens.size()), r);
  }
  // outcome() for all tokens that were published with the stage's flag and not told yet; how many these were.
  std::size_t tell(std::uint32_t stage, hark_result r = HARK_OK) {
    const std::vector<std::uint64_t> tokens =
        take_untold(stage == HARK_STAGE_KEPT ? HARK_M_TELL_KEPT : HARK_M_TELL_SETTLED);
    if (!tokens.empty()) outcome(stage, tokens, r);
    return tokens.size();
  }
  Answered stop() {
    if (stopped_) return {};
    stopped_ = true;
    stopping();
    revoke_timers();
    if (plugin().stop == nullptr) return {};
    return call([&](hark_error* err) { return plugin().stop(instance(), soon(), err); });
  }
  // stop() and destroy(); create() may follow.
  void end() {
    if (instance_ == nullptr) return;
    (void)stop();
    plugin().destroy(std::exchange(instance_, nullptr));
    stopped_ = false;
    stopping(false);
  }

 private:
  hark_instance* instance() const {
    if (instance_ == nullptr) throw std::logic_error("BareHost: create() first");
    return instance_;
  }
  template <class F>
  static Answered call(F&& f) {
    hark_error err{};
    const hark_result r = f(&err);
    return {r, std::string(err.msg, std::min<std::size_t>(err.len, sizeof err.msg))};
  }
  static std::int64_t soon() { return now() + 10'000'000'000; }

  const hark_module* module_;
  hark_instance* instance_ = nullptr;
  std::string options_;
  bool stopped_ = false;
};

}  // namespace hark::testing
