// The file source and log-file's rotation through the real host: followed, killed, started again.
#include <signal.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>
#include <map>
#include <random>
#include <thread>

#include "host.h"

using namespace hark::e2e;

namespace {

constexpr std::string_view from_files = R"(
[sources.in]
plugin = "file"
options = { path = "in/app.log" }
)";

// Appends numbered lines to in/app.log and rotates it, as a program and a logrotate beside it do.
class Writer {
 public:
  explicit Writer(const Workspace& w) : path_(w.path("in/app.log")) { fs::create_directories(w.path("in")); }

  void write(int count) {
    std::ofstream out(path_, std::ios::app);
    for (int i = 0; i < count; ++i) out << "{\"type\":\"a\",\"n\":" << written_++ << "}\n";
  }
  void rotate() const {
    for (int n = 200; n >= 1; --n) {
      if (fs::exists(older(n))) fs::rename(older(n), older(n + 1));
    }
    if (fs::exists(path_)) fs::rename(path_, older(1));
  }
  int written() const { return written_; }

 private:
  fs::path older(int n) const { return path_.string() + "." + std::to_string(n); }

  fs::path path_;
  int written_ = 0;
};

// How often each number was delivered. A line that the kill tore is none.
std::map<int, int> deliveries(const fs::path& file) {
  std::map<int, int> seen;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    constexpr std::string_view key = "\"n\":";
    const std::size_t at = line.rfind(key);
    if (at != std::string::npos && line.ends_with("}}")) ++seen[std::stoi(line.substr(at + key.size()))];
  }
  return seen;
}

// Kills and restarts the host while a writer appends and rotates; the whole account of what was delivered.
struct KillRun {
  explicit KillRun(const Workspace& w, unsigned seed, int rounds) : random(seed), writer(w) {
    for (int round = 0; round < rounds; ++round) {
      Process host(w.launch({"run", "hark.toml"}));
      const std::chrono::milliseconds life(random() % 1000);
      while (host.age() < life) {
        writer.write(static_cast<int>(random() % 100));
        if (random() % 8 == 0) writer.rotate();
        std::this_thread::sleep_for(5ms);  // the pace of the writer: nothing waits for it
      }
      host.signal(SIGKILL);
      host.wait();
      if (random() % 2 == 0) {  // while it is down
        writer.write(100);
        writer.rotate();
        writer.write(100);
      }
    }
    Process host(w.launch({"run", "hark.toml"}));
    complete = eventually([&] { return host.said("ready in") && all_read(w); });
    host.signal(SIGTERM);
    ended = host.wait();
  }
  bool all_read(const Workspace& w) const {
    return deliveries(w.path("out.ndjson")).size() == static_cast<std::size_t>(writer.written());
  }

  std::mt19937 random;
  Writer writer;
  bool complete = false;
  Ended ended;
};

unsigned fresh_seed() {
  const unsigned seed = std::random_device()();
  std::printf("seed %u\n", seed);
  return seed;
}

}  // namespace

TEST_CASE("files are read to their end without follow and a second run has nothing to read") {
  const Workspace w;
  w.config("[sources.in]\nplugin = \"file\"\noptions = { path = [\"in/*.log\", \"more.txt\"], follow = false }\n",
           to_out_file);
  fs::create_directory(w.path("in"));
  write_text(w.path("in/a.log"), numbered("a", 1000));
  write_text(w.path("in/b.log"), numbered("b", 500) + "{bad\n");
  write_text(w.path("more.txt"), "plain\n");
  check_ended_well(w.run());
  CHECK(w.events("out.ndjson").size() == 1501);
  REQUIRE(w.dead_letters().size() == 1);
  CHECK(w.dead_letters()[0].at("harkerror").find("not JSON at byte 2") != std::string::npos);
  check_ended_well(w.run());
  CHECK(w.events("out.ndjson").size() == 1501);
}

TEST_CASE("a host follows a file through growth and rotations and a restart loses and doubles nothing") {
  const Workspace w;
  w.config(from_files, to_out_file);
  Writer writer(w);
  for (int run = 0; run < 3; ++run) {
    Process host(w.launch({"run", "hark.toml"}));
    const auto all_read = [&] { return w.lines("out.ndjson").size() == static_cast<std::size_t>(writer.written()); };
    writer.write(1);
    REQUIRE(eventually(all_read));  // it looks from here on: rotations before that, beyond one, would not be found
    for (int i = 0; i < 10; ++i) {
      writer.write(200);
      if (i % 3 == 2) writer.rotate();
    }
    REQUIRE(eventually(all_read));
    host.signal(SIGTERM);
    check_ended_well(host.wait());
    writer.write(100);
    writer.rotate();
    writer.write(100);
  }
  const auto seen = deliveries(w.path("out.ndjson"));
  CHECK(seen.size() == static_cast<std::size_t>(writer.written() - 200));
  CHECK(std::ranges::all_of(seen, [](const auto& n) { return n.second == 1; }));
}

TEST_CASE("a file source that a full queue holds up ends on a signal and goes on where it was") {
  const Workspace w;
  const auto with = [&](std::string_view sleeps) {
    w.config(from_files, "[subscribers.s]\nplugin = \"sleeps\"\nqueue = { events = 2, when_full = \"block\" }\n",
             sleeps, to_out_file);
  };
  Writer writer(w);
  writer.write(300);
  with("options = { ms = 20 }\n[runtime]\nshutdown = \"200ms\"\n");
  {
    Process host(w.launch({"run", "hark.toml"}));
    REQUIRE(eventually([&] { return w.lines("out.ndjson").size() >= 10; }));
    host.signal(SIGTERM);
    check_ended_well(host.wait());
  }
  CHECK(w.lines("out.ndjson").size() < 300);
  with("options = { ms = 0 }\n");
  Process host(w.launch({"run", "hark.toml"}));
  REQUIRE(eventually([&] { return deliveries(w.path("out.ndjson")).size() == 300; }));
  host.signal(SIGTERM);
  check_ended_well(host.wait());
}

TEST_CASE("options of file that do not fit are told with their place") {
  const Workspace w;
  w.config("[sources.in]\nplugin = \"file\"\noptions = { path = [], start = \"middle\" }\n", to_out_file);
  const Ended ended = w.run();
  CHECK(ended.status == 78);
  INFO(ended.err);
  CHECK(ended.err.find("must have at least 1 elements") != std::string::npos);
  CHECK(ended.err.find("\"beginning\", \"end\"") != std::string::npos);
}

TEST_CASE("a host that is killed at random delivers each line at least once after its restarts", "[kept]") {
  const unsigned seed = fresh_seed();
  INFO("seed " << seed);
  const Workspace w;
  w.config("[sources.in]\nplugin = \"file\"\noptions = { path = \"in/app.log*\" }\n", to_out_file);
  constexpr int kills = 8;
  const KillRun run(w, seed, kills);
  INFO(run.ended.err);
  CHECK(run.complete);
  check_ended_well(run.ended);
  const auto seen = deliveries(w.path("out.ndjson"));
  CHECK(seen.size() == static_cast<std::size_t>(run.writer.written()));
  // Each kill may double what was published and not kept, or kept and not written down: the window, and what 200 ms
  // hold.
  std::size_t doubled = 0;
  int most = 0;
  for (const auto& [number, times] : seen) {
    doubled += static_cast<std::size_t>(times - 1);
    most = std::max(most, times);
  }
  std::printf("%zu lines, %zu doubled, at most %d times\n", seen.size(), doubled, most);
  CHECK(most <= kills + 1);
  CHECK(doubled <= std::size_t{kills} * 2 * 65'536);
}

TEST_CASE("SIGHUP begins a log file anew that was moved away and does not end the host") {
  const Workspace w;
  w.config(from_stdin, to_out_file);
  Process host(w.launch({"run", "hark.toml"}));
  host.write(numbered("a", 10));
  REQUIRE(eventually([&] { return w.lines("out.ndjson").size() == 10; }));
  for (int i = 1; i <= 3; ++i) {
    fs::rename(w.path("out.ndjson"), w.path("old" + std::to_string(i)));
    host.signal(SIGHUP);
    REQUIRE(eventually([&] { return fs::exists(w.path("out.ndjson")); }));
  }
  host.write(numbered("b", 5));
  const Ended ended = host.finish();
  check_ended_well(ended);
  CHECK(w.lines("old1").size() == 10);
  CHECK(w.lines("out.ndjson").size() == 5);
  CHECK(count_of(ended.err, "SIGHUP: asked every plugin to flush") == 3);
}

TEST_CASE("a rotated log file loses no event and keeps to its count") {
  const Workspace w;
  w.config(from_stdin, R"(
[subscribers.out]
plugin = "log-file"
options = { path = "out.ndjson", rotate = { bytes = "50kB", gzip = true }, sync = "100ms" }
[subscribers.few]
plugin = "log-file"
options = { path = "few.ndjson", rotate = { bytes = "50kB", keep = 2 } }
)");
  const Ended ended = w.run(numbered("a", 5000));
  check_ended_well(ended);
  INFO(ended.err);
  std::size_t lines = 0, few = 0;
  for (const auto& entry : fs::directory_iterator(w.path("."))) {
    const std::string name = entry.path().filename().string();
    few += name.starts_with("few.ndjson.") ? 1u : 0u;
    if (!name.starts_with("out.ndjson")) continue;
    Launch zcat = w.launch({});
    zcat.command = {"/bin/zcat", "-f", entry.path().string()};
    lines += count_of(Process(zcat).finish().out, "\n");
  }
  CHECK(lines == 5000);
  CHECK(few == 2);
}
