// Every misbehaviour in every tier: a host with one subscriber that misbehaves once and one that is well. What became
// of the host, of the other's events and of its own is a row of a table, which docs/isolation.md has.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <map>

#include "host.h"

using namespace hark::e2e;

namespace {

struct Misbehaviour {
  const char* what;
  const char* plugin;
  const char* command;         // of the puppet
  bool outlives_host = false;  // in the host's process
};

constexpr Misbehaviour all[] = {
    {"throws std::runtime_error", "throws", "", true},
    {"throws int, each time", "throws_int", "", true},
    {"throws from a private C++ runtime, each time", "private_runtime", ""},
    {"a panic in Rust", "tally_rust", "", true},
    {"a nil dereference in Go", "tally_go", ""},
    {"answers RETRY", "puppet", "retry", true},
    {"answers FATAL", "puppet", "fatal", true},
    {"answers an unknown code", "puppet", "forge", true},
    {"writes to address 0", "puppet", "null"},
    {"writes into the event", "puppet", "write", true},
    {"overflows its stack", "puppet", "overflow"},
    {"abort()", "puppet", "abort"},
    {"exit(0)", "puppet", "exit"},
    {"_exit(0)", "puppet", "_exit"},
    {"crashes in a thread of its own", "puppet", "thread"},
    {"hangs", "puppet", "hang", true},
    {"spins for ever", "puppet", "busy", true},
    {"hangs, deaf to SIGTERM", "puppet", "deaf", true},
    {"sleeps past its timeout", "puppet", "sleep", true},
    {"completes twice, and another's ticket", "puppet", "complete twice", true},
    {"publishes lengths that cannot be", "puppet", "out of range", true},
    {"publishes 20,000 events", "puppet", "flood", true},
    {"logs 20,000 lines", "puppet", "flood log", true},
    {"retains 1,000 times, releases nothing", "puppet", "retain all", true},
    {"leaks 64 MiB", "puppet", "leak", true},
    {"leaks 100 descriptors", "puppet", "leak descriptors", true},
    {"leaves a thread behind", "puppet", "leave thread", true},
};

constexpr int before = 10, after = 10, events = before + 1 + after;

std::string input(const Misbehaviour& m) {
  std::string lines;
  for (int i = 0; i < events; ++i) {
    lines +=
        i == before ? R"({"type":"bad","do":")" + std::string(m.command) + R"(","code":-77})" : R"({"type":"good"})";
    lines += '\n';
  }
  return lines;
}

// "20 acknowledged, 1 crashed": where its own events went.
std::string account(const LedgerLine& line) {
  std::string text;
  for (const char* word :
       {"acknowledged", "skipped", "dead-lettered attempts", "dead-lettered rejected", "dead-lettered crashed",
        "dead-lettered shutdown", "dead-lettered outcome_unknown", "dead-lettered quarantined"}) {
    if (const std::uint64_t n = line.at(word); n != 0)
      text += (text.empty() ? "" : ", ") + std::to_string(n) + " " + word;
  }
  return text;
}

// In the log, or by the line with which a host ends.
bool is_named(const std::string& err) {
  for (const char* how : {" error culprit: ", " warning culprit: ", "(culprit)", "hark: plugin zoo."}) {
    if (err.find(how) != std::string::npos) return true;
  }
  return false;
}

struct Row {
  std::string host, others, named, own;
};

// Its toolchain is not here, or a sanitizer has its own idea of how a process ends.
bool can_run(const Misbehaviour& m, std::string_view tier) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  if (tier == "thread" && (!m.outlives_host || std::string_view(m.command).starts_with("leak"))) return false;
#endif
  static_cast<void>(tier);
  return fs::exists(fs::path(HARK_ZOO) / (std::string(m.plugin) + ".so"));
}

std::string options_of(std::string_view plugin) {
  if (plugin == "throws") return "options = { only = \"bad\" }\n";
  return plugin.starts_with("tally_") ? "options = { fail_on = \"bad\", every = 1000000 }\n" : "";
}

// What never comes back is not waited for long; what only takes its time, on a slow machine too, is not cut off.
std::string timeout_of(std::string_view command) {
  const bool overstays = command == "hang" || command == "busy" || command == "deaf" || command == "sleep";
  return overstays ? "1s" : "60s";
}

Row run(const Misbehaviour& m, const std::string& tier) {
  const Workspace w;
  w.config(from_stdin, R"(
[subscribers.out]
plugin = "log-file"
on = ["good", "bad"]
options = { path = "out.ndjson" }
[runtime]
shutdown = "3s"
)",
           "[subscribers.culprit]\nplugin = \"" + std::string(m.plugin) + "\"\non = [\"good\", \"bad\"]\ntimeout = \"" +
               timeout_of(m.command) +
               "\"\nbreaker = { open_after = 0 }\nrestart = { max = 1000 }\n"
               "isolation = \"" +
               tier + "\"\n" + options_of(m.plugin));
  const Ended ended = w.run(input(m));
  INFO(m.what << " in the tier " << tier << "\n" << ended.err);
  CHECK(ended.in_time);
  Row row;
  if (ended.err.find("culprit: plugin `") != std::string::npos) {
    row.own = "refused before it is loaded";
  }
  row.named = is_named(ended.err.substr(0, ended.err.find("ledger:\n"))) ? "yes" : "no";
  if (ended.signal != 0) {
    row.host = "**ends** (" + std::string(strsignal(ended.signal)) + ")";
  } else if (const Ledger ledger(ended.err); ledger.balances()) {
    row.host = "goes on";
    CHECK(ended.status == 0);
    row.others =
        std::to_string(of_type(w.events("out.ndjson"), "good").size() + of_type(w.events("out.ndjson"), "bad").size()) +
        " of " + std::to_string(events);
    CHECK(row.others == "21 of 21");
    if (row.own.empty()) row.own = account(ledger.to("culprit"));
  } else {
    row.host = "**ends** (status " + std::to_string(ended.status) + ")";
  }
  // What the product promises of the tier, whatever the page says.
  if (tier == "process" || m.outlives_host) CHECK(row.host == "goes on");
  if (row.host == "goes on" && row.own != "21 acknowledged") CHECK(row.named == "yes");
  return row;
}

std::string cell(const std::string& text) { return text.empty() ? "–" : text; }

}  // namespace

TEST_CASE("every misbehaviour in every tier ends as the page says") {
  const std::string begin = "<!-- table -->\n", end = "<!-- end of table -->";
  std::string page = read_text(HARK_ISOLATION_PAGE);
  const std::size_t from = page.find(begin) + begin.size(), to = page.find(end);
  REQUIRE(to != std::string::npos);
  const std::string written = page.substr(from, to - from);
  std::string table =
      "| a subscriber | `isolation` | the host | others' events | it is named | its own 21 events |\n"
      "|---|---|---|---|---|---|\n";
  for (const Misbehaviour& m : all) {
    for (const char* tier : {"thread", "process"}) {
      const std::string key = std::string("| ") + m.what + " | " + tier + " | ";
      if (!can_run(m, tier)) {
        const std::size_t at = written.find(key);
        REQUIRE(at != std::string::npos);
        table += written.substr(at, written.find('\n', at) + 1 - at);
        continue;
      }
      const Row r = run(m, tier);
      table += key + r.host + " | " + cell(r.others) + " | " + r.named + " | " + cell(r.own) + " |\n";
    }
  }
  if (std::getenv("HARK_WRITE_TABLE") != nullptr) {
    write_text(HARK_ISOLATION_PAGE, page.replace(from, to - from, table));
  } else {
    CHECK(written == table);
  }
}
