// The example in Go in a process of its own. Built once the host has such processes (target hark-worker).
#include <catch2/catch.hpp>

#include "languages.h"

using namespace hark::e2e;

namespace {

// go_process.toml, whose subscriber counts in threes and fails at `boom`.
Ended run(const Workspace& w, std::initializer_list<std::string_view> types) {
  w.plugin("tally_go");
  w.config(read_text(HARK_GO_PROCESS_CONFIG));
  Ended ended = w.run(events(types));
  check_ended_well(ended);
  return ended;
}

}  // namespace

TEST_CASE("the go example counts in a process of its own and its tallies name their cause") {
  const Workspace w;
  run(w, {"a", "b", "a"});
  const std::vector<Event> out = w.events("out.ndjson");
  const std::vector<Event> tallies = of_type(out, "tally");
  REQUIRE(out.size() == 4);
  REQUIRE(tallies.size() == 1);
  CHECK(tallies[0].data() == R"({"total":3,"types":{"a":2,"b":1},"others":0})");
  CHECK(tallies[0].at("harkcause") == out[2].at("harkuid"));
  CHECK(tallies[0].at("source") == "/hark/tally");
}

TEST_CASE("a nil dereference in the go example costs one event and neither its process nor the host") {
  const Workspace w;
  const Ended ended = run(w, {"a", "boom", "a", "b", "a", "c", "c"});
  INFO(ended.err);
  const LedgerLine ledger = Ledger(ended.err).to("tally");
  CHECK(ledger.at("acknowledged") == 6);
  CHECK(ledger.at("dead-lettered attempts") == 1);
  CHECK(ledger.at("failed attempts") == 3);
  const std::vector<Event> letters = w.dead_letters();
  REQUIRE(letters.size() == 1);
  CHECK(letters[0].type() == "boom");
  CHECK(letters[0].at("harkerror").find("nil pointer dereference") != std::string::npos);
  const std::vector<Event> tallies = of_type(w.events("out.ndjson"), "tally");
  REQUIRE(tallies.size() == 2);  // one instance counted all: the process was not started again
  CHECK(tallies[1].data() == R"({"total":6,"types":{"a":3,"b":1,"c":2},"others":0})");
}
