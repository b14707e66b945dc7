// Subscribers beside each other: slow ones cost nobody, order holds, threads are what was promised.
#include <catch2/catch.hpp>

#include "host.h"

using namespace hark::e2e;

TEST_CASE("fast subscribers are done long before one that sleeps 5 s for each event") {
  const Workspace w;
  w.config(from_stdin, to_out_file, R"(
[runtime]
shutdown = "200ms"
[subscribers.slow]
plugin = "sleeps"
options = { ms = 5000 }
[subscribers.r]
plugin = "recorder"
options = { path = "r.txt" }
)");
  Process host(w.launch({"run", "hark.toml"}));
  const auto before = host.age();
  host.write(numbered("a", 3000));
  REQUIRE(eventually([&] { return w.lines("r.txt").size() == 3000 && w.lines("out.ndjson").size() == 3000; }));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  CHECK(host.age() - before < 4500ms);  // not one event of the slow one is done
#endif
  host.signal(15);
  const Ended ended = host.finish();
  check_ended_well(ended);
  INFO(ended.err);
  const LedgerLine slow = Ledger(ended.err).to("slow");
  CHECK(slow.at("matched") == 3000);
  CHECK(slow.at("acknowledged") <= 2);
  CHECK(slow.at("dead-lettered shutdown") == 3000 - slow.at("acknowledged"));
  CHECK(w.dead_letters().size() == slow.at("dead-lettered shutdown"));
}

TEST_CASE("more sleeping subscribers than cores leave threads for the others") {
  const Workspace w;
  std::string sleepers = "[runtime]\nshutdown = \"200ms\"\n";
  for (int i = 0; i < 12; ++i) {
    sleepers +=
        "[subscribers.s" + std::to_string(i) + "]\nplugin = \"sleeps\"\noptions = { ms = 2000 }\ntimeout = \"200ms\"\n";
  }
  w.config(from_stdin, to_out_file, sleepers);
  Process host(w.launch({"run", "hark.toml"}));
  host.write(numbered("a", 200));
  REQUIRE(eventually([&] { return w.lines("out.ndjson").size() == 200; }));
  REQUIRE(eventually([&] { return host.said("overstays its timeout"); }));
  host.signal(15);
  const Ended ended = host.finish();
  check_ended_well(ended);
}

TEST_CASE("a call that overstays its timeout is told with the chain of its event and the stack of its thread") {
  const Workspace w;
  w.config(from_stdin, to_host_file,
           "[subscribers.e]\nplugin = \"echo\"\non = \"first\"\noptions = { as = \"second\" }\n",
           "[subscribers.s]\nplugin = \"sleeps\"\non = \"second\"\ntimeout = \"20ms\"\n");
  Process host(w.launch({"run", "hark.toml"}));
  host.write("{\"type\":\"first\",\"data\":{\"ms\":1000}}\n");
  REQUIRE(eventually([&] { return host.said("s: overstays its timeout: in the same call for "); }));
  const Ended ended = host.finish();
  check_ended_well(ended);
  const std::vector<Event> told = of_type(w.events("host.ndjson"), "hark.subscriber.overstays");
  REQUIRE(told.size() == 1);
  INFO(told[0].line << "\n" << ended.err);
  CHECK(told[0].data().find("\"chain\":\"second ") != std::string::npos);
  CHECK(told[0].data().find(" <- first ") != std::string::npos);
  CHECK(told[0].data().find("sleeps.so+0x") != std::string::npos);
  CHECK(ended.err.find("; handling second ") != std::string::npos);
  CHECK(ended.err.find("; its thread is at ") != std::string::npos);
}

TEST_CASE("a host of which several threads are stuck says that it is not ready and when it is again") {
  const Workspace w;
  std::string stuck;
  for (int i = 0; i < 5; ++i) {
    stuck += "[subscribers.s" + std::to_string(i) + "]\nplugin = \"sleeps\"\non = \"sleep\"\ntimeout = \"10ms\"\n";
  }
  w.config(from_stdin, to_host_file, stuck);
  Process host(w.launch({"run", "hark.toml"}));
  host.write("{\"type\":\"sleep\",\"data\":{\"ms\":1500}}\n");
  REQUIRE(eventually([&] { return host.said("not ready: "); }));
  REQUIRE(eventually([&] { return host.said("ready again: "); }));
  check_ended_well(host.finish());
  CHECK(of_type(w.events("host.ndjson"), "hark.host.degraded").size() == 1);
  CHECK(of_type(w.events("host.ndjson"), "hark.host.recovered").size() == 1);
}

TEST_CASE("each subscriber hears the events of one publisher in their order") {
  const Workspace w;
  std::string config(from_stdin);
  for (int i = 0; i < 6; ++i) {
    const std::string n = std::to_string(i);
    config += "[subscribers.r" + n + "]\nplugin = \"recorder\"\noptions = { path = \"r" + n + ".txt\" }\n";
  }
  w.config(config);
  check_ended_well(w.run(numbered("a", 2000)));
  for (int i = 0; i < 6; ++i) {
    const std::vector<std::string> lines = w.lines("r" + std::to_string(i) + ".txt");
    REQUIRE(lines.size() == 2000);
    std::size_t in_place = 0;
    for (std::size_t n = 0; n < lines.size(); ++n)
      in_place += std::size_t{lines[n].ends_with("\"n\":" + std::to_string(n) + "}")};
    CHECK(in_place == 2000);
  }
}

TEST_CASE("an AFFINE plugin is called on one thread from create to destroy") {
  const Workspace w;
  w.config(from_stdin, to_out_file, "[subscribers.a]\nplugin = \"affine\"\n");
  const Ended ended = w.run(numbered("a", 500));
  check_ended_well(ended);
  INFO(ended.err);
  CHECK(ended.err.find("affine: one thread") != std::string::npos);
}

TEST_CASE("an inline subscriber hears every event and its failures are retried and dead-lettered like others") {
  const Workspace w;
  w.config(from_stdin, to_out_file, R"(
[subscribers.i]
plugin = "inliner"
lane = "inline"
on = "a"
options = { as = "made" }
breaker = { open_after = 0 }
)");
  const Ended ended = w.run(numbered("a", 100) + "{\"type\":\"a\",\"answer\":-2}\n{\"type\":\"a\",\"answer\":-1}\n" +
                            numbered("a", 10));
  check_ended_well(ended);
  INFO(ended.err);
  const LedgerLine i = Ledger(ended.err).to("i");
  CHECK(i.at("matched") == 112);
  CHECK(i.at("acknowledged") == 110);
  CHECK(i.at("dead-lettered rejected") == 1);
  CHECK(i.at("dead-lettered attempts") == 1);
  const std::vector<Event> made = of_type(w.events("out.ndjson"), "made");
  CHECK(made.size() == 114);  // the one to be retried publishes each time
  for (const Event& e : made) CHECK(e.at("harkhops") == "1");
}

TEST_CASE("a full queue blocks the publisher and nothing is lost") {
  const Workspace w;
  w.config(from_stdin, R"(
[subscribers.s]
plugin = "sleeps"
options = { ms = 1 }
queue = { events = 10 }
[subscribers.r]
plugin = "recorder"
options = { path = "r.txt" }
)");
  const Ended ended = w.run(numbered("a", 500));
  check_ended_well(ended);
  CHECK(Ledger(ended.err).to("s").at("acknowledged") == 500);
  CHECK(w.lines("r.txt").size() == 500);
}

TEST_CASE("a full queue drops the oldest or the newest where told to and counts and publishes it") {
  for (const std::string policy : {"drop_oldest", "drop_newest"}) {
    const Workspace w;
    w.config(from_stdin, to_out_file, to_host_file, R"(
[subscribers.s]
plugin = "sleeps"
on = "a"
options = { ms = 20 }
queue = { events = 5, when_full = ")" + policy + "\" }\n");
    const Ended ended = w.run(numbered("a", 500));
    check_ended_well(ended);
    INFO(ended.err);
    const LedgerLine s = Ledger(ended.err).to("s");
    CHECK(s.at("matched") == 500);
    CHECK(s.at("acknowledged") >= 5);
    CHECK(s.at("dropped " + policy) + s.at("acknowledged") == 500);
    CHECK(s.at("dropped " + policy) > 0);
    CHECK(w.events("out.ndjson").size() == 500);
    const std::vector<Event> dropped = of_type(w.events("host.ndjson"), "hark.event.dropped");
    CHECK(dropped.size() >= 1);
    CHECK(dropped.size() <= s.at("dropped " + policy));
  }
}

TEST_CASE("two sources publish side by side and each is accounted for") {
  const Workspace w;
  w.config(from_stdin, to_out_file, "[sources.e]\nplugin = \"emitter\"\noptions = { count = 1000, type = \"tick\" }\n");
  const Ended ended = w.run(numbered("a", 1000));
  check_ended_well(ended);
  CHECK(of_type(w.events("out.ndjson"), "tick").size() == 1000);
  CHECK(of_type(w.events("out.ndjson"), "a").size() == 1000);
  CHECK(Ledger(ended.err).from("e").at("admitted") == 1000);
  CHECK(Ledger(ended.err).from("in").at("admitted") == 1000);
}

TEST_CASE("where picks by attributes and by data with every operator") {
  const Workspace w;
  const std::vector<std::pair<std::string, std::string>> conditions = {
      {R"({ "data.n" = 3 })", "3"},
      {R"({ "data.n" = [1, 4, 99] })", "14"},
      {R"({ "data.n" = { gt = 3 } })", "45"},
      {R"({ "data.n" = { gte = 3 } })", "345"},
      {R"({ "data.n" = { lt = 2 } })", "01"},
      {R"({ "data.n" = { lte = 2 } })", "012"},
      {R"({ "data.n" = { gte = 2, lt = 4 } })", "23"},
      {R"({ "data.who" = { exists = true } })", "6"},
      {R"({ "data.who" = { not = { prefix = "bot-" } } })", "012345"},
      {R"({ "data.who" = { prefix = "bot-" } })", "6"},
      {R"({ "data.n" = { not = [0, 1, 2, 3] } })", "456"},
      {R"({ type = { prefix = "b" } })", "6"},
      {R"({ source = "/hark/in", "data.n" = 5 })", "5"},
      {R"({ "data.deep.list.1" = "y" })", "6"}};
  std::string config(from_stdin);
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    const std::string n = std::to_string(i);
    config += "[subscribers.s" + n + "]\nplugin = \"log-file\"\noptions = { path = \"s" + n +
              ".ndjson\" }\nwhere = " + conditions[i].first + "\n";
  }
  w.config(config);
  check_ended_well(w.run(numbered("a", 6) + R"({"type":"b","who":"bot-1","id":6,"deep":{"list":["x","y"]}})"
                                            "\n"));
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    std::string heard;
    for (const Event& e : w.events("s" + std::to_string(i) + ".ndjson")) {
      heard += e.type() == "b" ? '6' : e.data()[e.data().size() - 2];
    }
    INFO(conditions[i].first);
    CHECK(heard == conditions[i].second);
  }
}

TEST_CASE("patterns pick types and none but those of hark hears the events of the host") {
  const Workspace w;
  const std::vector<std::pair<std::string, std::size_t>> patterns = {
      {"a", 1}, {"a.*", 2}, {"a.**", 3}, {"*", 2}, {"*.b", 1}, {"**", 5}, {"hark.plugin.*", 0}, {"a.b", 1}};
  std::string config(from_stdin);
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    const std::string n = std::to_string(i);
    config += "[subscribers.s" + n + "]\nplugin = \"log-file\"\noptions = { path = \"s" + n + ".ndjson\" }\non = \"" +
              patterns[i].first + "\"\n";
  }
  w.config(config);
  check_ended_well(
      w.run("{\"type\":\"a\"}\n{\"type\":\"a.b\"}\n{\"type\":\"a.c\"}\n{\"type\":\"a.c.d\"}\n{\"type\":\"z\"}\n"));
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    INFO(patterns[i].first);
    const std::vector<Event> heard = w.events("s" + std::to_string(i) + ".ndjson");
    if (patterns[i].first.starts_with("hark.")) {
      CHECK(of_type(heard, "hark.plugin.loaded").size() == heard.size());
      CHECK(!heard.empty());
    } else {
      CHECK(heard.size() == patterns[i].second);
    }
  }
}
