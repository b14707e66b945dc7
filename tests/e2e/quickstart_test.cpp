// config/quickstart.toml as it stands, but for its paths: the example that scripts/run and docs/quickstart.md show.
#include <algorithm>
#include <set>

#include <catch2/catch.hpp>

#include "host.h"

using namespace hark::e2e;

namespace {

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
  return text;
}

std::string here(const fs::path& config) {
  std::string text = replaced(read_text(config), "../build/release/lib/hark/examples", HARK_EXAMPLES);
  text = replaced(text, "../build/run/state", "hark-state");
  return replaced(text, "build/run/", "");
}

std::set<std::string> uids(const std::vector<Event>& events, const std::string& attribute) {
  std::set<std::string> found;
  for (const Event& e : events) found.insert(e.at(attribute));
  return found;
}

}  // namespace

TEST_CASE("the quickstart does what its page says") {
  const Workspace w;
  w.config(here(HARK_CONFIG "/quickstart.toml"), R"(
[subscribers.host_events]
plugin = "log-file"
on = "hark.**"
options = { path = "host.ndjson" }
)");
  const Ended ended = w.run(read_text(HARK_CONFIG "/quickstart.ndjson"));
  check_ended_well(ended);
  INFO(ended.err);
  const std::vector<Event> log = w.events("log.ndjson"), host = w.events("host.ndjson");
  const std::vector<Event> errors = of_type(log, "error_occurred"), mails = of_type(log, "mail.sent"),
                           alerts = of_type(log, "alert.raised"), failures = of_type(host, "hark.subscriber.failed"),
                           dead = of_type(host, "hark.event.dead_lettered");

  {                                        // every line is in the log, and so is what it led to
    CHECK(log.size() == 299 + 8 + 6 + 1);  // of 300 lines one is broken
    CHECK(errors.size() == 8);
    CHECK(of_type(log, "count.summary").size() == 1);
    CHECK(count_of(ended.out, "error_occurred  /hark/in") == 8);
  }
  {  // the slow mailer delays nobody
    CHECK(mails.size() == 8);
    const auto last_line = std::find_if(log.rbegin(), log.rend(), [](const Event& e) {
      return e.at("harkhops") == "0" && e.type() != "count.summary";
    });
    const auto last_alert =
        std::find_if(log.rbegin(), log.rend(), [](const Event& e) { return e.type() == "alert.raised"; });
    const auto last_mail =
        std::find_if(log.rbegin(), log.rend(), [](const Event& e) { return e.type() == "mail.sent"; });
    CHECK(last_mail < last_line);  // from behind: later
    CHECK(last_mail < last_alert);
    CHECK(ended.took >= 4s);
  }
  {  // each failure is caught, logged, published and kept, and names its cause
    CHECK(alerts.size() == 6);
    CHECK(failures.size() == 4);
    REQUIRE(dead.size() == 3);  // one of them is the broken line
    const Event& broken = dead.front().data().find("\"input\"") != std::string::npos ? dead.front() : dead.back();
    CHECK(broken.data().find(R"("source":"/hark/in","subject":"stdin line 141")") != std::string::npos);
    CHECK(broken.at("harkcause").empty());
    CHECK(count_of(ended.err, "error alerter: failed") == 4);
    const std::set<std::string> at_fault = uids(failures, "harkcause");
    CHECK(at_fault.size() == 2);
    for (const Event& e : errors) {
      INFO(e.line);
      const bool critical = e.data().find("CRITICAL") != std::string::npos;
      CHECK(at_fault.contains(e.at("harkuid")) == critical);
      CHECK(uids(alerts, "harkcause").contains(e.at("harkuid")) == !critical);
      CHECK(uids(mails, "harkcause").contains(e.at("harkuid")));
    }
    CHECK(w.dead_letters().size() == 3);
  }
  {  // the ledger says where each event went
    const Ledger ledger(ended.err);
    CHECK(ledger.from("in").at("offered") == 300);
    CHECK(ledger.from("in").at("refused input") == 1);
    CHECK(ledger.to("log").at("acknowledged") == 314);
    CHECK(ledger.to("mailer").at("acknowledged") == 8);
    CHECK(ledger.to("alerter").at("dead-lettered attempts") == 2);
    CHECK(ledger.to("alerter").at("failed attempts") == 4);
    CHECK(count_of(ended.err, "; each within ") == 6);
  }
}
