// A plugin ends the host: who it was is told, remembered, and kept out of the next one until somebody decides
// otherwise.
#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>

#include "host.h"

using namespace hark::e2e;

namespace {

constexpr std::string_view crasher = "[subscribers.c]\nplugin = \"crashes\"\non = \"crash.*\"\n";
constexpr std::string_view remedy = "`hark plugin enable crashes hark.toml`";

std::string event(const std::string& how) { return "{\"type\":\"crash.now\",\"data\":{\"how\":\"" + how + "\"}}\n"; }

Ended crash(const Workspace& w, const std::string& how = {}) { return w.run(event(how)); }

// A sanitizer reports what the processor found wrong, once it has been recorded, and exits.
bool died_of(const Ended& ended, int signal) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  if (signal == SIGSEGV && ended.status > 0 && ended.status != 70) return true;
#endif
  return ended.signal == signal;
}

bool says(const Ended& ended, std::string_view text) { return ended.err.find(text) != std::string::npos; }

// The file of a running host that is written before each call.
fs::path cells_of(const Process& host) {
  std::ifstream maps("/proc/" + std::to_string(host.id()) + "/maps");
  for (std::string line; std::getline(maps, line);) {
    if (const std::size_t at = line.find("/dev/shm/hark-cells-"); at != std::string::npos) return line.substr(at);
  }
  return {};
}

// A config in which `crashes` hears what it crashes of.
class Crashing : public Workspace {
 public:
  explicit Crashing(std::string_view more = {}) { config(from_stdin, to_host_file, std::string(crasher).append(more)); }
  // What the next start publishes of it; an empty one when nothing.
  Event told() const {
    fs::remove(path("host.ndjson"));
    INFO(run().err);
    const std::vector<Event> crashed = of_type(events("host.ndjson"), "hark.plugin.crashed_host");
    return crashed.size() == 1 ? crashed.front() : Event{};
  }
};

}  // namespace

TEST_CASE("a plugin that crashes is named and the host dies of the same signal") {
  struct Way {
    const char* how;
    int signal;
    const char* name;
  };
  for (const Way& way : {Way{"", SIGSEGV, "SIGSEGV"}, Way{"abort", SIGABRT, "SIGABRT"}, Way{"trap", SIGILL, "SIGILL"},
                         Way{"overflow", SIGSEGV, "SIGSEGV"}, Way{"thread", SIGSEGV, "SIGSEGV"}}) {
    const Crashing w;
    const Ended ended = crash(w, way.how);
    INFO(way.how << "\n" << ended.err);
    CHECK(died_of(ended, way.signal));
    const bool own_thread = std::string_view(way.how) == "thread";
    CHECK(says(ended, "hark: plugin zoo.crashes 1.0.0 "));
    CHECK(says(ended, std::string("killed the host with ") + way.name));
    CHECK(says(ended, own_thread ? " in a thread of its own" : " while handling event "));
    CHECK(says(ended, "crashes"));

    const Event told = w.told();
    CHECK(told.data().find("\"plugin\":\"zoo.crashes\",\"version\":\"1.0.0\"") != std::string::npos);
    CHECK(told.data().find(std::string("\"how\":\"") + way.name + "\"") != std::string::npos);
    CHECK(told.data().find("\"demoted\":true") != std::string::npos);
    CHECK(own_thread != (told.data().find("\"type\":\"crash.now\"") != std::string::npos));
  }
}

TEST_CASE("the next start blames the plugin and gives it a process of its own and the others run") {
  const Crashing w;
  crash(w);
  const Ended next = w.run("{\"type\":\"crash.now\"}\n");
  check_ended_well(next);
  CHECK(says(next, "plugin zoo.crashes 1.0.0 (c) killed the host while handling event "));
  CHECK(says(next, " of type `crash.now` (SIGSEGV at crashes.so+0x"));
  CHECK(says(next, "from here on it has a process of its own"));
  CHECK(says(next, "gets a process of its own: "));
  CHECK(says(next, "it crashed the host at "));
  CHECK(says(next, remedy));
  CHECK(w.dead_letters().size() == 1);  // what crashed it again
  CHECK(says(next, "dead-lettered: crashed: its process was ended by Segmentation fault"));

  const Ended third = w.run();
  check_ended_well(third);
  CHECK(!says(third, "killed the host"));
  CHECK(says(third, "it crashed the host at "));
}

TEST_CASE("hark check says that a plugin is demoted and forgets nothing") {
  const Crashing w;
  crash(w);
  CHECK(w.hark({"check", "hark.toml"}).out.find("it crashed the host at ") == std::string::npos);  // not blamed yet
  check_ended_well(w.run());
  CHECK(w.hark({"check", "hark.toml"}).out.find("because: it crashed the host at ") != std::string::npos);
}

TEST_CASE("a demoted plugin is back after enable and in another version and where the config insists") {
  const Crashing w;
  crash(w);
  check_ended_well(w.run());
  SECTION("enabled") {
    const Ended enabled = w.hark({"plugin", "enable", "crashes", "hark.toml"});
    INFO(enabled.err);
    CHECK(enabled.status == 0);
    CHECK(died_of(crash(w), SIGSEGV));
    CHECK(says(w.run(), "gets a process of its own: "));  // it did it again
  }
  SECTION("another version") {
    fs::copy_file(fs::path(HARK_ZOO) / "exits.so", w.path("plugins/crashes.so"), fs::copy_options::overwrite_existing);
    const Ended ended = w.run();
    check_ended_well(ended);
    CHECK(!says(ended, "gets a process of its own: "));
  }
  SECTION("isolation = thread") {
    w.config(from_stdin, crasher, "isolation = \"thread\"\n");
    const Ended ended = w.run();
    check_ended_well(ended);
    CHECK(says(ended, "it is loaded all the same, because isolation = \"thread\" says so"));
  }
}

TEST_CASE("a plugin that was replaced after it ended the host is not blamed for the old one") {
  const Crashing w;
  crash(w);
  // Where the host loads from a private copy, the copy; the culprit is gone when that is.
  fs::remove_all(w.path("hark-state/.plugins"));
  const Ended ended = w.run();
  check_ended_well(ended);
  CHECK(says(ended, "killed the host while handling event "));
  CHECK(says(ended, "its file has been replaced since"));
  CHECK(!says(ended, "gets a process of its own: "));
}

TEST_CASE("a disabled plugin is not loaded until it is enabled") {
  const Crashing w;
  CHECK(w.hark({"plugin", "disable", "crashes"}).status == 0);
  const Ended without = crash(w);
  check_ended_well(without);
  CHECK(says(without, "c: plugin `crashes` refused: "));
  CHECK(says(without, "it is disabled since "));
  CHECK(says(without, remedy));
  CHECK(w.hark({"plugin", "enable", "crashes"}).status == 0);
  CHECK(died_of(crash(w), SIGSEGV));
}

TEST_CASE("enable and disable know the plugins and suggest the nearest") {
  const Crashing w;
  const Ended ended = w.hark({"plugin", "disable", "crashe"});
  CHECK(ended.status == 1);
  CHECK(says(ended, "no plugin `crashe`; did you mean `crashes`?"));
  CHECK(w.hark({"plugin", "disable"}).status == 2);
}

TEST_CASE("a safe start leaves out what was ever blamed and what autoload would find") {
  const Crashing w("required = true\n[plugins]\nautoload = true\n");
  w.plugin("recorder");
  crash(w);
  w.run();
  CHECK(w.hark({"plugin", "enable", "crashes"}).status == 0);
  const Ended safe = w.hark({"run", "--safe", "hark.toml"}, event(""));
  check_ended_well(safe);
  CHECK(says(safe, "left out by --safe: it ended a host at "));
  CHECK(!says(safe, "recorder"));
  CHECK(died_of(crash(w), SIGSEGV));
}

TEST_CASE("what a plugin calls to leave is blamed as a crash is") {
  for (const std::string how : {"exit", "_exit"}) {
    const Workspace w;
    w.config(from_stdin, to_host_file, "[subscribers.e]\nplugin = \"exits\"\non = \"leave\"\n");
    const Ended ended = w.run("{\"type\":\"leave\",\"data\":{\"status\":3,\"how\":\"" + how + "\"}}\n");
    INFO(ended.err);
    CHECK(ended.status == 70);
    CHECK(says(ended, "zoo.exits 1.0.0 (e) ended the host by calling " + how + "() while handling event "));
    const Ended next = w.run();
    check_ended_well(next);
    CHECK(says(next, "it crashed the host at "));
    CHECK(says(next, how == "exit" ? "exit() while handling event " : "_exit(3) while handling event "));
  }
}

TEST_CASE("a child process that a plugin forks ends alone") {
  const Workspace w;
  w.config(from_stdin, crasher, "[subscribers.e]\nplugin = \"exits\"\non = \"leave\"\n");
  const Ended ended = w.run(event("fork") + "{\"type\":\"leave\",\"data\":{\"how\":\"fork\"}}\n");
  check_ended_well(ended);
  CHECK(!says(ended, "ended the host"));
  CHECK(!says(ended, "killed the host"));
  CHECK(!says(w.run(), "the host before this one"));
}

TEST_CASE("after a kill the next start says who was being called and blames nobody") {
  const Crashing w;
  Process host(w.launch({"run", "hark.toml", "--log", "info"}));
  host.write(event("hang"));
  REQUIRE(eventually([&] { return host.said("ready in"); }));
  REQUIRE(eventually([&] { return read_text(cells_of(host)).find("crash.now") != std::string::npos; }));
  host.signal(SIGKILL);
  CHECK(host.wait().signal == SIGKILL);
  const Ended next = w.run();
  check_ended_well(next);
  CHECK(says(next, "the host before this one was killed"));
  CHECK(says(next, "meanwhile zoo.crashes 1.0.0 (c) was handling event "));
  CHECK(says(next, " of type `crash.now`"));
  CHECK(!says(next, "refused"));
}

TEST_CASE("a signal from outside is nobody's fault") {
  const Crashing w;
  Process host(w.launch({"run", "hark.toml"}));
  REQUIRE(eventually([&] { return host.said("ready in"); }));
  host.signal(SIGABRT);
  CHECK(host.wait().signal == SIGABRT);
  const Ended next = w.run();
  check_ended_well(next);
  CHECK(says(next, "the host before this one was killed"));
  CHECK(!says(next, "refused"));
}

TEST_CASE("an inline call that ends the host is blamed too") {
  const Workspace w;
  w.config(from_stdin, "[subscribers.i]\nplugin = \"inline_crash\"\nlane = \"inline\"\non = \"crash.*\"\n");
  const Ended ended = w.run(event(""));
  INFO(ended.err);
  CHECK(died_of(ended, SIGSEGV));
  CHECK(says(ended, "hark: plugin zoo.inline_crash 1.0.0 (i) killed the host with SIGSEGV while handling event "));
  CHECK(says(w.run(), "i: plugin `inline_crash` refused: "));
}

TEST_CASE("a host that ends in order leaves nothing of its own in the state folder") {
  const Workspace w;
  w.config(from_stdin, to_out_file);
  check_ended_well(w.run(numbered("a", 3)));
  CHECK(!fs::exists(w.path("hark-state")));
}
