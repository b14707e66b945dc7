// Outputs that have no room or are gone: back-pressure instead of loss, never a torn line.
#include <catch2/catch.hpp>

#include "host.h"

using namespace hark::e2e;

TEST_CASE("print writes one CloudEvent a line where standard output is no terminal") {
  const Workspace w;
  w.config(from_stdin, "[subscribers.p]\nplugin = \"print\"\n");
  const Ended ended = w.run(numbered("a", 100));
  check_ended_well(ended);
  const std::vector<Event> out = parse_events(ended.out);
  REQUIRE(out.size() == 100);
  CHECK(out[99].data() == "{\"type\":\"a\",\"n\":99}");
  CHECK(ended.out.find('\033') == std::string::npos);
}

TEST_CASE("print for people shows type and data in one line without colour") {
  const Workspace w;
  w.config(from_stdin, "[subscribers.p]\nplugin = \"print\"\noptions = { format = \"human\" }\n");
  const Ended ended = w.run("{\"type\":\"a\",\"text\":\"x\\u001b[31m\\ny\"}\n");
  check_ended_well(ended);
  INFO(ended.out);
  CHECK(count_of(ended.out, "\n") == 1);
  CHECK(ended.out.find('\033') == std::string::npos);
}

TEST_CASE("a standard output that is closed dead-letters what print could not say and nobody else notices") {
  const Workspace w;
  w.config(from_stdin, to_out_file, "[subscribers.p]\nplugin = \"print\"\n");
  Launch launch = w.launch({"run", "hark.toml"});
  launch.out = Output::closed;
  Process host(launch);
  host.write(numbered("a", 100));
  const Ended ended = host.finish();
  check_ended_well(ended);
  INFO(ended.err);
  CHECK(w.events("out.ndjson").size() == 100);
  CHECK(Ledger(ended.err).to("p").at("dead-lettered rejected") == 100);
  CHECK(w.dead_letters().size() == 100);
  CHECK(ended.err.find("stdout is closed") != std::string::npos);
}

TEST_CASE("a full disk behind print pauses it and its events are kept at the end") {
  const Workspace w;
  w.config(from_stdin, to_out_file, "[subscribers.p]\nplugin = \"print\"\n[runtime]\nshutdown = \"300ms\"\n");
  Launch launch = w.launch({"run", "hark.toml"});
  launch.out = Output::full_device;
  Process host(launch);
  host.write(numbered("a", 50));
  const Ended ended = host.finish();
  check_ended_well(ended);
  INFO(ended.err);
  CHECK(w.events("out.ndjson").size() == 50);
  CHECK(Ledger(ended.err).to("p").at("dead-lettered shutdown") == 50);
  CHECK(Ledger(ended.err).to("p").at("failed attempts") == 0);
  CHECK(ended.err.find("No space left on device") != std::string::npos);
}

TEST_CASE("a log file on a full device answers AGAIN and tells it once and its events are kept at the end") {
  const Workspace w;
  w.config(from_stdin, to_out_file, "[subscribers.f]\nplugin = \"log-file\"\noptions = { path = \"/dev/full\" }\n",
           "[runtime]\nshutdown = \"500ms\"\n");
  const Ended ended = w.run(numbered("a", 50));
  check_ended_well(ended);
  INFO(ended.err);
  CHECK(w.events("out.ndjson").size() == 50);
  CHECK(count_of(ended.err, "no room in the log file") == 1);
  const LedgerLine f = Ledger(ended.err).to("f");
  CHECK(f.at("dead-lettered shutdown") == 50);
  CHECK(f.at("failed attempts") == 0);
  CHECK(w.dead_letters().size() == 50);
}

TEST_CASE("a log file without room pushes back and goes on whole when there is room again") {
  const Workspace w;
  w.config(from_stdin, to_out_file, "queue = { events = 20 }\n");
  Launch launch = w.launch({"run", "hark.toml"});
  launch.most_file_bytes = 100'000;  // room for some 250 events of 400 bytes, and not at the end of a line
  Process host(launch);
  const std::string input = numbered("a", 20'000);
  std::thread feeder([&] {
    host.write(input);
    host.close_input();
  });
  REQUIRE(eventually([&] { return host.said("no room in the log file"); }));
  CHECK(size_of(w.path("out.ndjson")) <= 100'000);
  // No torn line, not even now, but while another attempt is being made.
  CHECK(eventually([&] { return read_text(w.path("out.ndjson")).ends_with('\n'); }));
  host.make_room();
  feeder.join();
  const Ended ended = host.wait();
  check_ended_well(ended);
  INFO(ended.err);
  const std::vector<Event> out = w.events("out.ndjson");
  REQUIRE(out.size() == 20'000);
  std::size_t in_place = 0;
  for (std::size_t n = 0; n < out.size(); ++n)
    in_place += std::size_t{out[n].data().ends_with(":" + std::to_string(n) + "}")};
  CHECK(in_place == 20'000);
  CHECK(count_of(ended.err, "no room in the log file") == 1);
  CHECK(ended.err.find("takes lines again") != std::string::npos);
  CHECK(Ledger(ended.err).to("out").at("failed attempts") == 0);
  CHECK(w.dead_letters().empty());
}

TEST_CASE("a log file that ends in a torn line goes on in a new one") {
  const Workspace w;
  w.config(from_stdin, to_out_file);
  write_text(w.path("out.ndjson"), "{\"specversion\":\"1.0\",\"id\":\"torn");
  const Ended ended = w.run(numbered("a", 2));
  check_ended_well(ended);
  CHECK(w.lines("out.ndjson").size() == 3);
  CHECK(ended.err.find("torn") != std::string::npos);
}

TEST_CASE("a log file is appended to from run to run") {
  const Workspace w;
  w.config(from_stdin, to_out_file);
  check_ended_well(w.run(numbered("a", 3)));
  check_ended_well(w.run(numbered("b", 4)));
  CHECK(w.events("out.ndjson").size() == 7);
}

TEST_CASE("a log file that cannot be opened is a refusal that names it and leaves the others running") {
  const Workspace w;
  w.config(from_stdin, to_out_file,
           "[subscribers.f]\nplugin = \"log-file\"\noptions = { path = \"no/such/folder/x\" }\n");
  const Ended ended = w.run(numbered("a", 2));
  check_ended_well(ended);
  INFO(ended.err);
  CHECK(w.events("out.ndjson").size() == 2);
  CHECK(ended.err.find("f: plugin `log-file` refused") != std::string::npos);
  CHECK(ended.err.find("no/such/folder/x") != std::string::npos);
}

TEST_CASE("two subscribers that append to one file never mix their lines") {
  const Workspace w;
  w.config(from_stdin, to_out_file, "[subscribers.too]\nplugin = \"log-file\"\noptions = { path = \"out.ndjson\" }\n");
  check_ended_well(w.run(numbered("a", 3000)));
  CHECK(w.events("out.ndjson").size() == 6000);
}

TEST_CASE("on a terminal print is for people and everything is coloured unless NO_COLOR says otherwise") {
  for (const bool coloured : {true, false}) {
    const Workspace w;
    w.config(from_stdin, "[subscribers.p]\nplugin = \"print\"\n[subscribers.t]\nplugin = \"throws\"\n");
    Launch launch = w.launch({});
    launch.command = {"/usr/bin/env", "-u", "NO_COLOR", "TERM=xterm", HARK_BINARY, "run", "hark.toml"};
    if (!coloured) launch.command[2] = "HOME", launch.command.insert(launch.command.begin() + 3, "NO_COLOR=1");
    launch.out = Output::terminal;
    Process host(launch);
    host.write("{\"type\":\"a.b\",\"who\":\"ana\"}\n");
    const Ended ended = host.finish();
    INFO(ended.out);
    CHECK(ended.status == 0);
    CHECK(ended.out.find("specversion") == std::string::npos);
    CHECK(ended.out.find("boom") != std::string::npos);
    CHECK((ended.out.find("\033[") != std::string::npos) == coloured);
  }
}

TEST_CASE("a full disk behind the events of the host holds nobody up") {
  const Workspace w;
  w.config(from_stdin, to_out_file, R"(
[runtime]
shutdown = "300ms"
[subscribers.t]
plugin = "throws"
retry = { attempts = 1 }
breaker = { open_after = 0 }
[subscribers.full]
plugin = "log-file"
on = "hark.**"
options = { path = "/dev/full" }
queue = { events = 2 }
)");
  const Ended ended = w.run(numbered("a", 2000));
  check_ended_well(ended);
  CHECK(w.events("out.ndjson").size() == 2000);
  CHECK(Ledger(ended.err).to("t").at("dead-lettered attempts") == 2000);
}
