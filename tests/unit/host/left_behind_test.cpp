// A plugin that never comes back. Last of its binary: its thread stays for as long as the process.
#include "plugin_stage.h"

using namespace hark;
using namespace hark::test;

TEST_CASE("a plugin that hangs in its handler is left behind and what was queued is dead-lettered") {
  // The thread never comes back: nothing of this host can be taken down, and all of it is leaked on purpose.
  PluginStage& stage = *new PluginStage;
  FunctionPlugin& p = *new FunctionPlugin;
  Gate& gate = *new Gate;
  p.on_handle = [&](const hark_delivery&, hark_error*) {
    for (;;) gate.pass();
    return HARK_OK;
  };
  host::Instance& i = stage.run(p, "a", {"n"});
  for (int k = 0; k < 3; ++k) stage.publish("n");
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
}
