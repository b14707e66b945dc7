// Subscribers that fail in every way they can: told, counted, published, retried, kept; the others never notice.
#include <catch2/catch.hpp>

#include "host.h"

using namespace hark::e2e;

namespace {

// What a dead letter must be: a whole CloudEvent with the story of its failure.
void check_letter(const Event& letter, const std::string& subscriber, const std::string& reason, int attempts,
                  const std::string& error) {
  INFO(letter.line);
  CHECK(letter.at("harksubscriber") == subscriber);
  CHECK(letter.at("harkreason") == reason);
  CHECK(letter.at("harkattempts") == std::to_string(attempts));
  CHECK(letter.at("harkerror").find(error) != std::string::npos);
  CHECK(letter.at("harkroot") == letter.at("harkuid"));
  CHECK(letter.at("harkhops") == "0");
}

}  // namespace

TEST_CASE("what a handler throws is logged and counted and published and dead-lettered and the others go on") {
  const Workspace w;
  w.config(from_stdin, to_out_file, to_host_file, R"(
[subscribers.t]
plugin = "throws"
on = "bad"
retry = { attempts = 1 }
breaker = { open_after = 0 }
[subscribers.i]
plugin = "throws_int"
on = "bad"
retry = { attempts = 1 }
breaker = { open_after = 0 }
)");
  const Ended ended = w.run("{\"type\":\"bad\",\"text\":\"out of paper\"}\n" + numbered("good", 20));
  check_ended_well(ended);
  INFO(ended.err);
  const std::vector<Event> out = w.events("out.ndjson");
  REQUIRE(out.size() == 21);
  const std::string uid = out[0].at("harkuid");
  CHECK(ended.err.find("t: failed: out of paper  subscriber=t plugin=zoo.throws event=" + uid + " attempt=1") !=
        std::string::npos);

  const std::vector<Event> failed = of_type(w.events("host.ndjson"), "hark.subscriber.failed");
  REQUIRE(failed.size() == 2);
  for (const Event& f : failed) {
    INFO(f.line);
    CHECK(f.at("harkcause") == uid);
    CHECK(f.at("harkroot") == uid);
    CHECK(f.at("harkhops") == "1");
    CHECK(f.at("source") == "/hark");
    for (const char* part : {"\"plugin\":\"zoo.throws", "\"subscriber\":", "\"type\":\"bad\"", "\"attempt\":1",
                             "\"will_retry\":false", "\"error\":"})
      CHECK(f.data().find(part) != std::string::npos);
    CHECK(f.data().find("\"event\":\"" + uid + "\"") != std::string::npos);
  }
  CHECK(of_type(w.events("host.ndjson"), "hark.event.dead_lettered").size() == 2);

  std::vector<Event> letters = w.dead_letters();
  REQUIRE(letters.size() == 2);
  if (letters[0].at("harksubscriber") != "t") std::swap(letters[0], letters[1]);
  check_letter(letters[0], "t", "attempts", 1, "out of paper");
  check_letter(letters[1], "i", "attempts", 1, "");
  CHECK(letters[0].at("harkuid") == uid);
  CHECK(letters[0].at("id") == uid);
  CHECK(letters[0].at("source") == "/hark/in");
  CHECK(letters[0].data() == "{\"type\":\"bad\",\"text\":\"out of paper\"}");
  CHECK(Ledger(ended.err).to("t").at("dead-lettered attempts") == 1);
  CHECK(Ledger(ended.err).to("t").at("failed attempts") == 1);
}

TEST_CASE("a failing delivery is retried as often as the policy says and then dead-lettered") {
  const Workspace w;
  w.config(from_stdin, to_host_file, "[subscribers.t]\nplugin = \"throws\"\n",
           "retry = { attempts = 4, base = \"1ms\" }");
  const Ended ended = w.run(numbered("a", 1));
  check_ended_well(ended);
  INFO(ended.err);
  REQUIRE(w.dead_letters().size() == 1);
  check_letter(w.dead_letters()[0], "t", "attempts", 4, "boom");
  const std::vector<Event> failed = of_type(w.events("host.ndjson"), "hark.subscriber.failed");
  REQUIRE(failed.size() == 4);
  CHECK(failed[2].data().find("\"attempt\":3") != std::string::npos);
  CHECK(failed[2].data().find("\"will_retry\":true") != std::string::npos);
  CHECK(failed[3].data().find("\"will_retry\":false") != std::string::npos);
  CHECK(Ledger(ended.err).to("t").at("failed attempts") == 4);
}

TEST_CASE("a retry waits without holding the other events of its subscriber") {
  const Workspace w;
  w.config(from_stdin, R"(
[subscribers.a]
plugin = "answers"
retry = { attempts = 3, base = "700ms", max = "1s", jitter = false }
[subscribers.r]
plugin = "recorder"
on = "hark.subscriber.failed"
options = { path = "failed.txt" }
)");
  Process host(w.launch({"run", "hark.toml"}));
  host.write("{\"type\":\"slow\",\"answer\":-1,\"text\":\"not yet\",\"until\":2}\n" + numbered("quick", 50));
  const Ended ended = host.finish();
  check_ended_well(ended);
  CHECK(ended.took >= 700ms);
  const LedgerLine a = Ledger(ended.err).to("a");
  CHECK(a.at("acknowledged") == 51);
  CHECK(a.at("failed attempts") == 1);
  CHECK(w.dead_letters().empty());
}

TEST_CASE("back-off grows from one attempt to the next up to its maximum") {
  const Workspace w;
  w.config(from_stdin, "[subscribers.a]\nplugin = \"answers\"\n",
           "retry = { attempts = 5, base = \"100ms\", max = \"300ms\", jitter = false }");
  const Ended ended = w.run("{\"type\":\"a\",\"answer\":-1,\"until\":5}\n");
  check_ended_well(ended);
  CHECK(ended.took >= 100ms + 200ms + 300ms + 300ms);
  CHECK(Ledger(ended.err).to("a").at("acknowledged") == 1);
  CHECK(Ledger(ended.err).to("a").at("failed attempts") == 4);
}

TEST_CASE("every code that a handler may give means what the ABI says") {
  const Workspace w;
  w.config(from_stdin, "[subscribers.a]\nplugin = \"answers\"\nbreaker = { open_after = 0 }\n");
  const Ended ended = w.run(R"({"type":"ok","answer":0}
{"type":"skip","answer":2}
{"type":"retry","answer":-1,"text":"try again"}
{"type":"reject","answer":-2,"text":"never"}
)");
  check_ended_well(ended);
  INFO(ended.err);
  const LedgerLine a = Ledger(ended.err).to("a");
  CHECK(a.at("acknowledged") == 1);
  CHECK(a.at("skipped") == 1);
  CHECK(a.at("dead-lettered rejected") == 1);
  CHECK(a.at("dead-lettered attempts") == 1);
  CHECK(a.at("failed attempts") == 4);
}

TEST_CASE("AGAIN for ever holds the subscriber in order and at the end its events are dead-lettered as shutdown") {
  const Workspace w;
  w.config(from_stdin, to_out_file, "[subscribers.a]\nplugin = \"answers\"\n", "[runtime]\nshutdown = \"500ms\"\n");
  const Ended ended = w.run("{\"type\":\"a\",\"answer\":-4,\"text\":\"downstream is away\"}\n" + numbered("b", 3));
  check_ended_well(ended);
  INFO(ended.err);
  CHECK(w.events("out.ndjson").size() == 4);
  const LedgerLine a = Ledger(ended.err).to("a");
  CHECK(a.at("failed attempts") == 0);
  CHECK(a.at("quarantined") == 0);
  CHECK(a.at("dead-lettered shutdown") + a.at("acknowledged") == 4);
  CHECK(a.at("dead-lettered shutdown") >= 1);
  CHECK(ended.err.find("downstream is away") != std::string::npos);
  CHECK(ended.err.find("not drained within [runtime] shutdown") != std::string::npos);
}

TEST_CASE("codes that a handler may not give or that nobody knows have a defined meaning and are told") {
  const Workspace w;
  w.config(from_stdin, to_host_file, "[subscribers.a]\nplugin = \"answers\"\nbreaker = { open_after = 0 }\n");
  std::string input;
  for (const char* code :
       {"3", "-5", "-6", "-7", "-8", "-9", "-10", "-11", "4", "77", "2147483647", "-12", "-99", "-2147483648"})
    input += std::string("{\"type\":\"c\",\"answer\":") + code + "}\n";
  const Ended ended = w.run(input);
  check_ended_well(ended);
  INFO(ended.err);
  const LedgerLine a = Ledger(ended.err).to("a");
  CHECK(a.at("matched") == 14);
  CHECK(a.at("acknowledged") == 3);  // 4, 77, 2147483647: unknown and positive
  CHECK(a.at("dead-lettered rejected") == 11);
  CHECK(ended.err.find("may not give: -5 (read as REJECT)") != std::string::npos);
  CHECK(ended.err.find("unknown code: 77 (read as OK)") != std::string::npos);
}

TEST_CASE("a rejected delivery is dead-lettered at once") {
  const Workspace w;
  w.config(from_stdin, "[subscribers.a]\nplugin = \"answers\"\n");
  const Ended ended = w.run("{\"type\":\"a\",\"answer\":-2,\"text\":\"no such user\"}\n");
  check_ended_well(ended);
  REQUIRE(w.dead_letters().size() == 1);
  check_letter(w.dead_letters()[0], "a", "rejected", 1, "no such user");
}

TEST_CASE("without dead letters what is given up counts as dropped and is told") {
  const Workspace w;
  w.config(from_stdin, "[subscribers.a]\nplugin = \"answers\"\ndead_letter = false\n");
  const Ended ended = w.run("{\"type\":\"a\",\"answer\":-2,\"text\":\"no such user\"}\n");
  check_ended_well(ended);
  INFO(ended.err);
  CHECK(ended.err.find("no such user") != std::string::npos);
  CHECK(w.dead_letters().empty());
  CHECK(Ledger(ended.err).text().find("dropped (1 ") != std::string::npos);
}

TEST_CASE("dead letters that cannot be kept count as lost and the host leaves with 1") {
  const Workspace w;
  w.config(from_stdin, "[subscribers.a]\nplugin = \"answers\"\n[dead_letters]\npath = \"/dev/full\"\n");
  const Ended ended = w.run("{\"type\":\"a\",\"answer\":-2}\n");
  INFO(ended.err);
  CHECK(ended.status == 1);
  CHECK(ended.err.find("LOST") != std::string::npos);
  CHECK(ended.err.find("1 LOST; every event accounted for") != std::string::npos);
}

TEST_CASE("dead letters past their size count as lost and say how to go on") {
  const Workspace w;
  w.config(from_stdin,
           "[subscribers.a]\nplugin = \"answers\"\nbreaker = { open_after = 0 }\n[dead_letters]\nbytes = \"2KiB\"\n");
  std::string input;
  for (int i = 0; i < 20; ++i) input += "{\"type\":\"a\",\"answer\":-2}\n";
  const Ended ended = w.run(input);
  INFO(ended.err);
  CHECK(ended.status == 1);
  CHECK(fs::file_size(w.path("hark-state/dead-letters.ndjson")) <= 2048);
  const std::size_t kept = w.dead_letters().size();
  CHECK(kept > 0);
  CHECK(Ledger(ended.err).to("a").at("dead-lettered rejected") == kept);
  CHECK(Ledger(ended.err).to("a").at("LOST unwritable") == 20 - kept);
  CHECK(ended.err.find("raise [dead_letters] bytes") != std::string::npos);
}

TEST_CASE("FATAL restarts the instance and the next generation gets the event") {
  const Workspace w;
  w.config(from_stdin, to_out_file, "[subscribers.f]\nplugin = \"fatal\"\non = [\"bad\", \"fine\"]\n");
  const Ended ended = w.run("{\"type\":\"bad\",\"fatal\":2}\n{\"type\":\"fine\"}\n");
  check_ended_well(ended);
  INFO(ended.err);
  const std::vector<Event> alive = of_type(w.events("out.ndjson"), "alive");
  REQUIRE(alive.size() == 2);
  CHECK(alive[0].data() == "{\"generation\":2}");
  CHECK(Ledger(ended.err).to("f").at("acknowledged") == 2);
  CHECK(Ledger(ended.err).to("f").at("failed attempts") == 2);
  CHECK(ended.err.find("is broken, restarting it: told to break") != std::string::npos);
}

TEST_CASE("an instance that is fatally broken too often stays out of dispatch and its events are accounted for") {
  const Workspace w;
  w.config(from_stdin, to_out_file, to_host_file, R"(
[subscribers.f]
plugin = "fatal"
on = ["bad", "fine"]
retry = { attempts = 100 }
restart = { max = 2, within = "1h" }
)");
  const Ended ended = w.run("{\"type\":\"bad\",\"fatal\":1000}\n" + numbered("fine", 5));
  check_ended_well(ended);
  INFO(ended.err);
  CHECK(w.events("out.ndjson").size() == 6);
  CHECK(ended.err.find("it stays out of dispatch") != std::string::npos);
  CHECK(of_type(w.events("host.ndjson"), "hark.subscriber.quarantined").size() == 1);
  const Ledger ledger(ended.err);
  CHECK(ledger.to("f").at("quarantined") == 1);
  CHECK(ledger.to("f").at("dead-lettered shutdown") + ledger.to("f").at("dead-lettered quarantined") == 6);
  CHECK(w.dead_letters().size() == 6);
}

TEST_CASE("failures in a row open the breaker and a probe that succeeds revives the subscriber") {
  const Workspace w;
  w.config(from_stdin, to_out_file, to_host_file, R"(
[subscribers.t]
plugin = "throws"
options = { only = "bad" }
retry = { attempts = 1 }
breaker = { open_after = 3, probe_every = "200ms" }
)");
  Process host(w.launch({"run", "hark.toml"}));
  host.write(numbered("bad", 3));
  const auto published = [&](std::string_view type) {
    return count_of(read_text(w.path("host.ndjson")), "\"type\":\"" + std::string(type) + "\"") != 0;
  };
  REQUIRE(eventually([&] { return published("hark.subscriber.quarantined"); }));
  host.write(numbered("good", 10));
  REQUIRE(eventually([&] { return published("hark.subscriber.recovered"); }));
  const Ended ended = host.finish();
  check_ended_well(ended);
  INFO(ended.err);
  const LedgerLine t = Ledger(ended.err).to("t");
  CHECK(t.at("acknowledged") == 10);
  CHECK(t.at("dead-lettered attempts") == 3);
  CHECK(t.at("quarantined") == 0);
  CHECK(w.events("out.ndjson").size() == 13);
}

TEST_CASE("a quarantined subscriber is neither waited for by publishers nor at the end") {
  const Workspace w;
  w.config(from_stdin, to_out_file, R"(
[subscribers.t]
plugin = "throws"
retry = { attempts = 1 }
breaker = { open_after = 2, probe_every = "1h" }
queue = { events = 4 }
)");
  const Ended ended = w.run(numbered("a", 500));
  check_ended_well(ended);
  INFO(ended.err);
  CHECK(w.events("out.ndjson").size() == 500);
  const LedgerLine t = Ledger(ended.err).to("t");
  CHECK(t.at("matched") == 500);
  CHECK(t.at("quarantined") == 1);
  CHECK(t.at("dead-lettered quarantined") > 400);
  CHECK(w.dead_letters().size() == 500);
}

TEST_CASE("a failure while one of the events of the host is handled makes no further ones") {
  const Workspace w;
  w.config(from_stdin, to_out_file, to_host_file, R"(
[subscribers.t]
plugin = "throws"
on = ["hark.**", "a"]
retry = { attempts = 2, base = "1ms" }
breaker = { open_after = 0 }
)");
  const Ended ended = w.run(numbered("a", 1));
  check_ended_well(ended);
  const std::vector<Event> failed = of_type(w.events("host.ndjson"), "hark.subscriber.failed");
  CHECK(failed.size() == 2);  // both about the event `a`
  for (const Event& f : failed) CHECK(f.data().find("\"type\":\"a\"") != std::string::npos);
}

TEST_CASE("a plugin that calls exit is blamed and the host leaves with 70") {
  for (const char* status : {"0", "1", "70"}) {
    const Workspace w;
    w.config(from_stdin, to_out_file, "[subscribers.e]\nplugin = \"exits\"\non = \"leave\"\n");
    Process host(w.launch({"run", "hark.toml"}));
    host.write(numbered("a", 1));
    REQUIRE(eventually([&] { return count_of(read_text(w.path("out.ndjson")), "\n") == 1; }));
    host.write(std::string("{\"type\":\"leave\",\"status\":") + status + "}\n");
    const Ended ended = host.wait();
    INFO(ended.err);
    CHECK(ended.status == 70);
    CHECK(ended.err.find("zoo.exits 1.0.0 (e) ended the host by calling exit() while handling event ") !=
          std::string::npos);
    CHECK(ended.err.find("of type `leave`") != std::string::npos);
  }
}

TEST_CASE("a subscriber that floods its publisher is answered AGAIN and nothing is lost") {
  const Workspace w;
  w.config(from_stdin, R"(
[subscribers.f]
plugin = "floods"
options = { count = 1000 }
on = ["go"]
[subscribers.s]
plugin = "sleeps"
on = "flood"
options = { ms = 1 }
queue = { events = 100 }
[subscribers.done]
plugin = "log-file"
on = "flood.done"
options = { path = "done.ndjson" }
)");
  const Ended ended = w.run("{\"type\":\"go\"}\n");
  check_ended_well(ended);
  INFO(ended.err);
  REQUIRE(w.events("done.ndjson").size() == 1);
  const Ledger ledger(ended.err);
  CHECK(ledger.from("f").at("refused again") > 0);
  CHECK(ledger.from("f").at("refused again") + ledger.to("s").at("acknowledged") == 1000);
}

TEST_CASE("what only the host may publish is denied to a plugin and told") {
  const Workspace w;
  w.config(from_stdin, to_out_file, "[subscribers.i]\nplugin = \"imposter\"\n");
  const Ended ended = w.run("{\"type\":\"go\"}\n");
  check_ended_well(ended);
  INFO(ended.err);
  CHECK(ended.err.find("hark.fake: HARK_DENIED") != std::string::npos);
  for (const char* what : {"empty type", "bad data", "bad UTF-8", "bad time", "bad attribute"})
    CHECK(ended.err.find(std::string(what) + ": HARK_INVALID") != std::string::npos);
  CHECK(w.events("out.ndjson").size() == 1);
  CHECK(Ledger(ended.err).from("i").at("refused denied") == 1);
  CHECK(Ledger(ended.err).from("i").at("refused invalid") == 5);
}

TEST_CASE("retained events that a plugin still holds at its end are told") {
  const Workspace w;
  w.config(from_stdin, "[subscribers.l]\nplugin = \"leaks\"\n");
  const Ended ended = w.run(numbered("a", 7));
  check_ended_well(ended);
  INFO(ended.err);
  CHECK(ended.err.find("l: still held 7 retained event(s)") != std::string::npos);
}

TEST_CASE("the slots of a batch are answered one by one and a throw costs the rest of it") {
  const Workspace w;
  w.config(from_stdin, "[subscribers.b]\nplugin = \"batches\"\nbreaker = { open_after = 0 }\n");
  const Ended ended =
      w.run(numbered("a", 200) + "{\"type\":\"r\",\"answer\":-2,\"text\":\"no\"}\n{\"type\":\"l\",\"leave\":1}\n" +
            numbered("b", 100) + "{\"type\":\"t\",\"throw\":1}\n");
  check_ended_well(ended);
  INFO(ended.err);
  const LedgerLine b = Ledger(ended.err).to("b");
  CHECK(b.at("matched") == 303);
  CHECK(b.at("dead-lettered rejected") == 1);
  CHECK(b.at("dead-lettered attempts") >= 1);
  CHECK(b.at("acknowledged") + b.at("dead-lettered rejected") + b.at("dead-lettered attempts") == 303);
  CHECK(ended.err.find("batch of ") != std::string::npos);
}

TEST_CASE("the metrics of a plugin are printed with the final ledger") {
  const Workspace w;
  w.config(from_stdin, "[subscribers.c]\nplugin = \"counter\"\n");
  const Ended ended = w.run(numbered("a", 12));
  check_ended_well(ended);
  INFO(ended.err);
  CHECK(ended.err.find("c: zoo_deliveries = 12") != std::string::npos);
  CHECK(ended.err.find("counted 12") != std::string::npos);
}

TEST_CASE("a typed subscriber rejects a payload that does not fit and names the field") {
  const Workspace w;
  w.config(from_stdin, "[subscribers.alert]\nplugin = \"" HARK_EXAMPLES "/alerter.so\"\n", to_out_file);
  const Ended ended = w.run(R"({"type":"error_occurred","message":"disk full","severity":"ERROR"}
{"type":"error_occurred","message":"disk full","severity":3}
{"type":"error_occurred","message":"disk full","severity":"CRITICAL"}
)");
  check_ended_well(ended);
  INFO(ended.err);
  CHECK(of_type(w.events("out.ndjson"), "alert.raised").size() == 1);
  CHECK(ended.err.find("field `severity`: expected text, found number") != std::string::npos);
  CHECK(ended.err.find("the pager does not answer") != std::string::npos);
  CHECK(w.dead_letters().size() == 2);
}
