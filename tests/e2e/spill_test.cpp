// The default queue, with the real host: one that is far too slow beside one that is fast, kills, restarts, a bad disk.
#include <signal.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>

#include <set>

#include "host.h"

using namespace hark::e2e;

namespace {

constexpr std::string_view spilling = R"(
[sources.in]
plugin = "stdin"
)";

// Hears `a` alone, as the next host of some tests hears nothing new.
constexpr std::string_view slow = R"(
[runtime]
shutdown = "300ms"
[subscribers.slow]
plugin = "sleeps"
on = "a"
options = { ms = 500 }
queue = { events = 100, max_wait = "20ms" }
)";

constexpr std::string_view quick_instead = R"(
[subscribers.slow]
plugin = "log-file"
on = "a"
options = { path = "slow.ndjson" }
)";

// data.n of each event, in the order of the file.
std::vector<int> numbers_in(const Workspace& w, const std::string& file) {
  std::vector<int> all;
  for (const Event& e : w.events(file)) {
    const std::string data = e.data();
    const std::size_t at = data.find("\"n\":");
    all.push_back(at == std::string::npos ? -1 : std::atoi(data.c_str() + at + 4));
  }
  return all;
}

std::vector<int> from_to(int from, int to) {
  std::vector<int> all;
  for (int i = from; i < to; ++i) all.push_back(i);
  return all;
}

}  // namespace

TEST_CASE("beside one that takes half a second an event the fast one is done and the rest lies on disk in order") {
  constexpr int count = 100'000;
  const Workspace w;
  w.config(spilling, to_out_file, slow);
  const std::string input = numbered("a", count);
  int handled = 0;
  {
    Process host(w.launch({"run", "hark.toml"}));
    std::thread feeder([&] { host.write(input); });
    const auto lines_out = [&] { return count_of(read_text(w.path("out.ndjson")), "\n"); };
    CHECK(eventually([&] { return lines_out() == count; }));
    feeder.join();
    host.signal(SIGTERM);
    CHECK(eventually([&] { return !host.running(); }));
    const Ended ended = host.finish();
    INFO(ended.err);
    check_ended_well(ended);
    const Ledger ledger(ended.err);
    handled = static_cast<int>(ledger.to("slow").at("acknowledged"));
    CHECK(ledger.to("slow").at("spilled") == static_cast<std::uint64_t>(count - handled));
    CHECK(ended.err.find("slow: spill: its queue is full") != std::string::npos);
    CHECK(ended.max_rss_kb < 200'000);
    CHECK(w.dead_letters().empty());
  }
  CHECK(numbers_in(w, "out.ndjson") == from_to(0, count));
  w.config(spilling, quick_instead);
  const Ended next = w.run();
  check_ended_well(next);
  INFO(next.err);
  CHECK(next.err.find("events of an earlier run are in its spool") != std::string::npos);
  CHECK(numbers_in(w, "slow.ndjson") == from_to(handled, count));
  CHECK(Ledger(next.err).to("slow").at("acknowledged") == static_cast<std::uint64_t>(count - handled));
}

TEST_CASE("what was spilled survives SIGKILL whole and in order") {
  const Workspace w;
  w.config(spilling, slow);
  const std::string input = numbered("a", 20'000);
  {
    Process host(w.launch({"run", "hark.toml"}));
    host.write(input);
    const auto spooled = [&] {
      std::uintmax_t bytes = 0;
      std::error_code e;
      for (const auto& f : fs::directory_iterator(w.path("hark-state/.spool/slow"), e)) bytes += size_of(f.path());
      return bytes;
    };
    CHECK(eventually([&] { return spooled() > 1'000'000; }));
    host.signal(SIGKILL);
    CHECK(eventually([&] { return !host.running(); }));
  }
  w.config(spilling, quick_instead);
  const Ended next = w.run();
  check_ended_well(next);
  INFO(next.err);
  const std::vector<int> got = numbers_in(w, "slow.ndjson");
  REQUIRE(got.size() > 1000);
  CHECK(got == from_to(got.front(), got.front() + static_cast<int>(got.size())));  // whole, in order, each once
  CHECK(got.front() <= 102);  // what was in memory is all that is missing
}

TEST_CASE("a spool that cannot be written is told and nothing is lost") {
  const Workspace w;
  w.config(spilling, to_out_file, R"(
[subscribers.slow]
plugin = "sleeps"
on = "a"
options = { ms = 1 }
queue = { events = 10, max_wait = "1ms" }
)");
  fs::create_directories(w.path("hark-state"));
  write_text(w.path("hark-state/.spool"), "a file where the folder should be");
  const Ended ended = w.run(numbered("a", 2000));
  check_ended_well(ended);
  INFO(ended.err);
  CHECK(ended.err.find("its spool fails, memory holds what it can: cannot make the folder") != std::string::npos);
  CHECK(Ledger(ended.err).to("slow").at("acknowledged") == 2000);
}
