// A bus with plugins made of plain tables, and all that it says about them.
#pragma once

#include <catch2/catch.hpp>

#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "bus/bus.h"
#include "core/clock.h"
#include "core/stack_sampler.h"
#include "core/text.h"
#include "support/eventually.h"
#include "support/message.h"
#include "support/temp_folder.h"

namespace hark::test {

using namespace std::chrono_literals;
using bus::Publish;
using bus::Reason;
using bus::Refusal;

inline constexpr std::int64_t ms = 1'000'000;

inline void say(hark_error* error, std::string_view text) {
  error->len = static_cast<std::uint32_t>(text.copy(error->msg, sizeof error->msg));
}

// Everything the bus tells, kept. Thread: any.
class Observed final : public bus::Observer {
 public:
  struct Letter {
    std::string subscriber, reason, error, type, data;
    std::uint32_t attempts;
    bool kept;
  };
  struct Failed {
    std::string who, error, data;
    std::uint32_t attempt;
    hark_result result;
    bool will_retry;
  };

  void failed(const bus::Failure& f) override {
    const std::lock_guard lock(mutex_);
    failures_.push_back(
        {f.who.name, std::string(f.error), std::string(core::view(f.event.data)), f.attempt, f.result, f.will_retry});
  }
  void dead_lettered(const store::DeadLetter& l, const core::Result<void>& kept) override {
    const std::lock_guard lock(mutex_);
    letters_.push_back({std::string(l.subscriber), std::string(l.reason), std::string(l.error),
                        std::string(core::view(l.event->type)), std::string(core::view(l.event->data)), l.attempts,
                        kept.has_value()});
  }
  void dropped(const bus::Identity& who, const hark_event& event, std::string_view reason) override {
    note("dropped " + who.name + " " + std::string(reason) + " " + std::string(core::view(event.data)));
  }
  void quarantined(const bus::Identity& who, std::uint32_t failures, std::string_view why) override {
    note("quarantined " + who.name + " " + std::to_string(failures) + " " + std::string(why));
  }
  void recovered(const bus::Identity& who) override { note("recovered " + who.name); }
  void held(const bus::Identity& who, std::string_view why, std::chrono::nanoseconds) override {
    note("held " + who.name + " " + std::string(why));
  }
  void spilling(const bus::Identity& who, bus::Spilling what, std::string_view why) override {
    static constexpr std::string_view words[] = {"began", "ended", "failing", "works again"};
    note("spill " + who.name + " " + std::string(words[static_cast<std::size_t>(what)]) + " " + std::string(why));
  }
  void loop_cut(const hark_event&, std::string_view publisher, std::string_view chain) override {
    note("loop " + std::string(publisher) + " " + std::string(chain));
  }
  void misbehaved(const bus::Identity& who, const core::Uid&, std::string_view what) override {
    note("misbehaved " + who.name + " " + std::string(what));
  }
  void overstays(const bus::Overstay& o) override {
    note("overstays " + o.who.name);
    note("stack of " + o.who.name + ": " + core::stack_text(o.stack));
  }
  void degraded(bool is, std::size_t stuck) override { note((is ? "degraded " : "well ") + std::to_string(stuck)); }

  std::vector<Letter> letters() const {
    const std::lock_guard lock(mutex_);
    return letters_;
  }
  std::vector<Failed> failures() const {
    const std::lock_guard lock(mutex_);
    return failures_;
  }
  std::vector<std::string> notes(std::string_view beginning) const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> found;
    for (const std::string& n : notes_) {
      if (n.starts_with(beginning)) found.push_back(n);
    }
    return found;
  }

 private:
  void note(std::string text) {
    const std::lock_guard lock(mutex_);
    notes_.push_back(std::move(text));
  }
  mutable std::mutex mutex_;
  std::vector<Letter> letters_;
  std::vector<Failed> failures_;
  std::vector<std::string> notes_;
};

// One delivery as the plugin saw it.
struct Got {
  std::string type, data;
  std::uint32_t attempt, flags;
  std::uint64_t ticket, subscription;
  core::Uid uid, cause, root;
  std::uint16_t hops;
  std::thread::id thread;
};

// A subscriber whose plugin is a function. It is its own Keeper: on_restart answers whether there is a next generation.
class Listener final : private bus::Keeper {
 public:
  using Handle = std::function<hark_result(const hark_delivery&, hark_error*)>;

  Listener(bus::Bus& b, const std::string& name, const bus::SubscriberOptions& options, Handle handle)
      : subscriber(b.add_subscriber({name, "test." + name, "1.0"}, options)), handle_(std::move(handle)) {
    table.size = sizeof table;
    table.caps = HARK_CAP_SUBSCRIBER;
    table.id = table.name = table.version = "test";
    table.handle = [](hark_instance* i, const hark_delivery* d, hark_error* e) { return self(i).take(*d, e); };
  }
  void open() {
    subscriber.lane().call([this] { subscriber.lane().open({&table, instance(), contained}, *this); });
  }

  std::vector<Got> got() const {
    const std::lock_guard lock(mutex_);
    return got_;
  }
  std::size_t count() const {
    const std::lock_guard lock(mutex_);
    return got_.size();
  }
  std::vector<std::string> data() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> all;
    for (const Got& g : got_) all.push_back(g.data);
    return all;
  }
  int restarts() const { return restarts_; }
  bus::Lane& lane() { return subscriber.lane(); }
  bool complete(std::uint64_t ticket, hark_result r, std::int64_t retry_after_ns = 0) {
    return lane().complete(ticket, r, retry_after_ns, nullptr);
  }
  static Listener& self(hark_instance* i) { return *reinterpret_cast<Listener*>(i); }
  void note(const hark_delivery& d) {
    const hark_event& e = *d.event;
    const std::lock_guard lock(mutex_);
    got_.push_back({std::string(core::view(e.type)), std::string(core::view(e.data)), d.attempt, d.flags, d.ticket,
                    d.subscription, core::Uid::from(e.uid), core::Uid::from(e.cause), core::Uid::from(e.root), e.hops,
                    std::this_thread::get_id()});
  }

  bus::Subscriber& subscriber;
  hark_plugin table{};
  bool contained = false;  // then handle_batch is what is called
  std::function<bool()> on_restart = [] { return true; };

 private:
  hark_instance* instance() { return reinterpret_cast<hark_instance*>(this); }
  hark_result take(const hark_delivery& d, hark_error* e) {
    note(d);
    return handle_(d, e);
  }
  std::optional<bus::Callee> restart(std::string_view) override {
    ++restarts_;
    if (!on_restart()) return std::nullopt;
    return bus::Callee{&table, instance(), contained};
  }

  const Handle handle_;
  mutable std::mutex mutex_;
  std::vector<Got> got_;
  std::atomic<int> restarts_{0};
};

// Three attempts, a millisecond apart, and no breaker.
inline bus::SubscriberOptions quick() {
  bus::SubscriberOptions o;
  o.lane.delivery.retry = {3, 1ms, 4ms, false};
  o.lane.delivery.breaker.open_after = 0;
  return o;
}

inline Listener::Handle answers(hark_result r) {
  return [r](const hark_delivery&, hark_error*) { return r; };
}

struct World {
  explicit World(const bus::BusOptions& options = {16, 1u << 20, 2})
      : bus(options, seen, letters), from(bus.add_publisher("from")) {}
  ~World() { end(); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  using HandleBatch = hark_result (*)(hark_instance*, const hark_delivery* const*, std::uint32_t, hark_result*,
                                      hark_error*);
  Listener& add(const std::string& name, Listener::Handle handle, const bus::SubscriberOptions& options = quick(),
                std::string_view pattern = "**", HandleBatch handle_batch = nullptr) {
    Listener& l = *listeners.emplace_back(std::make_unique<Listener>(bus, name, options, std::move(handle)));
    l.table.handle_batch = handle_batch;
    l.contained = options.lane.stream;
    l.open();
    if (!pattern.empty()) hear(l, pattern, true);
    return l;
  }
  std::uint64_t hear(Listener& l, std::string_view pattern, bool configured = false) {
    return bus.registry().add(l.subscriber, topic::Pattern::parse(pattern).value(), {}, configured);
  }
  Publish publish(std::string_view type, std::string_view data = "{}", const bus::ChainLink* cause = nullptr) {
    std::string why;
    return bus.publish(from, message(type, data), cause, nullptr, why);
  }
  Publish publish_wait(std::string_view type, std::string_view data, std::int64_t until_ns = core::never_ns) {
    std::string why;
    return bus.publish_wait(from, message(type, data), nullptr, until_ns, nullptr, why);
  }
  bool quiet() {
    return bus.wait_quiet(core::now_ns() + std::chrono::nanoseconds(patience).count()) &&
           eventually([&] { return bus.read().balances(); });
  }
  void stop(Listener& l) {
    bus.revoke(l.subscriber);
    l.lane().call([&] {
      l.lane().stop_deliveries();
      l.lane().close();
    });
  }
  bus::SubscriberReading read(const Listener& l) const { return bus.read().subscribers.at(l.subscriber.index()); }
  std::uint64_t dead(const Listener& l, Reason r) const { return read(l).dead[static_cast<std::size_t>(r)]; }
  std::uint64_t dropped(const Listener& l, Reason r) const { return read(l).dropped[static_cast<std::size_t>(r)]; }
  std::uint64_t refused(Refusal r) const {
    return bus.read().publishers.at(from.index).refused[static_cast<std::size_t>(r)];
  }

  // Stops all and looks whether every event is accounted for, with nothing left anywhere.
  void end() {
    if (ended) return;
    ended = true;
    for (const auto& l : listeners) stop(*l);
    if (std::uncaught_exceptions() != 0) return;  // the test has failed already
    const bus::LedgerReading reading = bus.read();
    CHECK(reading.balances());
    for (const bus::SubscriberReading& s : reading.subscribers) {
      INFO(s.name << " queued " << s.queued << " in flight " << s.in_flight << " retrying " << s.retrying);
      CHECK(s.queued + s.in_flight + s.retrying == 0);
    }
    for (const auto& l : listeners) CHECK(l->subscriber.inbox().credits().events() == 0);
  }

  TempFolder folder;
  Observed seen;
  store::DeadLetters letters{folder.path() / "dead.ndjson", 1u << 30};
  bus::Bus bus;
  bus::Publisher& from;
  std::vector<std::unique_ptr<Listener>> listeners;
  bool ended = false;
};

}  // namespace hark::test
