#include <catch2/catch.hpp>

#include "config_text.h"

using namespace std::chrono_literals;
using namespace hark::config;
using namespace hark::config::testing;
using hark::flow::OnUnknown;
using hark::flow::WhenFull;

namespace {

const SubscriberConfig& out(const Loaded& loaded) { return loaded.config.subscribers.at(0); }

}  // namespace

TEST_CASE("without any policy the documented defaults hold") {
  const Loaded loaded = with_subscriber("");
  REQUIRE(loaded.report.ok());
  const SubscriberConfig& s = out(loaded);
  CHECK(s.queue.events == 10'000);
  CHECK(s.queue.bytes == 64u << 20);
  CHECK(s.queue.when_full == WhenFull::spill);
  CHECK(s.queue.max_wait == 100ms);
  CHECK(s.queue.spill_bytes == 1ull << 30);
  CHECK(s.delivery.retry.attempts == 5);
  CHECK(s.delivery.retry.base == 200ms);
  CHECK(s.delivery.retry.max == 30s);
  CHECK(s.delivery.retry.jitter);
  CHECK(s.delivery.breaker.open_after == 10);
  CHECK(s.delivery.breaker.probe_every == 30s);
  CHECK(s.delivery.timeout == 30s);
  CHECK(s.delivery.on_unknown == OnUnknown::retry);
  CHECK(s.delivery.dead_letter);
  CHECK_FALSE(s.required);
  CHECK(s.restart.max == 3);
  CHECK(s.restart.within == 60s);
  CHECK(s.isolation == Isolation::automatic);
  CHECK(s.lane.value == LaneKind::queued);
}

TEST_CASE("defaults are inherited by every subscriber and each key is overridden alone") {
  const Loaded loaded = with_subscriber(R"(
queue = { events = 5 }
retry.attempts = 2
timeout = "1s"
[subscribers.other]
plugin = "print"
[defaults]
queue = { events = 7, bytes = "2MiB", when_full = "drop_newest", max_wait = "5ms", spill_bytes = "3MiB" }
retry = { base = "1s", max = "2s", jitter = false }
breaker = { open_after = 0, probe_every = "5s" }
timeout = "7s"
on_unknown = "dead_letter"
dead_letter = false
required = true
restart = { max = 0, within = "1h" }
)");
  REQUIRE(told(loaded.report).empty());
  const SubscriberConfig& s = out(loaded);
  CHECK(s.queue.events == 5);
  CHECK(s.queue.bytes == 2u << 20);
  CHECK(s.queue.when_full == WhenFull::drop_newest);
  CHECK(s.queue.max_wait == 5ms);
  CHECK(s.queue.spill_bytes == 3u << 20);
  CHECK(s.delivery.retry.attempts == 2);
  CHECK(s.delivery.retry.base == 1s);
  CHECK_FALSE(s.delivery.retry.jitter);
  CHECK(s.delivery.breaker.open_after == 0);
  CHECK(s.delivery.timeout == 1s);
  CHECK(s.delivery.on_unknown == OnUnknown::dead_letter);
  CHECK_FALSE(s.delivery.dead_letter);
  CHECK(s.required);
  CHECK(s.restart.max == 0);
  CHECK(s.restart.within == 1h);
  const SubscriberConfig& other = loaded.config.subscribers.at(1);
  CHECK(other.queue.events == 7);
  CHECK(other.delivery.retry.attempts == 5);
  CHECK(other.delivery.timeout == 7s);
  CHECK_FALSE(loaded.config.sources.at(0).required);  // defaults concern subscribers
}

TEST_CASE("numbers out of their bounds are refused with the bounds") {
  const Loaded loaded = with_subscriber("queue = { events = 0 }\n");
  CHECK(told(loaded.report) ==
        std::vector<std::string>{"5:20 subscribers.out.queue.events: 0 is out of range | from 1 to 1000000"});
  for (const char* bad :
       {"queue.events = -1", "queue.events = 1000001", "queue.events = 9223372036854775807", "queue.bytes = 0",
        "queue.bytes = -5", "queue.bytes = \"1kB\"", "queue.bytes = \"65GiB\"", "retry.attempts = 0",
        "retry.attempts = 1001", "retry.attempts = 4294967297", "retry.base = \"0s\"", "retry.base = \"2h\"",
        "retry.max = \"8d\"", "breaker.open_after = -1", "breaker.probe_every = \"0s\"", "timeout = \"0s\"",
        "timeout = \"8d\"", "restart.max = -1", "restart.within = \"0ms\""}) {
    INFO(bad);
    CHECK(only_message(with_subscriber(std::string(bad) + "\n").report).ends_with("is out of range"));
  }
  for (const char* bad : {"guards.max_hops = 0", "guards.max_hops = 1001", "guards.max_event = \"63KiB\"",
                          "guards.max_event = \"2GiB\"", "dead_letters.bytes = 0", "runtime.shutdown = \"8d\""}) {
    INFO(bad);
    const std::string text = std::string(bad) + "\n" + std::string(source) + std::string(subscriber);
    CHECK(only_message(load_text(text).report).ends_with("is out of range"));
  }
}

TEST_CASE("a policy of the wrong kind is refused") {
  const auto message = [](const char* keys) { return only_message(with_subscriber(std::string(keys) + "\n").report); };
  CHECK(message("queue = 5") == "subscribers.out.queue: expected table, found integer");
  CHECK(message("queue.events = \"5\"") == "subscribers.out.queue.events: expected integer, found text");
  CHECK(message("queue.events = 5.0") == "subscribers.out.queue.events: expected integer, found number");
  CHECK(message("queue.bytes = 5.0") == "subscribers.out.queue.bytes: expected a size such as \"64MiB\", found number");
  CHECK(message("queue.bytes = \"64 MB\"") == "subscribers.out.queue.bytes: `64 MB` is not a size");
  CHECK(message("timeout = 30") == "subscribers.out.timeout: expected a duration such as \"30s\", found integer");
  CHECK(message("timeout = \"30\"") == "subscribers.out.timeout: `30` is not a duration");
  CHECK(message("timeout = 07:32:00") ==
        "subscribers.out.timeout: expected a duration such as \"30s\", found date or time");
  CHECK(message("required = \"yes\"") == "subscribers.out.required: expected boolean, found text");
  CHECK(message("retry.jitter = 1") == "subscribers.out.retry.jitter: expected boolean, found integer");
  CHECK(message("on_unknown = true") ==
        "subscribers.out.on_unknown: expected one of `retry`, `dead_letter`, found boolean");
  CHECK(message("[[subscribers.out.queue]]") == "subscribers.out.queue: expected table, found list");
}

TEST_CASE("a misspelled word gets the right one") {
  CHECK(told(with_subscriber("queue.when_full = \"drop_oldes\"\n").report) ==
        std::vector<std::string>{"5:19 subscribers.out.queue.when_full: `drop_oldes` is not one of `spill`, `block`, "
                                 "`drop_oldest`, `drop_newest` | did you mean `drop_oldest`?"});
  CHECK(told(with_subscriber("queue.evnts = 5\n").report) ==
        std::vector<std::string>{"5:7 unknown key `evnts` in [subscribers.out.queue] | did you mean `events`?"});
}

TEST_CASE("a longest wait below the first one is refused where it was written") {
  CHECK(
      told(with_subscriber("retry.max = \"100ms\"\n").report) ==
      std::vector<std::string>{"5:13 subscribers.out.retry: max (100ms) is shorter than base (200ms) | the wait starts "
                               "at base and doubles up to max"});
  CHECK(with_subscriber("retry = { base = \"1m\", max = \"1m\" }\n").report.ok());
}

TEST_CASE("policy of later versions is not in this version") {
  for (const std::string key : {"rate", "order_by", "concurrency", "batch", "dedupe"}) {
    INFO(key);
    const std::string told_one = only_message(with_subscriber(key + " = 1\n").report);
    CHECK(told_one == "`" + key + "` in [subscribers.out] is not in this version");
    CHECK(only_message(with_tables("[defaults]\n" + key + " = 1\n").report) ==
          "`" + key + "` in [defaults] is not in this version");
  }
}

TEST_CASE("a queue that the largest event cannot enter is refused") {
  CHECK(only_message(with_subscriber("queue.bytes = \"512KiB\"\n").report) ==
        "queue.bytes (512KiB) is less than guards.max_event (1MiB)");
  CHECK(
      only_message(with_tables("[subscribers.b]\nplugin = \"print\"\n[defaults]\nqueue.bytes = \"512KiB\"\n").report) ==
      "queue.bytes (512KiB) is less than guards.max_event (1MiB)");  // once, not for each heir
  const Loaded guard = with_tables("[guards]\nmax_event = \"128MiB\"\n");
  CHECK(only_message(guard.report) == "guards.max_event (128MiB) is more than the default queue.bytes (64MiB)");
  CHECK(guard.report.diagnostics()[0].place.line == 6);
  CHECK(with_subscriber("queue.bytes = \"512KiB\"\n[guards]\nmax_event = \"512KiB\"\n").report.ok());
}
