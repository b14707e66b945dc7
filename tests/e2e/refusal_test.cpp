// Plugins that are found but refused: told with name, path, reason and remedy, published, and nobody else's business.
#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>

#include "host.h"

using namespace hark::e2e;

namespace {

constexpr std::string_view bad = "[subscribers.bad]\nplugin = \"bad\"\n";

// A host with a log-file, the host's own events in a file, and the subscriber `bad`; one event goes through it.
void check_refused(const Workspace& w, const std::vector<std::string>& reasons, std::string_view more = bad) {
  w.config(from_stdin, to_out_file, to_host_file, more);
  const Ended ended = w.run(numbered("a", 2));
  check_ended_well(ended);
  INFO(ended.err);
  const std::string told = "bad: plugin `";
  CHECK(ended.err.find(told) != std::string::npos);
  CHECK(ended.err.find(w.path("plugins").string()) != std::string::npos);
  const std::vector<Event> published = of_type(w.events("host.ndjson"), "hark.plugin.refused");
  REQUIRE(published.size() == 1);
  for (const std::string& reason : reasons) {
    CHECK(ended.err.find(reason) != std::string::npos);
    INFO("should tell: " << reason << "\n" << published[0].line);
    CHECK(published[0].data().find(reason) != std::string::npos);
  }
  CHECK(published[0].data().find("\"name\":\"bad\"") != std::string::npos);
  CHECK(published[0].data().find(w.path("plugins").string()) != std::string::npos);
  CHECK(w.events("out.ndjson").size() == 2);  // the others run
}

void check_refused_as(const std::string& plugin, const std::vector<std::string>& reasons) {
  const Workspace w;
  w.plugin(plugin, "bad");
  check_refused(w, reasons);
}

std::string elf_of(const Workspace& w) { return read_text(w.plugin("minimal", "bad")); }
void install(const Workspace& w, const std::string& bytes) { write_text(w.path("plugins/bad.so"), bytes); }

}  // namespace

TEST_CASE("a plugin that is no ELF file is refused") {
  for (const std::string& text : {std::string("shopping list\n"), std::string(), std::string(100'000, '\0'),
                                  std::string("\x7f"
                                              "ELF"),
                                  std::string("#!/bin/sh\nexit 0\n")}) {
    const Workspace w;
    install(w, text);
    check_refused(w, {});
  }
}

TEST_CASE("a plugin that is truncated at any place is refused or loads whole") {
  const Workspace w;
  const std::string whole = elf_of(w);
  std::string config;
  int n = 0;
  for (std::size_t size = 1; size < whole.size(); size += 1 + whole.size() / 40) {
    const std::string name = "cut" + std::to_string(n++);
    write_text(w.path("plugins/" + name + ".so"), whole.substr(0, size));
    config += "[subscribers." + name + "]\nplugin = \"" + name + "\"\n";
  }
  w.config(from_stdin, to_out_file, config);
  const Ended ended = w.run(numbered("a", 1));
  check_ended_well(ended);
  CHECK(w.events("out.ndjson").size() == 1);
  // The section headers at the end are not needed to run: only cuts into what is loaded must be refused.
  CHECK(count_of(ended.err, " refused: ") > static_cast<std::size_t>(n) / 2);
}

TEST_CASE("a plugin for another architecture is refused by name") {
  const Workspace w;
  std::string bytes = elf_of(w);
  const Elf64_Half other = EM_AARCH64;
  std::memcpy(bytes.data() + offsetof(Elf64_Ehdr, e_machine), &other, sizeof other);
  install(w, bytes);
  check_refused(w, {"aarch64"});
}

TEST_CASE("a plugin of 32 bits is refused") {
  const Workspace w;
  std::string bytes = elf_of(w);
  bytes[EI_CLASS] = ELFCLASS32;
  install(w, bytes);
  check_refused(w, {"32"});
}

TEST_CASE("a plugin without a note is refused with how to build one") {
  check_refused_as("no_note", {"no Hark note", "hark_add_plugin()"});
}
TEST_CASE("a plugin of another ABI major is refused before a line of it runs") {
  check_refused_as("wrong_major", {"needs plugin ABI 2", "upgrade hark"});
}
TEST_CASE("a plugin that wants a newer host is refused with what to upgrade") {
  check_refused_as("too_new", {"needs plugin ABI 1.999 or newer, this host has 1.", "upgrade hark"});
}
TEST_CASE("a plugin whose note and module disagree is refused") {
  check_refused_as("note_mismatch", {"its note says", "build it again"});
}
TEST_CASE("a plugin that needs a symbol which nobody has is refused at load and the symbol is named") {
  check_refused_as("missing_symbol", {"zoo_no_such_function"});
}
TEST_CASE("a plugin whose constructor throws is refused and the host lives") {
  check_refused_as("ctor_throws", {"constructor"});
}
TEST_CASE("a plugin whose constructor calls exit with 0 is refused and the host lives") {
  check_refused_as("ctor_exits", {"its constructors called exit(0)"});
}
TEST_CASE("a plugin whose constructor hangs is refused after a while and the host lives") {
  check_refused_as("ctor_hangs", {"its constructors were not done after"});
}
TEST_CASE("a plugin that declines is refused with its reason") { check_refused_as("decline", {"no licence found"}); }
TEST_CASE("a plugin without handle is refused") { check_refused_as("broken_table", {"no handle function"}); }
TEST_CASE("a plugin whose create fails is refused with what it said") {
  check_refused_as("create_fails", {"create: cannot reach the database"});
}
TEST_CASE("a plugin whose create fails without a word is refused with the code") {
  const Workspace w;
  w.plugin("create_fails", "bad");
  check_refused(w, {"create: "}, "[subscribers.bad]\nplugin = \"bad\"\noptions = { silent = 1 }\n");
}
TEST_CASE("a plugin whose constructor of the instance throws is refused with what it threw") {
  check_refused_as("create_throws", {"thrown by the constructor"});
}
TEST_CASE("a plugin whose start fails is refused with what it said") {
  check_refused_as("start_fails", {"start: ", "port 80 is taken"});
}
TEST_CASE("isolation thread refuses what it cannot hold and loads the unfenced with a warning") {
  const Workspace w;
  for (const char* name : {"needs_proc", "private_runtime", "go_runtime", "unfenced"}) w.plugin(name);
  w.config(from_stdin, to_out_file, R"(
[defaults.breaker]
open_after = 0
[subscribers.a]
plugin = "needs_proc"
isolation = "thread"
[subscribers.b]
plugin = "private_runtime"
isolation = "thread"
[subscribers.c]
plugin = "go_runtime"
isolation = "thread"
[subscribers.d]
plugin = "unfenced"
isolation = "thread"
)");
  const Ended ended = w.run(numbered("a", 1));
  check_ended_well(ended);
  INFO(ended.err);
  CHECK(count_of(ended.err, " refused: ") == 3);
  CHECK(ended.err.find("warning: not fenced") != std::string::npos);
  CHECK(ended.err.find("isolation = \"thread\"") != std::string::npos);
}

TEST_CASE("a plugin that others may write is refused with the command that mends it") {
  for (const unsigned mode : {0757u, 0775u, 0777u, 0646u}) {
    const Workspace w;
    const fs::path file = w.plugin("minimal", "bad");
    fs::permissions(file, fs::perms(mode));
    check_refused(w, {"may be written by", "chmod go-w " + file.string()});
  }
}

TEST_CASE("a plugin in a folder that others may write is refused with the command that mends it") {
  for (const unsigned mode : {0777u, 0775u, 01777u}) {
    const Workspace w;
    w.plugin("minimal", "bad");
    fs::permissions(w.path("plugins"), fs::perms(mode));
    check_refused(w, {"its folder", "may be written by", "chmod go-w " + w.path("plugins").string()});
  }
}

TEST_CASE("a plugin that belongs to somebody else is refused") {
  if (geteuid() != 0) {
    WARN("skipped: only root can give a file away");
    return;
  }
  const Workspace w;
  REQUIRE(chown(w.plugin("minimal", "bad").c_str(), 65534, 65534) == 0);
  check_refused(w, {"belongs to user 65534"});
}

TEST_CASE("a link to a plugin that others may write is refused as the file is") {
  const Workspace w;
  fs::create_directory(w.path("elsewhere"));
  const fs::path file = w.path("elsewhere/real.so");
  fs::copy_file(w.plugin("minimal"), file);
  fs::permissions(file, fs::perms(0777));
  fs::create_symlink(file, w.path("plugins/bad.so"));
  check_refused(w, {"may be written by everybody"});
}

TEST_CASE("a FIFO in the place of a plugin is refused and not waited for") {
  const Workspace w;
  REQUIRE(mkfifo(w.path("plugins/bad.so").c_str(), 0600) == 0);
  check_refused(w, {"is not a regular file"});
}

TEST_CASE("a required plugin that is refused ends the start with 1 and nothing was read") {
  for (const char* name : {"no_note", "create_fails", "start_fails", "decline"}) {
    const Workspace w;
    w.plugin(name, "bad");
    w.config(from_stdin, to_out_file, bad, "required = true\n");
    const Ended ended = w.run(numbered("a", 2));
    INFO(ended.err);
    CHECK(ended.status == 1);
    CHECK(ended.err.find("bad: is required") != std::string::npos);
    CHECK(w.events("out.ndjson").empty());
  }
}

TEST_CASE("required in the defaults is required of every subscriber") {
  const Workspace w;
  w.plugin("no_note", "bad");
  w.config("[sources.in]\nplugin = \"stdin\"\n[defaults]\nrequired = true\n", to_out_file, bad);
  CHECK(w.run().status == 1);
}

TEST_CASE("a host whose only source is refused does not start") {
  const Workspace w;
  w.config("[sources.in]\nplugin = \"no_note\"\n", to_out_file);
  const Ended ended = w.run();
  INFO(ended.err);
  CHECK(ended.status == 1);
  CHECK(ended.err.find("no source") != std::string::npos);
}

TEST_CASE("a plugin that is overwritten in place while it is loaded goes on") {
  const Workspace w;
  w.config(from_stdin, "[subscribers.r]\nplugin = \"recorder\"\noptions = { path = \"r.txt\" }\n");
  Process host(w.launch({"run", "hark.toml"}));
  host.write(numbered("before", 1));
  REQUIRE(eventually([&] { return w.lines("r.txt").size() == 1; }));
  const std::uintmax_t size = fs::file_size(w.path("plugins/recorder.so"));
  write_text(w.path("plugins/recorder.so"), std::string(size, '\xcc'));
  write_text(w.path("plugins/recorder.so"), "");
  host.write(numbered("after", 100));
  check_ended_well(host.finish());
  CHECK(w.lines("r.txt").size() == 101);
}

TEST_CASE("a plugin given by path is found beside the config from whatever folder hark runs in") {
  const Workspace w;
  fs::create_directory(w.path("sub"));
  fs::copy_file(w.plugin("recorder"), w.path("sub/mine.so"));
  w.config(from_stdin, "[subscribers.r]\nplugin = \"./mine.so\"\noptions = { path = \"r.txt\" }\n");
  fs::rename(w.path("hark.toml"), w.path("sub/hark.toml"));
  check_ended_well(w.hark({"run", "sub/hark.toml"}, numbered("a", 1)));
  CHECK(w.lines("r.txt").size() == 1);
  CHECK(fs::exists(w.path("sub/hark-state")));  // and so is the state
}

TEST_CASE("one library under several names is loaded for each of them") {
  const Workspace w;
  w.config(from_stdin, R"(
[subscribers.r1]
plugin = "recorder"
options = { path = "r1.txt" }
[subscribers.r2]
plugin = "recorder"
options = { path = "r2.txt" }
)");
  check_ended_well(w.run(numbered("a", 10)));
  CHECK(w.lines("r1.txt").size() == 10);
  CHECK(w.lines("r1.txt") == w.lines("r2.txt"));
}
