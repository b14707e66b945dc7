// Cause, root and hops: who caused what, in outputs and logs; and loops that are cut.
#include <algorithm>

#include <catch2/catch.hpp>

#include "host.h"

using namespace hark::e2e;

namespace {

// What was cut, and the delivery whose handler was told so and failed with it.
void check_cut_at(const Workspace& w, const std::string& hops) {
  const std::vector<Event> letters = w.dead_letters();
  REQUIRE(letters.size() == 2);
  const Event& cut = letters[0].at("harkreason") == "loop" ? letters[0] : letters[1];
  const Event& failed = letters[0].at("harkreason") == "loop" ? letters[1] : letters[0];
  CHECK(cut.at("harkreason") == "loop");
  CHECK(cut.at("harkhops") == hops);
  CHECK(failed.at("harkreason") == "rejected");
  CHECK(failed.at("harkuid") == cut.at("harkcause"));
}

}  // namespace

TEST_CASE("each link of a chain names its cause and the first event as its root") {
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
  const Ended ended = w.run(numbered("a", 3));
  check_ended_well(ended);
  const std::vector<Event> out = w.events("out.ndjson");
  REQUIRE(out.size() == 9);
  std::map<std::string, Event> by_uid;
  for (const Event& e : out) by_uid[e.at("harkuid")] = e;
  CHECK(by_uid.size() == 9);
  for (const Event& e : of_type(out, "a")) {
    CHECK(e.at("harkcause").empty());
    CHECK(e.at("harkroot") == e.at("harkuid"));
    CHECK(e.at("harkhops") == "0");
  }
  for (const auto& [type, before, hops, source] :
       {std::tuple("b", "a", "1", "/hark/one"), std::tuple("c", "b", "2", "/hark/two")}) {
    const std::vector<Event> links = of_type(out, type);
    REQUIRE(links.size() == 3);
    for (const Event& e : links) {
      INFO(e.line);
      const Event& cause = by_uid[e.at("harkcause")];
      CHECK(cause.type() == before);
      CHECK(cause.data() == e.data());
      CHECK(e.at("harkroot") == cause.at("harkroot"));
      CHECK(e.at("harkhops") == hops);
      CHECK(e.at("source") == source);
      CHECK(e.at("causationid") == e.at("harkcause"));
      CHECK(e.at("correlationid") == e.at("harkroot"));
    }
  }
}

TEST_CASE("a plugin that publishes to itself is cut at the 17th hop with the chain in the log") {
  const Workspace w;
  w.config(from_stdin, to_out_file, to_host_file, "[subscribers.loop]\nplugin = \"ping\"\non = \"ping\"\n");
  const Ended ended = w.run("{\"type\":\"ping\"}\n{\"type\":\"other\"}\n");
  check_ended_well(ended);
  INFO(ended.err);
  std::vector<Event> pings = of_type(w.events("out.ndjson"), "ping");
  REQUIRE(pings.size() == 17);  // the first and 16 hops
  std::ranges::sort(pings, {}, [](const Event& e) { return std::stoi(e.at("harkhops")); });
  CHECK(pings.back().at("harkhops") == "16");
  const std::vector<Event> letters = w.dead_letters();
  REQUIRE(letters.size() == 1);
  CHECK(letters[0].at("harkreason") == "loop");
  CHECK(letters[0].at("harkhops") == "17");
  CHECK(letters[0].at("harksubscriber").empty());
  CHECK(letters[0].at("harkroot") == pings[0].at("harkuid"));
  CHECK(letters[0].at("harkcause") == pings.back().at("harkuid"));
  CHECK(letters[0].at("harkerror").find("max_hops = 16") != std::string::npos);
  const std::size_t cut = ended.err.find("cut a loop of events");
  REQUIRE(cut != std::string::npos);
  const std::string line = ended.err.substr(cut, ended.err.find('\n', cut) - cut);
  for (const Event& e : pings) CHECK(line.find(e.at("harkuid")) != std::string::npos);
  CHECK(Ledger(ended.err).from("loop").at("refused loop") == 1);
  const std::vector<Event> told = of_type(w.events("host.ndjson"), "hark.event.dead_lettered");
  REQUIRE(told.size() == 1);
  CHECK(told[0].at("harkcause") == letters[0].at("harkuid"));
  CHECK(of_type(w.events("out.ndjson"), "other").size() == 1);
}

TEST_CASE("two plugins that feed each other are cut where max_hops says") {
  const Workspace w;
  w.config(from_stdin, to_out_file, R"(
[guards]
max_hops = 5
[subscribers.there]
plugin = "echo"
on = "a"
options = { as = "b" }
[subscribers.back]
plugin = "echo"
on = "b"
options = { as = "a" }
)");
  const Ended ended = w.run("{\"type\":\"a\"}\n");
  check_ended_well(ended);
  CHECK(w.events("out.ndjson").size() == 6);
  check_cut_at(w, "6");
}

TEST_CASE("a loop through the events of the host is cut as well") {
  const Workspace w;
  w.config(from_stdin, to_out_file, to_host_file, R"(
[subscribers.fails]
plugin = "throws"
on = ["a", "echoed"]
retry = { attempts = 1 }
breaker = { open_after = 0 }
[subscribers.tells]
plugin = "echo"
on = "hark.event.dead_lettered"
)");
  check_ended_well(w.run("{\"type\":\"a\"}\n"));
  const std::vector<Event> out = w.events("out.ndjson");
  CHECK(out.size() == 9);                                  // hops 0, 2, ... 16
  CHECK(of_type(w.dead_letters(), "echoed").size() == 9);  // and the one of hop 18 that was cut
}

TEST_CASE("a loop through inline subscribers is cut as well") {
  const Workspace w;
  w.config(from_stdin, to_out_file, R"(
[subscribers.there]
plugin = "inliner"
lane = "inline"
on = "a"
options = { as = "b" }
[subscribers.back]
plugin = "inliner"
lane = "inline"
on = "b"
options = { as = "a" }
)");
  const Ended ended = w.run("{\"type\":\"a\"}\n");
  check_ended_well(ended);
  CHECK(w.events("out.ndjson").size() == 17);
  check_cut_at(w, "17");
}

TEST_CASE("an event published later from another thread is of the retained event that it names") {
  const Workspace w;
  w.config(from_stdin, to_out_file, "[subscribers.l]\nplugin = \"later\"\non = \"a\"\n");
  Process host(w.launch({"run", "hark.toml"}));
  host.write(
      "{\"type\":\"a\",\"names\":\"retained\"}\n{\"type\":\"a\",\"names\":\"ticket\"}\n{\"type\":\"a\",\"names\":"
      "\"none\"}\n");
  REQUIRE(eventually([&] { return count_of(host.err(), "later: HARK_") == 3; }));
  const Ended ended = host.finish();
  check_ended_well(ended);
  INFO(ended.err);
  const std::vector<Event> out = w.events("out.ndjson");
  const std::vector<Event> later = of_type(out, "later");
  REQUIRE(later.size() == 2);
  const Event& caused = later[0].at("harkcause").empty() ? later[1] : later[0];
  const Event& root = later[0].at("harkcause").empty() ? later[0] : later[1];
  CHECK(caused.at("harkcause") == of_type(out, "a")[0].at("harkuid"));
  CHECK(caused.at("harkhops") == "1");
  CHECK(root.at("harkroot") == root.at("harkuid"));
  CHECK(ended.err.find("later: HARK_STALE") != std::string::npos);
}

TEST_CASE("a trace context from outside goes on through the chain") {
  const Workspace w;
  w.config(from_stdin, to_out_file, "[subscribers.one]\nplugin = \"echo\"\non = \"a\"\n");
  const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  check_ended_well(w.run(R"({"specversion":"1.0","id":"1","source":"/s","type":"a","traceparent":"00-)" + trace +
                         "-00f067aa0ba902b7-01\",\"data\":{}}\n"));
  const std::vector<Event> out = w.events("out.ndjson");
  REQUIRE(out.size() == 2);
  for (const Event& e : out) CHECK(e.at("traceparent").find(trace) != std::string::npos);
}

TEST_CASE("a subscription made at run time hears from then on and unsubscribed hears no more") {
  const Workspace w;
  w.config(from_stdin, to_out_file, "[subscribers.s]\nplugin = \"subscribes\"\non = \"zoo.*\"\n");
  Process host(w.launch({"run", "hark.toml"}));
  const auto seen = [&](const char* type) {
    return count_of(read_text(w.path("out.ndjson")), std::string("\"type\":\"") + type + "\",\"dynamic\":true");
  };
  host.write("{\"type\":\"x.early\"}\n{\"type\":\"zoo.subscribe\",\"pattern\":\"x.*\"}\n");
  REQUIRE(eventually([&] {
    host.write("{\"type\":\"x.one\"}\n");
    return seen("x.one") != 0;
  }));
  host.write("{\"type\":\"zoo.unsubscribe\",\"pattern\":\"x.*\"}\n");
  std::size_t before = 0;
  REQUIRE(eventually([&] {
    before = seen("x.two");
    host.write("{\"type\":\"x.two\"}\n{\"type\":\"zoo.marker\"}\n");
    return count_of(read_text(w.path("out.ndjson")), "\"type\":\"zoo.marker\",\"dynamic\":false") != 0;
  }));
  const Ended ended = host.finish();
  check_ended_well(ended);
  CHECK(seen("x.early") == 0);
}
