// Plugins that do not mean the same by one event: told before anything runs, and no reason not to run.
#include <catch2/catch.hpp>

#include "host.h"

using namespace hark::e2e;

namespace {

constexpr std::string_view shop = "[subscribers.shop]\nplugin = \"shop\"\n";
constexpr std::string_view alerter = "[subscribers.alert]\nplugin = \"" HARK_EXAMPLES
                                     "/alerter.so\"\n[subscribers.again]\nplugin = \"" HARK_EXAMPLES "/alerter.so\"\n";

}  // namespace

TEST_CASE("check and run warn of each field that a publisher and a subscriber do not agree on") {
  const Workspace w;
  w.config(from_stdin, shop, alerter, to_out_file);
  const Ended check = w.hark({"check", "hark.toml"});
  INFO(check.out << check.err);
  CHECK(check.status == 0);
  for (const std::string_view told :
       {"warning: alerter hears `error_occurred` with field `code`: integer, but shop publishes it as text",
        "warning: alerter hears `error_occurred` with field `message`: text, required, but shop does not always "
        "publish "
        "it"})
    CHECK(count_of(check.err, told) == 1);  // once for the plugin, not for each instance
  CHECK(count_of(check.err, "warning: alerter hears") == 2);
  CHECK(check.err.find("hark.toml:12:10") != std::string::npos);  // where the first instance names the plugin

  const Ended run = w.run("{\"type\":\"shop.sale\"}\n");
  check_ended_well(run);
  CHECK(run.err.find("with field `code`: integer, but shop publishes it as text") != std::string::npos);
  const auto letters = w.dead_letters();
  REQUIRE(letters.size() == 2);  // and it was right: both instances reject it
  CHECK(letters[0].line.find("field `code`: expected integer, found text") != std::string::npos);
}

TEST_CASE("plugins that agree on their events are not mentioned") {
  const Workspace w;
  w.config(from_stdin, "[subscribers.mail]\nplugin = \"" HARK_EXAMPLES "/mailer.so\"\noptions = { delay_ms = 0 }\n",
           alerter);
  const Ended check = w.hark({"check", "hark.toml"});
  CHECK(check.status == 0);
  CHECK(check.err.empty());
}

TEST_CASE("plugin ls shows the events of each plugin with their fields") {
  const Workspace w;
  w.plugin("shop");
  w.plugin("ctor_throws");
  w.config(from_stdin, to_out_file);
  const Ended ls = w.hark({"plugin", "ls", "--events", "hark.toml"});
  INFO(ls.out << ls.err);
  CHECK(ls.status == 0);
  CHECK(ls.out.find(R"(    hears shop.*
    publishes error_occurred
        message:  text, optional
        severity: one of `low`, `high`, default "low"
        code:     text
        places:   list of object
            file: text
            line: integer
        labels:   map of text
    publishes shop.closed
)") != std::string::npos);
  CHECK(ls.out.find("    refused: ") != std::string::npos);  // ctor_throws
  CHECK(w.hark({"plugin", "ls", "hark.toml"}).out.find("error_occurred") == std::string::npos);
  CHECK(fs::exists(w.path("hark-state/.plugins")));  // where `hark run` has its copies too
}

TEST_CASE("plugin ls lists what a configuration names by its path") {
  const Workspace w;
  w.config(from_stdin, alerter);
  const Ended ls = w.hark({"plugin", "ls", "--events", "hark.toml"});
  INFO(ls.out << ls.err);
  CHECK(count_of(ls.out, "dev.hark.examples.alerter") == 1);  // for two instances
  CHECK(count_of(ls.out, "    publishes alert.raised\n") == 1);
}
