// count and timers in a running host: exact counts, ends in time, breaks nobody but itself.
#include <catch2/catch.hpp>

#include "host.h"

using namespace hark::e2e;

namespace {

constexpr std::string_view summaries_to_file = R"(
[subscribers.out]
plugin = "log-file"
on = "count.*"
options = { path = "out.ndjson" }
)";

std::string line(std::string_view type, std::string_view severity) {
  return "{\"type\":\"" + std::string(type) + "\",\"severity\":\"" + std::string(severity) + "\"}\n";
}

std::uint64_t number(const Event& e, const std::string& name) {
  const std::string data = e.data();
  const std::size_t at = data.find("\"" + name + "\":");
  REQUIRE(at != std::string::npos);
  return std::stoull(data.substr(at + name.size() + 3));
}

}  // namespace

TEST_CASE("count has each event of a stream in its summary at the end") {
  const Workspace w;
  w.config(from_stdin, summaries_to_file, R"(
[subscribers.stats]
plugin = "count"
on = ["disk.*", "cpu.*"]
options = { by = ["type", "data.severity"] }
[subscribers.types]
plugin = "count"
on = "disk.*"
options = { type = "count.types" }
)");
  std::string input;
  for (int i = 0; i < 3000; ++i) input += line("disk.full", "high") + line("disk.full", "low") + line("cpu.hot", "low");
  for (int i = 0; i < 500; ++i) input += line("disk.slow", "low");
  const Ended ended = w.run(input);
  check_ended_well(ended);
  INFO(ended.err);
  const std::vector<Event> all = w.events("out.ndjson");
  const std::vector<Event> stats = of_type(all, "count.summary"), types = of_type(all, "count.types");
  REQUIRE(stats.size() == 1);
  REQUIRE(types.size() == 1);
  const std::string data = stats[0].data();
  CHECK(stats[0].at("source") == "/hark/stats");
  CHECK(stats[0].at("harkhops") == "0");
  CHECK(
      data.substr(data.find("\"other\"")) ==
      R"("other":0,"groups":[{"type":"cpu.hot","data.severity":"low","count":3000},)"
      R"({"type":"disk.full","data.severity":"high","count":3000},{"type":"disk.full","data.severity":"low","count":3000},)"
      R"({"type":"disk.slow","data.severity":"low","count":500}]})");
  CHECK(number(stats[0], "total") == 9500);
  CHECK(number(types[0], "total") == 6500);
  CHECK(ended.err.find("stats: counted = 9500 events") != std::string::npos);
}

TEST_CASE("summaries of count at short intervals add up to the whole stream") {
  const Workspace w;
  w.config(from_stdin, summaries_to_file, R"(
[subscribers.stats]
plugin = "count"
options = { every = "5ms" }
)");
  Process host(w.launch({"run", "hark.toml"}));
  for (std::size_t slice = 1; slice <= 5; ++slice) {
    host.write(numbered("a", 1000));
    REQUIRE(eventually([&] { return w.lines("out.ndjson").size() >= slice; }));
  }
  const Ended ended = host.finish();
  check_ended_well(ended);
  std::uint64_t total = 0;
  const std::vector<Event> all = w.events("out.ndjson");
  for (const Event& e : all) total += number(e, "total");
  CHECK(all.size() >= 5);
  CHECK(total == 5000);
  CHECK(number(all.back(), "since_start") == 5000);
  CHECK(Ledger(ended.err).to("stats").at("acknowledged") == 5000);
}

TEST_CASE("a timer that is far away does not keep the host from ending") {
  const Workspace w;
  w.config(from_stdin, summaries_to_file, R"(
[subscribers.stats]
plugin = "count"
options = { every = "1h" }
[subscribers.ticks]
plugin = "ticks"
options = { ms = 1 }
)");
  const Ended ended = w.run(numbered("a", 10));
  check_ended_well(ended);
  CHECK(w.events("out.ndjson").size() == 1);
}

TEST_CASE("a timer that throws restarts its instance and nobody else notices") {
  const Workspace w;
  w.config(from_stdin, R"(
[subscribers.ticks]
plugin = "ticks"
on = "a"
options = { ms = 1, breaks = 2 }
[subscribers.out]
plugin = "log-file"
options = { path = "out.ndjson" }
)");
  Process host(w.launch({"run", "hark.toml"}));
  host.write(numbered("a", 10));
  REQUIRE(eventually([&] { return read_text(w.path("out.ndjson")).find("\"generation\":1") != std::string::npos; }));
  const Ended ended = host.finish();
  check_ended_well(ended);
  INFO(ended.err);
  CHECK(ended.err.find("ticks: is broken, restarting it: on_timer: the clock broke") != std::string::npos);
  const std::vector<Event> all = w.events("out.ndjson");
  CHECK(of_type(all, "a").size() == 10);
  std::size_t first_generation = 0;
  for (const Event& e : of_type(all, "tick")) first_generation += e.data().find("\"generation\":0") != e.data().npos;
  CHECK(first_generation == 2);
}

TEST_CASE("a source that lives on a timer publishes and finishes") {
  const Workspace w;
  w.config(R"(
[sources.clock]
plugin = "ticks"
options = { ms = 2, count = 5 }
)",
           to_out_file);
  const Ended ended = w.run();
  check_ended_well(ended);
  CHECK(of_type(w.events("out.ndjson"), "tick").size() == 5);
  CHECK(Ledger(ended.err).from("clock").at("admitted") == 5);
}

TEST_CASE("an option of count that is wrong is told with its place before anything runs") {
  const Workspace w;
  w.config(from_stdin, "[subscribers.s]\nplugin = \"count\"\noptions = { by = [], evry = \"1s\" }\n");
  const Ended ended = w.run();
  CHECK(ended.status == 78);
  CHECK(ended.err.find("did you mean `every`?") != std::string::npos);
  CHECK(ended.err.find("options.by: must have at least 1 element") != std::string::npos);
}
