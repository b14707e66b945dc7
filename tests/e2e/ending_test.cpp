// How a host ends: at the end of its sources, on signals, and what it says of what is left.
#include <signal.h>

#include <catch2/catch.hpp>

#include "host.h"

using namespace hark::e2e;

TEST_CASE("at the end of input the host drains to the last delivery however long it takes") {
  const Workspace w;
  w.config(from_stdin, R"(
[runtime]
shutdown = "400ms"
[subscribers.s]
plugin = "sleeps"
options = { ms = 100 }
)");
  const Ended ended = w.run(numbered("a", 15));
  check_ended_well(ended);
  INFO(ended.err);
  CHECK(ended.took >= 1500ms);
  CHECK(Ledger(ended.err).to("s").at("acknowledged") == 15);
}

TEST_CASE("the host drains also what its subscribers publish while it drains") {
  const Workspace w;
  w.config(from_stdin, to_out_file, R"(
[subscribers.one]
plugin = "echo"
on = "a"
options = { as = "b" }
[subscribers.two]
plugin = "echo"
on = "b"
options = { as = "c" }
)");
  const Ended ended = w.run(numbered("a", 500));
  check_ended_well(ended);
  CHECK(w.events("out.ndjson").size() == 1500);
}

TEST_CASE("SIGTERM and SIGINT end a host that goes on hearing and account for all it has read") {
  for (const int number : {SIGTERM, SIGINT}) {
    const Workspace w;
    w.config(from_stdin, to_out_file);
    Process host(w.launch({"run", "hark.toml"}));
    std::thread feeder([&] {
      const std::string lines = numbered("a", 1000);
      for (int i = 0; i < 300 && host.write(lines); ++i) {
      }
    });
    const bool running = eventually([&] { return size_of(w.path("out.ndjson")) > 1'000'000; });
    host.signal(number);
    const bool ended_by_itself = eventually([&] { return !host.running(); });
    feeder.join();
    const Ended ended = host.finish();
    CHECK(running);
    CHECK(ended_by_itself);
    check_ended_well(ended);
    INFO(ended.err);
    const Ledger ledger(ended.err);
    CHECK(ledger.from("in").at("admitted") == w.events("out.ndjson").size());
    CHECK(ledger.to("out").at("acknowledged") == w.events("out.ndjson").size());
  }
}

TEST_CASE("on a signal the host drains for no longer than shutdown says and keeps what is left") {
  const Workspace w;
  w.config(from_stdin, to_out_file, R"(
[runtime]
shutdown = "300ms"
[subscribers.s]
plugin = "sleeps"
options = { ms = 50 }
)");
  Process host(w.launch({"run", "hark.toml"}));
  host.write(numbered("a", 400));
  REQUIRE(eventually([&] { return w.lines("out.ndjson").size() == 400; }));
  const auto before = host.age();
  host.signal(SIGTERM);
  const Ended ended = host.wait();
  check_ended_well(ended);
  INFO(ended.err);
  CHECK(ended.took - before < 10s);
  const LedgerLine s = Ledger(ended.err).to("s");
  CHECK(s.at("dead-lettered shutdown") > 0);
  CHECK(s.at("acknowledged") + s.at("dead-lettered shutdown") == 400);
  CHECK(w.dead_letters().size() == s.at("dead-lettered shutdown"));
  CHECK(ended.err.find("dead letter(s) in ") != std::string::npos);
}

TEST_CASE("a second signal ends the draining at once") {
  const Workspace w;
  w.config(from_stdin, to_out_file, R"(
[runtime]
shutdown = "10m"
[subscribers.s]
plugin = "sleeps"
options = { ms = 100 }
)");
  Process host(w.launch({"run", "hark.toml"}));
  host.write(numbered("a", 5000));
  REQUIRE(eventually([&] { return w.lines("out.ndjson").size() == 5000; }));
  const auto before = host.age();
  host.signal(SIGTERM);
  host.signal(SIGINT);
  const Ended ended = host.wait();
  check_ended_well(ended);
  INFO(ended.err);
  CHECK(ended.took - before < 30s);
  const LedgerLine s = Ledger(ended.err).to("s");
  CHECK(s.at("acknowledged") + s.at("dead-lettered shutdown") == 5000);
  CHECK(w.dead_letters().size() == s.at("dead-lettered shutdown"));  // at once, and all the same not lost
}

TEST_CASE("a signal while a full queue holds the source back ends the host") {
  const Workspace w;
  w.config(from_stdin, R"(
[runtime]
shutdown = "200ms"
[subscribers.s]
plugin = "sleeps"
options = { ms = 1000 }
queue = { events = 2 }
)");
  Process host(w.launch({"run", "hark.toml", "--log", "debug"}));
  host.write(numbered("a", 100));
  REQUIRE(eventually([&] { return host.said("ready in"); }));
  host.signal(SIGTERM);
  const Ended ended = host.wait();
  check_ended_well(ended);
  INFO(ended.err);
  const Ledger ledger(ended.err);
  // Read and not taken any more: refused, and so in the dead letters.
  CHECK(ledger.from("in").at("admitted") == ledger.to("s").at("matched"));
  CHECK(w.dead_letters().size() == ledger.from("in").at("refused input") + ledger.to("s").at("dead-lettered shutdown"));
}

TEST_CASE("half a line that was read when a signal came is kept as refused") {
  const Workspace w;
  w.config(from_stdin, to_out_file);
  Process host(w.launch({"run", "hark.toml"}));
  host.write("{\"type\":\"a\"}\n{\"type\":\"half");
  REQUIRE(eventually([&] { return w.lines("out.ndjson").size() == 1; }));
  host.signal(SIGTERM);
  const Ended ended = host.wait();
  check_ended_well(ended);
  REQUIRE(w.dead_letters().size() == 1);
  CHECK(w.dead_letters()[0].at("harkerror").find("the host is stopping") != std::string::npos);
}

TEST_CASE("a source that ends with an error is told and the host drains") {
  const Workspace w;
  w.config("[sources.e]\nplugin = \"emitter\"\noptions = { count = 10, fail = 1 }\n", to_out_file);
  const Ended ended = w.run();
  check_ended_well(ended);
  INFO(ended.err);
  CHECK(ended.err.find("e: ended: the wire was cut") != std::string::npos);
  CHECK(w.events("out.ndjson").size() == 10);
}

TEST_CASE("a host runs until all of its sources have finished") {
  const Workspace w;
  w.config(from_stdin, to_out_file, "[sources.e]\nplugin = \"emitter\"\noptions = { forever = 1 }\n");
  Process host(w.launch({"run", "hark.toml"}));
  host.write(numbered("a", 1));
  host.close_input();
  REQUIRE(eventually([&] { return w.lines("out.ndjson").size() == 4; }));
  CHECK(host.running());
  host.signal(SIGTERM);
  check_ended_well(host.wait());
}

TEST_CASE("the host publishes that it started and that it stops and what it loaded") {
  const Workspace w;
  w.config(from_stdin, to_out_file, to_host_file);
  check_ended_well(w.run(numbered("a", 1)));
  const std::vector<Event> host = w.events("host.ndjson");
  CHECK(of_type(host, "hark.host.started").size() == 1);
  CHECK(of_type(host, "hark.host.stopping").size() == 1);
  CHECK(of_type(host, "hark.plugin.loaded").size() == 3);
  for (const Event& e : host) CHECK(e.at("source") == "/hark");
}

TEST_CASE("standard error that is closed costs nothing but the words") {
  const Workspace w;
  w.config(from_stdin, to_out_file);
  Launch launch = w.launch({});
  launch.command = {"/bin/sh", "-c", "exec " HARK_BINARY " run hark.toml 2>&-"};
  Process host(launch);
  host.write(numbered("a", 10) + "{bad\n");
  const Ended ended = host.finish();
  CHECK(ended.status == 0);
  CHECK(w.events("out.ndjson").size() == 10);
}

TEST_CASE("a subscriber that hangs does not keep the host from ending and its events are kept") {
  const Workspace w;
  w.config(from_stdin, to_out_file, R"(
[runtime]
shutdown = "300ms"
[subscribers.s]
plugin = "sleeps"
options = { ms = 3600000 }
)");
  Process host(w.launch({"run", "hark.toml"}));
  host.write(numbered("a", 10));
  REQUIRE(eventually([&] { return w.lines("out.ndjson").size() == 10; }));
  const auto before = host.age();
  host.signal(SIGTERM);
  const Ended ended = host.wait();
  INFO(ended.err);
  CHECK(ended.in_time);
  CHECK(ended.took - before < 60s);
  CHECK(ended.err.find("left behind") != std::string::npos);
  const Ledger ledger(ended.err);
  CHECK(ledger.text().find("every event accounted for") != std::string::npos);
  CHECK(w.dead_letters().size() >= 9);
}

TEST_CASE("two configured readers of standard input are one too many and the second is refused") {
  const Workspace w;
  w.config(from_stdin, "[sources.in2]\nplugin = \"stdin\"\n", to_out_file);
  const Ended ended = w.run(numbered("a", 100));
  check_ended_well(ended);
  INFO(ended.err);
  CHECK(w.events("out.ndjson").size() == 100);
  CHECK(ended.err.find("another source of this process reads stdin already") != std::string::npos);
}

TEST_CASE("a state folder that cannot be made costs those who need it and is told") {
  const Workspace w;
  w.config(from_stdin, to_out_file, "[runtime]\nstate_dir = \"hark.toml/state\"\n",
           "[subscribers.m]\nplugin = \"minimal\"\n");
  const Ended ended = w.run(numbered("a", 5));
  check_ended_well(ended);
  INFO(ended.err);
  CHECK(w.events("out.ndjson").size() == 5);
  CHECK(ended.err.find("m: plugin `minimal` refused") != std::string::npos);
  CHECK(ended.err.find("hark.toml/state") != std::string::npos);
}
