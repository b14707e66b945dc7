// PENDING answers: completed early, late, twice, never, and by those who may not.
#include <catch2/catch.hpp>

#include "host.h"

using namespace hark::e2e;

namespace {

constexpr std::string_view pends = "[subscribers.p]\nplugin = \"pends\"\nbreaker = { open_after = 0 }\n";

}  // namespace

TEST_CASE("pending deliveries that are completed early or from another thread are acknowledged") {
  const Workspace w;
  w.config(from_stdin, pends);
  std::string input;
  for (int i = 0; i < 20; ++i) {
    input += R"({"type":"a","how":"early"})"
             "\n"
             R"({"type":"a","how":"thread"})"
             "\n"
             R"({"type":"a","how":"thread","ms":20})"
             "\n";
  }
  const Ended ended = w.run(input);
  check_ended_well(ended);
  INFO(ended.err);
  CHECK(Ledger(ended.err).to("p").at("acknowledged") == 60);
  CHECK(Ledger(ended.err).to("p").at("failed attempts") == 0);
}

TEST_CASE("of two completions the first counts and the second is STALE") {
  const Workspace w;
  w.config(from_stdin, pends);
  const Ended ended = w.run("{\"type\":\"a\",\"how\":\"twice\"}\n");
  check_ended_well(ended);
  INFO(ended.err);
  CHECK(ended.err.find("complete: HARK_OK") != std::string::npos);
  CHECK(ended.err.find("complete: HARK_STALE") != std::string::npos);
  CHECK(Ledger(ended.err).to("p").at("acknowledged") == 1);
}

TEST_CASE("a forged ticket completes nothing and a garbage code is INVALID") {
  const Workspace w;
  w.config(from_stdin, pends);
  const Ended ended = w.run("{\"type\":\"a\",\"how\":\"forged\"}\n{\"type\":\"a\",\"how\":\"garbage\"}\n");
  check_ended_well(ended);
  INFO(ended.err);
  CHECK(ended.err.find("complete: HARK_STALE") != std::string::npos);
  CHECK(ended.err.find("complete: HARK_INVALID") != std::string::npos);
  CHECK(Ledger(ended.err).to("p").at("acknowledged") == 2);
}

TEST_CASE("completions with REJECT and RETRY mean what they mean as answers") {
  const Workspace w;
  w.config(from_stdin, pends);
  const Ended ended = w.run("{\"type\":\"a\",\"how\":\"reject\"}\n{\"type\":\"a\",\"how\":\"retry\"}\n");
  check_ended_well(ended);
  INFO(ended.err);
  const LedgerLine p = Ledger(ended.err).to("p");
  CHECK(p.at("dead-lettered rejected") == 1);
  CHECK(p.at("acknowledged") == 1);
  CHECK(p.at("failed attempts") == 2);
}

TEST_CASE("a delivery that is never completed is retried when its lease is over and given up in the end") {
  const Workspace w;
  w.config(from_stdin, pends, "timeout = \"100ms\"\n", to_out_file);
  const Ended ended = w.run("{\"type\":\"a\",\"how\":\"never\"}\n" + numbered("b", 5));
  check_ended_well(ended);
  INFO(ended.err);
  const LedgerLine p = Ledger(ended.err).to("p");
  CHECK(p.at("acknowledged") == 5);
  CHECK(p.at("dead-lettered attempts") == 1);
  CHECK(p.at("failed attempts") == 3);
  REQUIRE(w.dead_letters().size() == 1);
  CHECK(w.dead_letters()[0].at("harkattempts") == "3");
  CHECK(w.dead_letters()[0].at("harkerror").find("did not complete within its timeout") != std::string::npos);
}

TEST_CASE("with on_unknown dead_letter a lease that is over is not retried") {
  const Workspace w;
  w.config(from_stdin, pends, "timeout = \"100ms\"\non_unknown = \"dead_letter\"\n");
  const Ended ended = w.run("{\"type\":\"a\",\"how\":\"never\"}\n");
  check_ended_well(ended);
  INFO(ended.err);
  REQUIRE(w.dead_letters().size() == 1);
  CHECK(w.dead_letters()[0].at("harkreason").find("unknown") != std::string::npos);
  CHECK(w.dead_letters()[0].at("harkattempts") == "1");
  CHECK(Ledger(ended.err).to("p").at("failed attempts") == 1);
}

TEST_CASE("a completion after the lease is STALE and the event is delivered again") {
  const Workspace w;
  w.config(from_stdin, pends, "timeout = \"100ms\"\n");
  const Ended ended = w.run("{\"type\":\"a\",\"how\":\"thread\",\"ms\":250}\n");
  check_ended_well(ended);
  INFO(ended.err);
  CHECK(count_of(ended.err, "complete: HARK_STALE") >= 1);
  CHECK(w.dead_letters().size() == 1);
}

TEST_CASE("deliveries still pending when the host must stop are dead-lettered as shutdown") {
  const Workspace w;
  w.config(from_stdin, pends, "[runtime]\nshutdown = \"300ms\"\n");
  Process host(w.launch({"run", "hark.toml"}));
  host.write("{\"type\":\"a\",\"how\":\"never\"}\n{\"type\":\"a\",\"how\":\"early\"}\n");
  REQUIRE(eventually([&] { return host.said("complete: HARK_OK"); }));
  host.signal(15);
  const Ended ended = host.wait();
  check_ended_well(ended);
  INFO(ended.err);
  CHECK(Ledger(ended.err).to("p").at("dead-lettered shutdown") == 1);
  REQUIRE(w.dead_letters().size() == 1);
  CHECK(w.dead_letters()[0].at("harkreason") == "shutdown");
  CHECK(w.dead_letters()[0].at("harksubscriber") == "p");
}
