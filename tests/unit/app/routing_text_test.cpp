// The routing as a table.
#include <catch2/catch.hpp>

#include "app/routing.h"

using namespace hark;
using app::Routed;

namespace {

Routed instance(std::string name, std::string plugin, bool is_source = false) {
  Routed r;
  r.name = std::move(name);
  r.plugin = std::move(plugin);
  r.is_source = r.publishes_any = is_source;
  return r;
}

}  // namespace

TEST_CASE("a routing is an aligned table of sources and subscribers") {
  Routed audit = instance("audit", "log-file"), slack = instance("slack", "webhook");
  audit.hears = {{"**", {}}};
  slack.hears = {{"deploy.*", {"data.took_ms >= 500", "data.n < 3"}}, {"hark.subscriber.failed", {}}};
  slack.publishes = {"sent", "slack.down"};
  slack.queue = {"block", "500 events"};
  slack.in_line = true;
  CHECK(app::routing_text({instance("in", "stdin", true), audit, slack}) == R"(sources
  in     stdin     publishes  any type
subscribers
  audit  log-file  hears      **
  slack  webhook   hears      deploy.*  where data.took_ms >= 500 and data.n < 3
                              hark.subscriber.failed
                   publishes  sent, slack.down
                   queue      block, 500 events
                   lane       inline
)");
}

TEST_CASE("a refused one says why and one that was autoloaded says so") {
  Routed bad = instance("bad", "bad"), dropped = instance("dropped", "dropped");
  bad.refused = "plugins/bad.so: no Hark note";
  bad.hears = {{"x", {}}};
  dropped.autoloaded = true;
  dropped.hears = {{"y", {}}};
  CHECK(app::routing_text({bad, dropped}) == R"(sources
subscribers
  bad      bad                 refused  plugins/bad.so: no Hark note
                               hears    x
  dropped  dropped (autoload)  hears    y
)");
}

TEST_CASE("long lists and conditions go on in further lines and nothing of them is cut") {
  const std::string type(60, 't'), value(120, 'v');
  Routed r = instance("a", "p");
  r.publishes = {type, type, "short"};
  r.hears = {{"**", {"data.x = \"" + value + "\"", "data.y = 1"}}};
  CHECK(app::routing_text({r}) ==
        "sources\nsubscribers\n"
        "  a  p  hears      **\n"
        "                     where data.x = \"" +
            value +
            "\"\n"
            "                     and data.y = 1\n"
            "        publishes  " +
            type +
            ",\n"
            "                     " +
            type + ", short\n");
}

TEST_CASE("a long path has a line of its own and moves no column") {
  Routed far = instance("far", "/a/very/long/path/to/a/plugin.so"), near = instance("n\xc3\xa4", "\xc3\xa4");
  far.hears = near.hears = {{"x", {}}};
  CHECK(app::routing_text({far, near}) ==
        "sources\nsubscribers\n"
        "  far  /a/very/long/path/to/a/plugin.so\n"
        "          hears  x\n"
        "  n\xc3\xa4   \xc3\xa4  hears  x\n");
}
