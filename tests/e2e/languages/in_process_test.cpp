// The examples in C and Rust inside the host's process: they count, and a failure costs one event.
#include <catch2/catch.hpp>
#include <hark/testing/hostile_host.hpp>

#include "languages.h"

using namespace hark::e2e;

namespace {

#if defined(HARK_WITH_RUST)
const std::vector<std::string> languages{"c", "rust"};
#else
const std::vector<std::string> languages{"c"};
#endif

fs::path library_of(const std::string& language) { return fs::path(HARK_ZOO) / ("tally_" + language + ".so"); }

// What failing costs: `boom` in the midst of four others.
struct Failed {
  explicit Failed(const std::string& language) {
    w.config(from_stdin, to_out_file, to_host_file, tally_of(language, "every = 2, fail_on = \"boom\""));
    ended = w.run(events({"a", "boom", "a", "b", "a"}));
    check_ended_well(ended);
    ledger = Ledger(ended.err).to("tally");
  }
  Workspace w;
  Ended ended;
  LedgerLine ledger;
};

// The one event that failed is a dead letter with its reason; all others were counted.
void check_cost_of(const Failed& f, const std::string& reason, int attempts, std::string_view said) {
  INFO(f.ended.err);
  CHECK(f.ledger.at("acknowledged") == 4);
  CHECK(f.ledger.at("skipped") == 2);  // its own tallies
  CHECK(f.ledger.at("dead-lettered " + reason) == 1);
  CHECK(f.ledger.at("failed attempts") == static_cast<std::uint64_t>(attempts));
  const std::vector<Event> letters = f.w.dead_letters();
  REQUIRE(letters.size() == 1);
  INFO(letters[0].line);
  CHECK(letters[0].type() == "boom");
  CHECK(letters[0].at("harksubscriber") == "tally");
  CHECK(letters[0].at("harkattempts") == std::to_string(attempts));
  CHECK(letters[0].at("harkerror").find(said) != std::string::npos);
  const std::vector<Event> tallies = of_type(f.w.events("out.ndjson"), "tally");
  REQUIRE(tallies.size() == 2);
  CHECK(tallies[1].data() == R"({"total":4,"types":{"a":3,"b":1},"others":0})");
}

}  // namespace

TEST_CASE("an example counts by type and publishes what it counted because of the event that was the last") {
  for (const std::string& language : languages) {
    INFO(language);
    const Workspace w;
    w.config(from_stdin, to_out_file, tally_of(language, "every = 3"));
    const Ended ended = w.run(events({"a", "b", "a", "a", "say \\\"hi\\\"", "b", "b"}));
    check_ended_well(ended);
    const std::vector<Event> out = w.events("out.ndjson");
    const std::vector<Event> tallies = of_type(out, "tally");
    REQUIRE(out.size() == 9);
    REQUIRE(tallies.size() == 2);
    CHECK(tallies[0].data() == R"({"total":3,"types":{"a":2,"b":1},"others":0})");
    CHECK(tallies[1].data() == R"({"total":6,"types":{"a":3,"b":2,"say \"hi\"":1},"others":0})");
    std::vector<Event> heard;
    for (const Event& e : out)
      if (e.type() != "tally") heard.push_back(e);
    REQUIRE(heard.size() == 7);
    CHECK(tallies[0].at("harkcause") == heard[2].at("harkuid"));
    CHECK(tallies[1].at("harkcause") == heard[5].at("harkuid"));
    CHECK(tallies[1].at("harkhops") == "1");
    CHECK(tallies[1].at("source") == "/hark/tally");
    INFO(ended.err);
    CHECK(ended.err.find("tally: tally published") != std::string::npos);
    CHECK(ended.err.find("event=" + heard[2].at("harkuid")) != std::string::npos);
    CHECK(Ledger(ended.err).to("tally").at("acknowledged") == 7);
    CHECK(Ledger(ended.err).to("tally").at("skipped") == 2);
  }
}

TEST_CASE("an error of the c example costs one event which is a dead letter at once") {
  check_cost_of(Failed("c"), "rejected", 1, "told to fail on `boom`");
}

#if defined(HARK_WITH_RUST)
TEST_CASE("a panic of the rust example costs one event which is tried again and then a dead letter") {
  const Failed f("rust");
  check_cost_of(f, "attempts", 3, "panic: told to fail (tally.rs:");
  CHECK(f.ended.err.find("panicked at") == std::string::npos);  // told by the host, not on stderr besides
}
#endif

TEST_CASE("hark check says which option of an example is wrong and where") {
  for (const std::string& language : languages) {
    INFO(language);
    const Workspace w;
    w.config(from_stdin, tally_of(language, "every = 0, fale_on = \"x\""));
    const Ended ended = w.hark({"check", "hark.toml"});
    INFO(ended.out << ended.err);
    CHECK(ended.status != 0);
    CHECK((ended.out + ended.err).find("subscribers.tally.options.every: must be at least 1, is 0") !=
          std::string::npos);
    CHECK((ended.out + ended.err).find("did you mean `fail_on`?") != std::string::npos);
  }
}

TEST_CASE("plugin check finds an example fine and says that it runs in the host's process") {
  for (const std::string& language : languages) {
    INFO(language);
    const Workspace w;
    const Ended ended = w.hark({"plugin", "check", w.plugin("tally_" + language).string()});
    INFO(ended.out);
    CHECK(ended.status == 0);
    CHECK(ended.out.find("fence        yes") != std::string::npos);
    CHECK(ended.out.find("auto: in the host's process") != std::string::npos);
    CHECK(ended.out.find("every    integer from 1 to 1000000; 10 when absent") != std::string::npos);
    CHECK(ended.out.find("\nfine\n") != std::string::npos);
  }
}

TEST_CASE("an example keeps the rules under a hostile host") {
  for (const std::string& language : languages) {
    hark::testing::Torment t;
    t.options = R"({"every":2,"fail_on":"boom"})";
    t.event("a").event("b").event("boom").event("tally");
    for (const std::string& fault : hark::testing::torment(library_of(language), t))
      FAIL_CHECK(language << ": " << fault);
  }
}

TEST_CASE("an example counts no more types apart than it has room for") {
  for (const std::string& language : languages) {
    INFO(language);
    const Workspace w;
    w.config(from_stdin, to_out_file, tally_of(language, "every = 70"));
    std::string lines;
    for (int n = 0; n < 70; ++n) lines += events({"t" + std::to_string(n)});
    check_ended_well(w.run(lines));
    const std::vector<Event> tallies = of_type(w.events("out.ndjson"), "tally");
    REQUIRE(tallies.size() == 1);
    CHECK(tallies[0].data().find("\"t63\":1") != std::string::npos);
    CHECK(tallies[0].data().find("\"t64\"") == std::string::npos);
    CHECK(tallies[0].data().find("\"others\":6}") != std::string::npos);
  }
}
