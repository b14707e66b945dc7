// The life of an instance: create, start, deliveries, flush, stop, destroy.
#include "host/instance.h"

#include <stdexcept>
#include <thread>

#include "plugin_stage.h"

using namespace hark;
using namespace hark::test;
using Calls = std::vector<std::string>;

namespace {

std::string error_of(const core::Result<void>& r) { return r ? "none" : r.error().message; }

}  // namespace

TEST_CASE("an instance is called in the order that the ABI promises") {
  FunctionPlugin p;
  PluginStage stage;
  host::Instance& i = stage.run(p, "a", {"n"});
  stage.publish("n");
  REQUIRE(stage.quiet());
  i.flush(stage.soon());
  CHECK(i.stop(stage.soon()));
  CHECK(i.stop(stage.soon()));
  CHECK(p.calls() == Calls{"create", "start", "handle", "flush", "stop", "destroy"});
}

TEST_CASE("an instance whose create fails is not touched again") {
  for (const int how : {0, 1, 2, 3}) {
    PluginStage stage;
    FunctionPlugin p;
    p.on_create = [how](hark_error* e) -> hark_result {
      if (how == 0) return say(e, "no such database"), HARK_REJECT;
      if (how == 1) throw std::runtime_error("no memory");
      if (how == 2) throw 42;
      return HARK_PENDING;  // not one of its codes
    };
    host::Instance& i = stage.make(p, "a", {"n"});
    const std::string error = error_of(i.create());
    CHECK(error == std::array{"create: no such database", "create: create threw: no memory",
                              "create: create threw something that is not a std::exception",
                              "create: code 1"}[static_cast<std::size_t>(how)]);
    i.stop(stage.soon());
    CHECK(p.calls() == Calls{"create"});
  }
}

TEST_CASE("a create that answers OK and makes nothing has failed") {
  FunctionPlugin p;
  p.table.create = [](const hark_host*, const hark_create_info*, hark_instance**, hark_error*) { return HARK_OK; };
  PluginStage stage;
  CHECK(error_of(stage.make(p, "a", {"n"}).create()) == "create: answered OK and made nothing");
}

TEST_CASE("an instance whose start fails hears nothing and is destroyed without stop") {
  FunctionPlugin p;
  p.on_start = [](hark_error* e) { return say(e, "port 80 is taken"), HARK_REJECT; };
  PluginStage stage;
  host::Instance& i = stage.make(p, "a", {"n"});
  REQUIRE(i.create());
  CHECK(error_of(i.start()) == "start: port 80 is taken");
  stage.publish("n");
  i.stop(stage.soon());
  CHECK(p.calls() == Calls{"create", "start", "destroy"});
}

TEST_CASE("what flush stop and destroy throw or answer is noted and ends nothing") {
  FunctionPlugin p;
  p.on_flush = [](hark_error*) -> hark_result { throw std::runtime_error("flushed out"); };
  p.on_stop = [](hark_error* e) { return say(e, "unwilling"), HARK_REJECT; };
  p.on_destroy = [] { throw 7; };
  PluginStage stage;
  host::Instance& i = stage.run(p, "a", {"n"});
  i.flush(stage.soon());
  CHECK(i.stop(stage.soon()));
  CHECK(stage.log.has("a: flush: flush threw: flushed out"));
  CHECK(stage.log.has("a: stop: unwilling"));
  CHECK(stage.log.has("a: destroy threw something that is not a std::exception"));
}

TEST_CASE("functions that a plugin leaves out succeed") {
  FunctionPlugin p;
  p.table.start = nullptr;
  p.table.flush = nullptr;
  p.table.stop = nullptr;
  PluginStage stage;
  host::Instance& i = stage.run(p, "a", {"n"});
  stage.publish("n");
  REQUIRE(stage.quiet());
  i.flush(stage.soon());
  i.stop(stage.soon());
  CHECK(p.calls() == Calls{"create", "handle", "destroy"});
}

TEST_CASE("FATAL stops and destroys the instance and makes its next generation") {
  FunctionPlugin p;
  p.on_handle = [&](const hark_delivery& d, hark_error* e) {
    CHECK_NOTHROW(say(e, "lost it"));
    return p.generation == 0 && d.attempt == 1 ? HARK_FATAL : HARK_OK;
  };
  PluginStage stage;
  stage.run(p, "a", {"n"});
  stage.publish("n");
  REQUIRE(stage.quiet());
  CHECK(p.calls() == Calls{"create", "start", "handle", "stop", "destroy", "create", "start", "handle"});
  CHECK(p.generation == 1);
  CHECK(stage.log.has("a: is broken, restarting it: lost it"));
}

TEST_CASE("past the restart intensity the instance stays out of dispatch") {
  FunctionPlugin p;
  p.on_handle = [](const hark_delivery&, hark_error*) { return HARK_FATAL; };
  host::InstanceOptions o;
  o.restart = {2, std::chrono::hours(1)};
  PluginStage stage;
  host::Instance& i = stage.run(p, "a", {"n"}, o);
  for (int k = 0; k < 4; ++k) stage.publish("n");
  REQUIRE(eventually([&] { return stage.bus.read().subscribers.at(0).quarantined; }));
  CHECK(p.count("create") == 3);
  CHECK(p.count("destroy") == 3);
  CHECK(stage.log.has("a: restarted as often as"));
  CHECK(i.stop(stage.soon()));
  CHECK(p.count("stop") == 3);
}

TEST_CASE("a generation that does not start counts as a restart and the next one is tried") {
  FunctionPlugin p;
  p.on_start = [&](hark_error* e) { return p.generation == 1 ? (say(e, "not yet"), HARK_RETRY) : HARK_OK; };
  p.on_handle = [&](const hark_delivery&, hark_error*) { return p.generation == 0 ? HARK_FATAL : HARK_OK; };
  PluginStage stage;
  stage.run(p, "a", {"n"});
  stage.publish("n");
  REQUIRE(stage.quiet());
  CHECK(p.generation == 2);
  CHECK(stage.log.has("a: start: not yet"));
  CHECK(stage.bus.read().subscribers.at(0).acknowledged == 1);
}

TEST_CASE("what an instance still retains when it is destroyed is told and let go") {
  FunctionPlugin p;
  p.on_handle = [&](const hark_delivery& d, hark_error*) {
    const hark_event* kept = nullptr;
    return p.host->retain(p.host, d.event, &kept);
  };
  PluginStage stage;
  host::Instance& i = stage.run(p, "a", {"n"});
  for (int k = 0; k < 3; ++k) stage.publish("n");
  REQUIRE(stage.quiet());
  i.stop(stage.soon());
  CHECK(stage.log.has("a: still held 3 retained event(s)"));
}

// Regression: what a plugin subscribed to while it was being stopped was queued for it for ever.
TEST_CASE("a subscription made while stopping leaves nothing behind") {
  FunctionPlugin p;
  hark_result answer = HARK_INVALID;
  p.on_stop = [&](hark_error*) {
    const auto* ext = static_cast<const hark_ext_subscriptions*>(p.host->extension(p.host, "hark.subscriptions/1"));
    std::uint64_t id = 0;
    answer = ext->subscribe(p.host, core::str("late"), &id);
    p.publish("late");
    return HARK_OK;
  };
  PluginStage stage;
  host::Instance& i = stage.run(p, "a", {"n"});
  i.stop(stage.soon());
  stage.publish("late");
  CHECK(answer == HARK_OK);
  CHECK(stage.bus.registry().size() == 0);
  const auto s = stage.bus.read().subscribers.at(0);
  CHECK(s.queued == 0);
}

// Regression: what was published in a [control] call reached inline subscribers by chance, or never.
TEST_CASE("what is published in start and stop reaches inline subscribers") {
  FunctionPlugin in_line, speaks;
  in_line.table.caps |= HARK_CAP_INLINE;
  in_line.table.threads = HARK_THREADS_CONCURRENT;
  host::InstanceOptions o;
  o.in_line = true;
  PluginStage stage;
  stage.run(in_line, "inline", {"n"}, o);
  speaks.on_start = speaks.on_stop = [&](hark_error*) { return speaks.publish("n"); };
  host::Instance& i = stage.run(speaks, "speaks", {"other"});
  CHECK(in_line.count("handle") == 1);
  i.stop(stage.soon());
  CHECK(in_line.count("handle") == 2);
}

TEST_CASE("an affine plugin sees one thread from create to destroy") {
  FunctionPlugin p;
  p.table.threads = HARK_THREADS_AFFINE;
  std::vector<std::thread::id> threads;
  const auto note = [&](hark_error*) {
    threads.push_back(std::this_thread::get_id());
    return HARK_OK;
  };
  p.on_create = p.on_start = p.on_stop = p.on_flush = note;
  p.on_destroy = [&] { note(nullptr); };
  p.on_handle = [&](const hark_delivery&, hark_error* e) { return note(e); };
  PluginStage stage;
  host::Instance& i = stage.run(p, "a", {"n"});
  for (int k = 0; k < 5; ++k) stage.publish("n");
  REQUIRE(stage.quiet());
  i.flush(stage.soon());
  i.stop(stage.soon());
  REQUIRE(threads.size() == 10);
  CHECK(std::count(threads.begin(), threads.end(), threads[0]) == 10);
  CHECK(threads[0] != std::this_thread::get_id());
}

TEST_CASE("a source is told what was kept after its stop too and never after destroy") {
  FunctionPlugin source, slow;
  source.table.caps = HARK_CAP_SOURCE;
  source.table.handle = nullptr;
  static std::atomic<int> told;
  told = 0;
  source.table.outcome = [](hark_instance*, std::uint32_t stage, const std::uint64_t* tokens, std::uint32_t n,
                            hark_result r) {
    for (std::uint32_t k = 0; k < n; ++k) told += stage == HARK_STAGE_KEPT && r == HARK_OK && tokens[k] < 3 ? 1 : 100;
  };
  Gate gate;
  slow.on_handle = [&](const hark_delivery&, hark_error*) {
    gate.pass();
    return HARK_OK;
  };
  PluginStage stage;
  host::InstanceOptions as_source;
  as_source.role = HARK_ROLE_SOURCE;
  host::Instance& from = stage.run(source, "from", {}, as_source);
  host::Instance& to = stage.run(slow, "to", {"n"});
  for (std::uint64_t k = 0; k < 3; ++k) {
    hark_message m = FunctionPlugin::message("n");
    m.flags = HARK_M_TELL_KEPT;
    m.token = k;
    REQUIRE(source.host->publish(source.host, &m, nullptr) == HARK_OK);
  }
  CHECK(from.silence(stage.soon()));
  CHECK(source.count("stop") == 1);
  CHECK(source.publish("n") == HARK_CLOSING);
  CHECK(told == 0);
  gate.open();
  CHECK(eventually([&] { return told == 3; }));
  CHECK(to.stop(stage.soon()));
  CHECK(from.stop(stage.soon()));
  CHECK(source.count("destroy") == 1);
  CHECK(told == 3);
}

TEST_CASE("what a plugin lacks for what the config wants of it is said") {
  hark_plugin p{};
  host::InstanceOptions o;
  o.name = "x";
  p.caps = HARK_CAP_SOURCE;
  CHECK(host::unfit(p, o) == "is a source, not a subscriber; configure it under [sources.x]");
  o.role = HARK_ROLE_SOURCE;
  CHECK(host::unfit(p, o).empty());
  p.caps = HARK_CAP_SUBSCRIBER | HARK_CAP_INLINE;
  CHECK(host::unfit(p, o) == "is not a source; configure it under [subscribers.x]");
  o.role = HARK_ROLE_SUBSCRIBER;
  CHECK(host::unfit(p, o).empty());
  o.in_line = true;
  CHECK_FALSE(host::unfit(p, o).empty());
  p.threads = HARK_THREADS_CONCURRENT;
  CHECK(host::unfit(p, o).empty());
}
