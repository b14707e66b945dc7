// hark.timers/1 as a plugin sees it, through the life of its instance.
#include <stdexcept>
#include <thread>

#include "plugin_stage.h"

using namespace hark;
using namespace hark::test;

namespace {

constexpr std::int64_t ms = 1'000'000;

struct TimerPlugin : FunctionPlugin {
  TimerPlugin() {
    table.on_timer = [](hark_instance* i, std::uint64_t user, hark_error* e) {
      auto& p = static_cast<TimerPlugin&>(*reinterpret_cast<FunctionPlugin*>(i));
      ++p.ticks;
      return p.on_timer ? p.on_timer(user, e) : HARK_OK;
    };
  }
  const hark_ext_timers* timers() const {
    return static_cast<const hark_ext_timers*>(host->extension(host, "hark.timers/1"));
  }
  hark_result start(std::int64_t delay_ns, std::int64_t period_ns = 0, std::uint64_t user = 0,
                    std::uint64_t* id = nullptr) const {
    std::uint64_t ignored = 0;
    return timers()->start(host, delay_ns, period_ns, user, id != nullptr ? id : &ignored);
  }
  std::function<hark_result(std::uint64_t, hark_error*)> on_timer;
  std::atomic<int> ticks{0};
};

host::InstanceOptions as_source() {
  host::InstanceOptions o;
  o.role = HARK_ROLE_SOURCE;
  return o;
}

}  // namespace

TEST_CASE("a timer of create fires once the instance has started and not before") {
  TimerPlugin p;
  p.on_create = [&](hark_error*) { return p.start(0); };
  PluginStage stage;
  host::Instance& i = stage.make(p, "a", {"n"});
  REQUIRE(i.create());
  i.flush(stage.soon());  // a turn of the lane
  CHECK(p.ticks == 0);
  REQUIRE(i.start());
  CHECK(eventually([&] { return p.ticks == 1; }));
}

TEST_CASE("a source has timers") {
  TimerPlugin p;
  p.table.caps = HARK_CAP_SOURCE;
  p.table.handle = nullptr;
  PluginStage stage;
  stage.run(p, "a", {}, as_source());
  REQUIRE(p.start(0, ms) == HARK_OK);
  CHECK(eventually([&] { return p.ticks >= 3; }));
}

TEST_CASE("a source that has been stopped while the host drains has no more timers") {
  TimerPlugin p, other;
  p.table.caps = HARK_CAP_SOURCE;
  p.table.handle = nullptr;
  PluginStage stage;
  host::Instance& i = stage.run(p, "a", {}, as_source());
  stage.run(other, "b", {"n"});
  REQUIRE(p.start(0, ms) == HARK_OK);
  REQUIRE(eventually([&] { return p.ticks >= 1; }));
  CHECK(i.silence(stage.soon()));
  CHECK(p.count("stop") == 1);
  const int ticks = p.ticks;
  REQUIRE(other.start(0, 5 * ms) == HARK_OK);
  REQUIRE(eventually([&] { return other.ticks >= 3; }));
  CHECK(p.ticks == ticks);
  CHECK(p.start(0) != HARK_OK);
  CHECK(i.stop(stage.soon()));
  CHECK(p.count("stop") == 1);
}

TEST_CASE("an affine plugin's timers fire on its one thread") {
  TimerPlugin p;
  p.table.threads = HARK_THREADS_AFFINE;
  std::vector<std::thread::id> threads;
  p.on_start = [&](hark_error*) { return threads.push_back(std::this_thread::get_id()), p.start(0); };
  p.on_timer = [&](std::uint64_t, hark_error*) { return threads.push_back(std::this_thread::get_id()), HARK_OK; };
  PluginStage stage;
  host::Instance& i = stage.run(p, "a", {"n"});
  REQUIRE(eventually([&] { return p.ticks == 1; }));
  i.stop(stage.soon());
  REQUIRE(threads.size() == 2);
  CHECK(threads[0] == threads[1]);
}

TEST_CASE("what is published in on_timer has no cause unless it names one") {
  TimerPlugin p, hears;
  const hark_event* kept = nullptr;
  p.on_handle = [&](const hark_delivery& d, hark_error*) {
    if (p.host->retain(p.host, d.event, &kept) != HARK_OK) return HARK_REJECT;
    return p.start(0);
  };
  p.on_timer = [&](std::uint64_t, hark_error*) {
    p.publish("out");
    return p.publish("out", 0, kept);
  };
  std::vector<core::Uid> causes;
  hears.on_handle = [&](const hark_delivery& d, hark_error*) {
    causes.push_back(core::Uid::from(d.event->cause));
    return HARK_OK;
  };
  PluginStage stage;
  stage.run(p, "p", {"in"});
  host::Instance& h = stage.run(hears, "h", {"out"});
  stage.publish("in");
  REQUIRE(eventually([&] { return hears.count("handle") == 2; }));
  h.stop(stage.soon());
  REQUIRE(causes.size() == 2);
  CHECK(causes[0].is_nil());
  CHECK(causes[1] == core::Uid::from(kept->uid));
  p.host->release(p.host, kept);
}

TEST_CASE("timers of a broken generation do not fire in the next") {
  TimerPlugin p;
  std::atomic<int> stray{0};
  p.on_timer = [&](std::uint64_t user, hark_error* e) {
    if (user == 1) return say(e, "clock torn"), HARK_FATAL;
    if (user != 10 + p.generation) ++stray;
    return HARK_OK;
  };
  p.on_start = [&](hark_error*) { return p.start(0, ms, 10 + p.generation); };
  PluginStage stage;
  stage.run(p, "a", {"n"});
  REQUIRE(eventually([&] { return p.ticks >= 2; }));
  REQUIRE(p.start(0, 0, 1) == HARK_OK);
  REQUIRE(eventually([&] { return p.generation == 1; }));
  const int ticks = p.ticks;
  CHECK(eventually([&] { return p.ticks >= ticks + 3; }));
  CHECK(stray == 0);
  CHECK(stage.log.has("a: is broken, restarting it: on_timer: clock torn"));
}

TEST_CASE("a source whose timer breaks it once too often is finished") {
  TimerPlugin p;
  p.table.caps = HARK_CAP_SOURCE;
  p.table.handle = nullptr;
  p.on_timer = [](std::uint64_t, hark_error*) -> hark_result { throw std::runtime_error("no sensor"); };
  p.on_start = [&](hark_error*) { return p.start(0); };
  host::InstanceOptions o = as_source();
  o.restart = {1, std::chrono::hours(1)};
  PluginStage stage;
  host::Instance& i = stage.run(p, "a", {}, o);
  CHECK(eventually([&] { return p.count("destroy") == 2; }));
  CHECK(i.stop(stage.soon()));
  CHECK(stage.finished == std::vector<std::string>{"-3 its plugin is broken"});
  CHECK(stage.log.has("on_timer: no sensor"));
}

TEST_CASE("no timer fires while an instance stops and none can be started") {
  TimerPlugin p;
  hark_result started = HARK_OK, cancelled = HARK_OK;
  std::uint64_t id = 0;
  int ticks_in_stop = -1;
  std::atomic<bool> stopping{false};
  std::atomic<int> late{0};
  p.on_timer = [&](std::uint64_t, hark_error*) { return stopping ? (++late, HARK_OK) : HARK_OK; };
  p.on_stop = [&](hark_error*) {
    stopping = true;
    started = p.start(0);
    cancelled = p.timers()->cancel(p.host, id);
    ticks_in_stop = p.ticks;
    return HARK_OK;
  };
  PluginStage stage;
  host::Instance& i = stage.run(p, "a", {"n"});
  REQUIRE(p.start(0, ms / 10, 0, &id) == HARK_OK);
  REQUIRE(eventually([&] { return p.ticks >= 3; }));
  CHECK(i.stop(stage.soon()));
  CHECK(started == HARK_CLOSING);
  CHECK(cancelled == HARK_STALE);
  CHECK(p.ticks == ticks_in_stop);
  CHECK(late == 0);
  CHECK(p.start(0) == HARK_CLOSING);
}

TEST_CASE("a plugin without on_timer is offered no timers and wrong arguments are refused") {
  FunctionPlugin deaf;
  TimerPlugin p;
  PluginStage stage;
  stage.run(deaf, "deaf", {"n"});
  stage.run(p, "p", {"n"});
  CHECK(deaf.host->extension(deaf.host, "hark.timers/1") == nullptr);
  CHECK(p.start(-1) == HARK_INVALID);
  CHECK(p.timers()->start(p.host, 0, 0, 0, nullptr) == HARK_INVALID);
  CHECK(p.timers()->cancel(p.host, 0) == HARK_STALE);
}
