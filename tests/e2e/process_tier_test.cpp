// Plugins in processes of their own, in a whole host: what ends one of those delays nobody else, is told with its
// cause, and costs at most the event that it happened to.
#include <signal.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "host.h"

using namespace hark::e2e;

namespace {

constexpr std::string_view puppet = R"(
[subscribers.puppet]
plugin = "puppet"
isolation = "process"
on = "p"
timeout = "2s"
restart = { max = 1000 }
)";

std::string told(std::initializer_list<const char*> commands) {
  std::string lines;
  for (const char* c : commands) lines += R"({"type":"p","do":")" + std::string(c) + "\"}\n";
  return lines;
}

// One of the ways to end a process, with events around it.
void check_costs_one_event(const char* command, std::string_view how) {
  const Workspace w;
  w.config(from_stdin, to_out_file, to_host_file, puppet);
  const Ended ended = w.run(told({"ok", "ok", command, "ok", "ok"}));
  check_ended_well(ended);
  INFO(command << "\n" << ended.err);
  CHECK(w.events("out.ndjson").size() == 5);
  const auto letters = w.dead_letters();
  REQUIRE(letters.size() == 1);
  CHECK(letters[0].line.find("crashed") != std::string::npos);
  CHECK(letters[0].line.find(how) != std::string::npos);
  const auto failed = of_type(w.events("host.ndjson"), "hark.subscriber.failed");
  CHECK(failed.size() == 2);  // once with others, once alone
  CHECK(ended.err.find("acknowledged 4") != std::string::npos);
}

// Of /proc; empty: no such process.
std::string stat_of(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  std::string line;
  std::getline(file, line);
  return line;
}

// The processes that have this one as their parent.
std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::string stat = stat_of(name);
    const std::size_t at = stat.rfind(')');
    if (at != std::string::npos && at + 4 < stat.size() && std::stoi(stat.substr(at + 4)) == parent) {
      children.push_back(std::stoi(name));
    }
  }
  return children;
}

bool is_alive(pid_t pid) {
  const std::string stat = stat_of(std::to_string(pid));
  const std::size_t at = stat.rfind(')');
  return at != std::string::npos && stat[at + 2] != 'Z';
}

}  // namespace

TEST_CASE("whatever ends a plugin's process costs the event that it happened to, and nothing else") {
  check_costs_one_event("segv", "Segmentation fault");
  check_costs_one_event("null", "at address 0x0, in puppet.so+0x");
  check_costs_one_event("abort", "Aborted");
  check_costs_one_event("exit", "exit(0)");
  check_costs_one_event("_exit", "exit(0)");
  check_costs_one_event("overflow", "Segmentation fault");
  check_costs_one_event("write", "Segmentation fault");  // the event is not the plugin's to change
  check_costs_one_event("thread", "Segmentation fault");
  check_costs_one_event("say", "it last said: last words");
}

TEST_CASE("a plugin's process that hangs is ended at its timeout, also when it is deaf to SIGTERM") {
  check_costs_one_event("hang", "did not come back in time");
  check_costs_one_event("busy", "did not come back in time");
  check_costs_one_event("deaf", "Killed");
}

TEST_CASE("an event that ends a plugin's process once is handled by the next, flagged, alone") {
  const Workspace w;
  w.config(from_stdin, puppet);
  const Ended ended = w.run(told({"ok", "segv once", "ok"}));
  check_ended_well(ended);
  INFO(ended.err);
  CHECK(w.dead_letters().empty());
  CHECK(ended.err.find("acknowledged 3") != std::string::npos);
}

TEST_CASE("a plugin in a process publishes, logs, completes later and keeps events as in the host's") {
  const Workspace w;
  w.config(from_stdin, to_out_file, puppet);
  const Ended ended = w.run(told({"publish", "log", "retain", "because of it"}));
  check_ended_well(ended);
  INFO(ended.err);
  CHECK(w.dead_letters().empty());
  const auto all = w.events("out.ndjson");
  const auto sent = of_type(all, "p"), said = of_type(all, "puppet.said"), because = of_type(all, "puppet.because");
  REQUIRE(sent.size() == 4);
  REQUIRE(said.size() == 1);
  REQUIRE(because.size() == 1);
  CHECK(said[0].at("harkcause") == sent[0].at("harkuid"));
  CHECK(because[0].at("harkcause") == sent[2].at("harkuid"));  // not the event in which it was published
  CHECK(ended.err.find("a line from the puppet") != std::string::npos);
  CHECK(ended.err.find(sent[1].at("harkuid")) != std::string::npos);
}

TEST_CASE("a plugin whose process never stays up is out of dispatch, and the rest goes on") {
  const Workspace w;
  w.config(from_stdin, to_out_file, R"(
[subscribers.puppet]
plugin = "puppet"
isolation = "process"
restart = { max = 2 }
[subscribers.unborn]
plugin = "puppet"
isolation = "process"
options = { create = "segv" }
)");
  const Ended ended = w.run(told({"segv", "segv", "segv", "ok"}));
  check_ended_well(ended);
  INFO(ended.err);
  CHECK(w.events("out.ndjson").size() == 4);
  CHECK(ended.err.find("restarted as often as [defaults] restart allows") != std::string::npos);
  CHECK(ended.err.find("unborn: plugin `puppet` refused") != std::string::npos);
  CHECK(ended.err.find("create: its process was ended by Segmentation fault") != std::string::npos);
}

TEST_CASE("what cannot be in the host's process runs all the same, and hark check says why") {
  const Workspace w;
  w.config(from_stdin, to_out_file, R"(
[subscribers.needs]
plugin = "needs_proc"
[subscribers.private]
plugin = "private_runtime"
[subscribers.unfenced]
plugin = "unfenced"
)");
  const Ended check = w.hark({"check", "hark.toml"});
  INFO(check.out << check.err);
  CHECK(check.out.find("because: it declares HARK_CAP_NEEDS_PROC") != std::string::npos);
  CHECK(check.out.find("because: it carries a C++ runtime of its own") != std::string::npos);
  CHECK(check.out.find("because: it is not fenced") != std::string::npos);
  const Ended ended = w.run(numbered("a", 1));
  check_ended_well(ended);
  INFO(ended.err);
  CHECK(w.events("out.ndjson").size() == 1);
  CHECK(ended.err.find("to needs: matched 1 = acknowledged 1") != std::string::npos);
}

TEST_CASE("an inline lane cannot be in another process") {
  const Workspace w;
  w.config(from_stdin, "[subscribers.i]\nplugin = \"inliner\"\nlane = \"inline\"\nisolation = \"process\"\n");
  const Ended check = w.hark({"check", "hark.toml"});
  CHECK(check.status != 0);
  CHECK(check.err.find("this one has a process of its own, as isolation = \"process\" says so") != std::string::npos);
}

TEST_CASE("a worker process that is killed from outside is replaced, and nothing is blamed for it") {
  const Workspace w;
  w.config(from_stdin, to_out_file, puppet);
  Process host(w.launch({"run", "hark.toml"}));
  host.write(told({"ok"}));
  REQUIRE(eventually([&] { return w.events("out.ndjson").size() == 1; }));
  std::vector<pid_t> workers;
  REQUIRE(eventually([&] { return (workers = children_of(host.id())).size() == 1; }));
  REQUIRE(kill(workers[0], SIGKILL) == 0);
  REQUIRE(eventually([&] {
    const auto now = children_of(host.id());
    return now.size() == 1 && now[0] != workers[0];
  }));
  host.write(told({"ok"}));
  const Ended ended = host.finish();
  check_ended_well(ended);
  INFO(ended.err);
  CHECK(ended.err.find("acknowledged 2") != std::string::npos);
  CHECK(w.dead_letters().empty());
}

TEST_CASE("a host that is killed leaves no worker behind") {
  const Workspace w;
  w.config(from_stdin, to_out_file, puppet);
  Process host(w.launch({"run", "hark.toml"}));
  host.write(told({"ok"}));
  std::vector<pid_t> workers;
  REQUIRE(eventually([&] { return (workers = children_of(host.id())).size() == 1; }));
  host.signal(SIGKILL);
  host.finish();
  CHECK(eventually([&] { return !is_alive(workers[0]); }));
}
