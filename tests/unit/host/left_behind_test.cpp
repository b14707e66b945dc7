// A plugin that never comes back in time. Last of its binary: its thread stays for as long as the process.
#include "core/text.h"
#include "plugin_stage.h"

using namespace hark;
using namespace hark::test;

TEST_CASE("a plugin that hangs in its handler is left behind and what was queued is dead-lettered") {
  // The thread never comes back: nothing of this host can be taken down, and all of it is leaked on purpose.
  PluginStage& stage = *new PluginStage;
  FunctionPlugin& p = *new FunctionPlugin;
  Gate& gate = *new Gate;
  std::atomic<bool>& same = *new std::atomic<bool>;
  // Large: a record of its own, freed with its last reference.
  const std::string& data = *new std::string("\"" + std::string(19'998, 'x') + "\"");
  p.on_handle = [&](const hark_delivery& d, hark_error*) {
    gate.pass();
    same = core::view(d.event->type) == "n" && core::view(d.event->data) == data;
    return HARK_OK;
  };
  host::Instance& i = stage.run(p, "a", {"n"});
  for (int k = 0; k < 3; ++k) stage.publish("n", data);
  REQUIRE(eventually([&] { return gate.waiting() == 1; }));
  const std::int64_t until = core::now_ns() + 50'000'000;
  CHECK_FALSE(i.stop(until, [until] { return core::now_ns() < until; }));
  CHECK_FALSE(i.stop(until));
  const auto reading = stage.bus.read();
  CHECK(reading.balances());
  CHECK(reading.subscribers.at(0).dead[static_cast<std::size_t>(bus::Reason::shutdown)] == 3);
  CHECK(stage.log.has("a: does not come back from a delivery"));
  CHECK(p.count("stop") == 0);
  CHECK(p.publish("n") == HARK_CLOSING);
  gate.open();
  CHECK(eventually([&] { return same.load(); }));  // the event that it holds is still there
}

TEST_CASE("a plugin that hangs in a timer is left behind and what was queued is dead-lettered") {
  PluginStage& stage = *new PluginStage;  // leaked as above
  FunctionPlugin& p = *new FunctionPlugin;
  Gate& gate = *new Gate;
  p.table.on_timer = [](hark_instance*, std::uint64_t user, hark_error*) -> hark_result {
    for (;;) reinterpret_cast<Gate*>(user)->pass();
  };
  host::Instance& i = stage.run(p, "a", {"n"});
  const auto* timers = static_cast<const hark_ext_timers*>(p.host->extension(p.host, "hark.timers/1"));
  std::uint64_t id = 0;
  REQUIRE(timers->start(p.host, 0, 0, reinterpret_cast<std::uintptr_t>(&gate), &id) == HARK_OK);
  REQUIRE(eventually([&] { return gate.waiting() == 1; }));
  for (int k = 0; k < 3; ++k) stage.publish("n");
  const std::int64_t until = core::now_ns() + 50'000'000;
  CHECK_FALSE(i.stop(until, [until] { return core::now_ns() < until; }));
  const auto reading = stage.bus.read();
  CHECK(reading.balances());
  CHECK(reading.subscribers.at(0).dead[static_cast<std::size_t>(bus::Reason::shutdown)] == 3);
  CHECK(stage.log.has("a: does not come back from a delivery or timer"));
  CHECK(p.calls() == std::vector<std::string>{"create", "start"});
}
