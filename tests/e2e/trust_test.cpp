// What lies in the plugin folder, and whether it is what it should be: autoload, pins, copies, secrets, `plugin check`.
#include <signal.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "host.h"

using namespace hark::e2e;

namespace {

constexpr std::string_view autoload = "[plugins]\nautoload = true\n";
const std::string secret = "hunter2-\"quoted\"-hunter2";

bool says(const std::string& text, std::string_view part) {
  UNSCOPED_INFO(text << "\nshould say: " << part);
  return text.find(part) != std::string::npos;
}

Ended check_plugin(const Workspace& w, const std::string& name, std::vector<std::string> more = {}) {
  std::vector<std::string> words{"plugin", "check", w.plugin(name).string()};
  words.insert(words.end(), more.begin(), more.end());
  Ended ended = w.hark(words);
  CHECK(ended.in_time);
  CHECK(ended.signal == 0);
  return ended;
}

// A plugin that tells its options to everybody, and its token is a secret.
void hide_token(const Workspace& w, std::string_view more = {}) {
  fs::create_directory(w.path("secrets"));
  write_text(w.path("secrets/token"), secret + "\n");
  fs::permissions(w.path("secrets/token"), fs::perms(0600));
  w.config(from_stdin, to_host_file,
           "[secrets]\nfiles = \"secrets\"\n[subscribers.b]\nplugin = \"blabs\"\n"
           "[subscribers.b.options]\ntoken = \"secret:token\"\nagain = [\"secret:token\", \"env:HARK_E2E_TOKEN\"]\n",
           more);
}

void check_never_there(const std::string& text) {
  INFO(text);
  CHECK(text.find("hunter2") == std::string::npos);
  CHECK(text.find("from the environment") == std::string::npos);
}

}  // namespace

TEST_CASE("a library that no instance names is loaded with the subscription that it declares") {
  const Workspace w;
  w.plugin("subscribes", "dropped");
  w.config(from_stdin, to_out_file, autoload);
  const Ended check = w.hark({"check", "hark.toml"});
  CHECK(check.status == 0);
  CHECK(says(check.out, "  dropped  dropped (autoload)  hears      zoo.*\n"));
  const Ended ended = w.run("{\"type\":\"zoo.hello\"}\n{\"type\":\"other\"}\n");
  check_ended_well(ended);
  CHECK(Ledger(ended.err).to("dropped").at("acknowledged") == 1);
  CHECK(of_type(w.events("out.ndjson"), "heard").size() == 1);
}

TEST_CASE("without autoload a library that no instance names is left alone") {
  const Workspace w;
  w.plugin("ctor_throws");
  w.config(from_stdin, to_out_file, "[plugins]\nautoload = false\n");
  const Ended ended = w.run("{\"type\":\"a\"}\n");
  check_ended_well(ended);
  CHECK(ended.err.find("ctor_throws") == std::string::npos);
}

TEST_CASE("what cannot be autoloaded is told and the others run") {
  const Workspace w;
  w.plugin("minimal");                     // declares no subscription
  w.plugin("emitter");                     // a source
  w.plugin("subscribes", "in");            // the name of an instance
  w.plugin("subscribes", "no good name");  // no name of an instance
  w.plugin("no_note");                     // refused as any other
  w.plugin("cycles");                      // needs options
  w.plugin("subscribes", "good");
  w.config(from_stdin, to_out_file, to_host_file, autoload);
  const Ended ended = w.run("{\"type\":\"zoo.hello\"}\n");
  check_ended_well(ended);
  CHECK(says(ended.err, "minimal.so: it declares no subscription; name it in [subscribers.minimal] with `on`"));
  CHECK(says(ended.err, "emitter.so: it is a source; name it in [sources.emitter]"));
  CHECK(says(ended.err, "in.so: the name is taken by the instance in line 2"));
  CHECK(says(ended.err, "no good name.so: its name cannot be an instance's"));
  CHECK(says(ended.err, "no_note: plugin `no_note` refused: "));
  CHECK(says(ended.err, "cycles: plugin `cycles` refused: "));
  CHECK(says(ended.err, "missing key `how`; name it in [subscribers.cycles]"));
  CHECK(of_type(w.events("host.ndjson"), "hark.plugin.refused").size() == 2);
  CHECK(Ledger(ended.err).to("good").at("acknowledged") == 1);
}

TEST_CASE("a library that an instance names by path is not autoloaded again") {
  const Workspace w;
  w.plugin("subscribes", "dropped");
  fs::create_symlink("dropped.so", w.path("plugins/link.so"));
  w.config(from_stdin, "[subscribers.mine]\nplugin = \"./plugins/dropped.so\"\n", autoload);
  const Ended ended = w.run("{\"type\":\"zoo.hello\"}\n");
  check_ended_well(ended);
  CHECK(Ledger(ended.err).to("mine").at("acknowledged") == 1);
  CHECK(Ledger(ended.err).to("dropped").text.empty());
  CHECK(Ledger(ended.err).to("link").text.empty());
}

TEST_CASE("a pinned plugin runs until its file is another one") {
  const Workspace w;
  const fs::path file = w.plugin("subscribes", "pinned");
  const std::string sheet = check_plugin(w, "subscribes").out;
  const std::size_t at = sheet.find("sha256");
  REQUIRE(at != std::string::npos);
  const std::string hash = sheet.substr(sheet.find_first_of("0123456789abcdef", at + 6), 64);
  w.config(from_stdin, to_out_file, "[subscribers.p]\nplugin = \"pinned\"\nsha256 = \"" + hash + "\"\n",
           "[subscribers.q]\nplugin = \"pinned\"\n");
  check_ended_well(w.run("{\"type\":\"zoo.hello\"}\n"));
  w.plugin("ctor_exits", "pinned");
  const Ended ended = w.run("{\"type\":\"zoo.hello\"}\n");
  check_ended_well(ended);
  CHECK(says(ended.err, "p: plugin `pinned` refused: " + file.string() + ": its SHA-256 is "));
  CHECK(says(ended.err, ", the config pins it to " + hash));
  CHECK(says(ended.err, "q: plugin `pinned` refused: "));  // the code is the same: one pin holds for both
}

TEST_CASE("hosts that share a state folder keep their copies and remove old ones") {
  const Workspace w;
  w.config(from_stdin, "[subscribers.r]\nplugin = \"recorder\"\noptions = { path = \"r.txt\" }\n");
  write_text(w.path("other.toml"), "[sources.in]\nplugin = \"stdin\"\n[subscribers.e]\nplugin = \"echo\"\n");
  w.plugin("echo");
  const auto copies = [&] {
    std::vector<std::string> names;
    for (const auto& e : fs::directory_iterator(w.path("hark-state/.plugins")))
      if (e.path().extension() == ".so") names.push_back(e.path().filename().string().substr(0, 4));
    std::ranges::sort(names);
    return names;
  };
  Process first(w.launch({"run", "hark.toml"}));
  first.write(numbered("a", 1));
  REQUIRE(eventually([&] { return w.lines("r.txt").size() == 1; }));
  for (int i = 0; i < 3; ++i) CHECK(w.hark({"run", "other.toml"}).status == 0);
  CHECK(copies() == std::vector<std::string>{"echo", "reco"});
  first.write(numbered("a", 1));
  check_ended_well(first.finish());
  CHECK(w.lines("r.txt").size() == 2);
  CHECK(w.hark({"check", "other.toml"}).status == 0);
  CHECK(copies() == std::vector<std::string>{"echo"});  // nobody uses the other one any more
}

TEST_CASE("a host that was killed leaves no lock behind") {
  const Workspace w;
  w.config(from_stdin, "[subscribers.r]\nplugin = \"recorder\"\noptions = { path = \"r.txt\" }\n");
  Process first(w.launch({"run", "hark.toml"}));
  first.write(numbered("a", 1));
  REQUIRE(eventually([&] { return w.lines("r.txt").size() == 1; }));
  first.signal(SIGKILL);
  CHECK(first.wait().signal == SIGKILL);
  w.config(from_stdin, to_out_file);
  check_ended_well(w.run());
  CHECK(fs::is_empty(w.path("hark-state/.plugins")));
}

TEST_CASE("a secret reaches its plugin and nothing that anybody sees") {
  const Workspace w;
  hide_token(w);
  setenv("HARK_E2E_TOKEN", "from the environment", 1);
  const Ended check = w.hark({"check", "hark.toml"});
  CHECK(check.status == 0);
  const Ended ls = w.hark({"plugin", "ls", "--events", "hark.toml"});
  const Ended graph = w.hark({"graph", "hark.toml"});
  CHECK(says(graph.out, "blabs"));
  Process host(w.launch({"run", "hark.toml", "--log", "trace"}));
  host.write(numbered("a", 3));
  const Ended ended = host.finish();
  check_ended_well(ended);
  CHECK(says(ended.err, "\"token\":\"[secret:token]\""));
  CHECK(says(ended.err, "[env:HARK_E2E_TOKEN]"));
  CHECK(w.dead_letters().size() == 3);
  CHECK(says(w.dead_letters().at(0).at("harkerror"), "[secret:token]"));
  CHECK(says(read_text(w.path("host.ndjson")), "[secret:token]"));
  for (const Ended* e : {&check, &ls, &graph, &ended}) check_never_there(e->out + e->err);
  check_never_there(read_text(w.path("host.ndjson")));
  check_never_there(read_text(w.path("hark-state/dead-letters.ndjson")));
  unsetenv("HARK_E2E_TOKEN");
}

TEST_CASE("a plugin that is refused with its options as the reason does not show their secrets") {
  const Workspace w;
  setenv("HARK_E2E_TOKEN", "from the environment", 1);
  hide_token(w, "create = 1\n");
  const Ended ended = w.run();
  check_ended_well(ended);
  CHECK(says(ended.err, "b: plugin `blabs` refused: "));
  CHECK(says(ended.err, "[secret:token]"));
  CHECK(says(read_text(w.path("host.ndjson")), "[secret:token]"));
  check_never_there(ended.out + ended.err + read_text(w.path("host.ndjson")));
  unsetenv("HARK_E2E_TOKEN");
}

TEST_CASE("a secret that does not resolve ends the start with its place") {
  const Workspace w;
  hide_token(w);
  unsetenv("HARK_E2E_TOKEN");
  for (const char* verb : {"check", "run"}) {
    const Ended ended = w.hark({verb, "hark.toml"});
    CHECK(ended.status == 78);
    CHECK(says(ended.err, "`env:HARK_E2E_TOKEN` does not resolve: the environment has no HARK_E2E_TOKEN"));
    check_never_there(ended.out + ended.err);
  }
}

TEST_CASE("plugin check says what a plugin is and that its cycle is well") {
  const Workspace w;
  const Ended ended = check_plugin(w, "cycles", {"--options", R"({"how":"talks"})"});
  INFO(ended.out);
  CHECK(ended.status == 0);
  for (const char* part :
       {"id           zoo.cycles 1.0.0", "for hosts with plugin ABI 1.0 or newer", "fence        yes", "subscriber",
        "exports      hark_entry_v1", "libc.so.6", "isolation    auto: in the host's process", "hears        a.*",
        "publishes    b", "how   one of \"well\"", "required  what it does",
        "size  integer from 1 to 65536; 100 when absent", "23 times, all well",
        "descriptors       0 by the first, 0 by the last 20", "said         printed", "info logged k=v"}) {
    CHECK(says(ended.out, part));
  }
  CHECK(count_of(ended.out, "info logged") == 1);
}

TEST_CASE("plugin check tells what each cycle leaks") {
  const Workspace w;
  const Ended ended = check_plugin(w, "cycles", {"--options", R"({"how":"leaks","size":5000})"});
  CHECK(ended.status == 0);
  CHECK(says(ended.out, "warning: leaks descriptors: 20 in 20 cycles: /dev/null x 23"));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they have an allocator of their own
  CHECK(says(ended.out, "warning: leaks memory: "));
#endif
  CHECK(says(ended.out, "fine, with "));
}

TEST_CASE("plugin check survives what a plugin does in its cycle and says what that was") {
  const Workspace w;
  const auto failed = [&](const std::string& how, std::string_view what) {
    const Ended ended = check_plugin(w, "cycles", {"--patience", "3", "--options", "{\"how\":\"" + how + "\"}"});
    CHECK(ended.status == 1);
    CHECK(says(ended.out, what));
  };
  failed("aborts", "failed: create ended the process (Aborted) (cycle 1)");
  failed("exits", "failed: create ended the process with exit(3) (cycle 1)");
  failed("fails", "failed: create: no paper (cycle 1)");
  failed("hangs", "failed: stop or destroy did not come back within 3 s (cycle 1)");
}

TEST_CASE("plugin check does not run the cycle of a plugin whose options are missing") {
  const Workspace w;
  const Ended ended = check_plugin(w, "cycles");
  CHECK(ended.status == 1);
  CHECK(says(ended.out, "cycle        not run: options: missing key `how`"));
  CHECK(says(ended.out, "--options"));
  CHECK(check_plugin(w, "cycles", {"--options", R"({"how":"sideways"})"}).status == 1);
}

TEST_CASE("plugin check reads options from a file and refuses what is no JSON object") {
  const Workspace w;
  write_text(w.path("o.json"), R"({"how": "well"})");
  CHECK(check_plugin(w, "cycles", {"--options", "@o.json"}).status == 0);
  for (const char* bad : {"{", "[]", "@nosuch.json", ""})
    CHECK(check_plugin(w, "cycles", {"--options", bad}).status == 2);
}

TEST_CASE("plugin check tells which process a plugin gets, and why") {
  const Workspace w;
  CHECK(says(check_plugin(w, "go_runtime").out, "auto: process, because: it carries a Go runtime"));
  CHECK(says(check_plugin(w, "private_runtime").out, "auto: process, because: it carries a C++ runtime of its own"));
  CHECK(says(check_plugin(w, "needs_proc").out, "auto: process, because: it declares HARK_CAP_NEEDS_PROC"));
  CHECK(says(check_plugin(w, "unfenced").out, "auto: process, because: it is not fenced"));
  CHECK(says(check_plugin(w, "minimal").out, "auto: in the host's process, because: fenced"));
}

TEST_CASE("plugin check tells why a file is refused and runs none of its code") {
  const Workspace w;
  const auto refused = [&](const std::string& name, std::string_view why) {
    const Ended ended = check_plugin(w, name);
    CHECK(ended.status == 1);
    CHECK(says(ended.out, why));
  };
  refused("no_note", "failed: no Hark note");
  refused("wrong_major", "failed: needs plugin ABI 2");
  refused("ctor_exits", "failed: its constructors called exit(0)");
  refused("decline", "failed: it declined: no licence found");
  refused("missing_symbol", "zoo_no_such_function");
  write_text(w.path("text.so"), "not a library");
  CHECK(w.hark({"plugin", "check", "text.so"}).status == 1);
  CHECK(w.hark({"plugin", "check", "nosuch.so"}).status == 1);
  CHECK(w.hark({"plugin", "check"}).status == 2);
}

TEST_CASE("plugin check leaves nothing behind") {
  const Workspace w;
  fs::create_directory(w.path("tmp"));
  setenv("TMPDIR", w.path("tmp").c_str(), 1);
  check_plugin(w, "cycles", {"--options", R"({"how":"aborts"})"});
  unsetenv("TMPDIR");
  CHECK(fs::is_empty(w.path("tmp")));
}

TEST_CASE("the bundled plugins pass plugin check") {
  const Workspace w;
  for (const auto& [name, options] :
       {std::pair{"print", "{}"}, {"stdin", "{}"}, {"log-file", R"({"path":"x.ndjson"})"}}) {
    const Ended ended =
        w.hark({"plugin", "check", std::string(HARK_BUNDLED) + "/" + name + ".so", "--options", options});
    INFO(ended.out);
    CHECK(ended.status == 0);
    CHECK(says(ended.out, "\nfine\n"));
  }
}
