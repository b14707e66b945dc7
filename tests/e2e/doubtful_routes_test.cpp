// What `hark check` doubts: patterns that nothing can match, and circles of events.
#include <catch2/catch.hpp>

#include "host.h"

using namespace hark::e2e;

namespace {

constexpr std::string_view from_declares = "[sources.in]\nplugin = \"declares\"\n";  // flood and flood.done

std::string warnings(const Workspace& w) {
  const Ended check = w.hark({"check", "hark.toml"});
  CHECK(check.status == 0);
  CHECK(check.out.find("config ok") != std::string::npos);
  return check.err;
}

}  // namespace

TEST_CASE("check warns of a pattern that none of the events of the host matches") {
  const Workspace w;
  w.config(from_stdin, to_out_file,
           "on = [\"hark.subscriber.faild\", \"hark.plugins.*\", \"hark.*.failed\", \"hark.**\"]\n");
  const std::string told = warnings(w);
  INFO(told);
  CHECK(told.find("out hears `hark.subscriber.faild`, which is nothing that the host publishes") != std::string::npos);
  CHECK(told.find("did you mean `hark.subscriber.failed`?") != std::string::npos);
  CHECK(told.find("out hears `hark.plugins.*`") != std::string::npos);
  CHECK(count_of(told, "warning:") == 2);
}

TEST_CASE("check warns of a pattern that no publisher declares and only where all of them declare something") {
  const Workspace w;
  const std::string_view fatal =
      "[subscribers.f]\nplugin = \"fatal\"\non = [\"flod\", \"flood.*\", \"alive\"]\n"
      "where = { \"data.n\" = 1 }\n";
  w.config(from_declares, fatal);
  const std::string told = warnings(w);
  INFO(told);
  CHECK(told.find("f hears `flod`, which no plugin here declares to publish") != std::string::npos);
  CHECK(told.find("did you mean `flood`?") != std::string::npos);
  CHECK(count_of(told, "warning:") == 1);
  w.config(from_declares, fatal, to_out_file);  // log-file declares nothing: it may publish anything
  CHECK(warnings(w).empty());
  w.config(from_declares, fatal, "[subscribers.r]\nplugin = \"no_note\"\n");  // and so may a refused one, once mended
  CHECK(warnings(w).empty());
}

TEST_CASE("what a publisher declares as a pattern may be any type that the pattern matches") {
  const Workspace w;
  w.config("[sources.in]\nplugin = \"declares_a_pattern\"\n",
           "[subscribers.f]\nplugin = \"fatal\"\non = \"flood.done\"\n");
  CHECK(warnings(w).empty());
}

TEST_CASE("check warns once of each circle of events that no where ends") {
  const Workspace w;
  const std::string_view circles = R"(
[subscribers.echo]
plugin = "ping"
[subscribers.a]
plugin = "fatal"
on = "later"
[subscribers.b]
plugin = "later"
on = "*"
)";
  w.config(from_stdin, circles);
  const std::string told = warnings(w);
  INFO(told);
  CHECK(told.find("events may go in a circle: echo publishes `ping`, heard by itself") != std::string::npos);
  CHECK(told.find("events may go in a circle: a publishes `alive`, heard by b, which publishes `later`, heard by a") !=
        std::string::npos);
  CHECK(told.find("max_hops = 16") != std::string::npos);
  CHECK(count_of(told, "warning:") == 2);
  w.config(from_stdin, "[subscribers.echo]\nplugin = \"ping\"\nwhere = { \"data.n\" = 1 }\n");
  CHECK(warnings(w).empty());
}
