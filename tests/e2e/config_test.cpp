// Configurations that cannot run: exit status 78, every problem told at its place, no plugin started.
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "host.h"

using namespace hark::e2e;

namespace {

// Both verbs give the same answer; returns what was said.
std::string refused(const Workspace& w, const std::string& file = "hark.toml") {
  const Ended check = w.hark({"check", file});
  const Ended run = w.hark({"run", file}, numbered("a", 1));
  INFO(run.err);
  CHECK(check.in_time);
  CHECK(run.in_time);
  CHECK(check.status == 78);
  CHECK(run.status == 78);
  CHECK(run.err == check.err);
  CHECK(run.out.empty());
  CHECK(!fs::exists(w.path("hark-state/dead-letters.ndjson")));
  return run.err;
}

void check_said(const std::string& text, std::string_view what) {
  INFO(text << "\nshould say: " << what);
  CHECK(text.find(what) != std::string::npos);
}

}  // namespace

TEST_CASE("a config that is missing or a directory or below a file is told as such") {
  const Workspace w;
  w.config(from_stdin, to_out_file);
  check_said(refused(w, "nosuch.toml"), "nosuch.toml: error: no such file");
  check_said(refused(w, "plugins"), "is a directory, not a config file");
  check_said(refused(w, "hark.toml/hark.toml"), "cannot be read: Not a directory");
}

TEST_CASE("a config that its user may not read is told as such") {
  const Workspace w;
  w.config(from_stdin, to_out_file);
  fs::permissions(w.path("hark.toml"), fs::perms::none);
  Launch launch = w.launch({"check", "hark.toml"});
  launch.as_nobody = geteuid() == 0;
  if (launch.as_nobody && access("/tmp", X_OK) == 0) {
    // nobody must reach the binary for this test to mean anything
    struct stat status{};
    for (fs::path p = HARK_BINARY; p.has_relative_path(); p = p.parent_path()) {
      if (stat(p.c_str(), &status) != 0 || (status.st_mode & S_IXOTH) == 0) {
        WARN("skipped: user nobody cannot execute " << HARK_BINARY);
        return;
      }
    }
  }
  Process process(launch);
  const Ended ended = process.finish();
  CHECK(ended.status == 78);
  check_said(ended.err, "cannot be read: Permission denied");
}

TEST_CASE("an empty config says what to begin with") {
  const Workspace w;
  for (const char* text : {"", "\n\n", "# nothing yet\n", "\xEF\xBB\xBF"}) {
    write_text(w.path("hark.toml"), text);
    const std::string said = refused(w);
    check_said(said, "is empty");
    check_said(said, "[sources.in]");
  }
}

TEST_CASE("a config without sources or without subscribers says what to add") {
  const Workspace w;
  w.config(to_out_file);
  check_said(refused(w), "the file has no [sources.NAME]");
  w.config(from_stdin);
  check_said(refused(w), "the file has no [subscribers.NAME]");
  w.config("[sources]\n[subscribers]\n");
  check_said(refused(w), "[sources] is empty");
}

TEST_CASE("a config that is not UTF-8 is refused with the place of the byte") {
  const Workspace w;
  write_text(w.path("hark.toml"), "# caf\xE9\n");
  check_said(refused(w), "hark.toml:1:6: error: not UTF-8: byte 0xE9");
  write_text(w.path("hark.toml"), std::string("a = 1\n\0b = 2\n", 13));
  refused(w);
}

TEST_CASE("a config of 10 MB is refused unread") {
  const Workspace w;
  write_text(w.path("hark.toml"), std::string(10'000'000, '#'));
  check_said(refused(w), "larger than 1MiB");
}

TEST_CASE("a config that never ends is refused in bounded memory") {
  const Workspace w;
  const Ended ended = w.hark({"check", "/dev/zero"});
  CHECK(ended.status == 78);
  check_said(ended.err, "larger than 1MiB");
}

TEST_CASE("a config 100000 levels deep is refused before it is parsed") {
  const Workspace w;
  std::string dotted = "a", tables;
  for (int i = 0; i < 100'000; ++i) dotted += ".a";
  for (int i = 0; i < 100'000; ++i) tables += "{a=";
  for (const std::string& text : {"a = " + std::string(100'000, '[') + std::string(100'000, ']'), dotted + " = 1",
                                  "[" + dotted + "]", "a = " + tables}) {
    write_text(w.path("hark.toml"), text);
    check_said(refused(w), "deep");
  }
}

TEST_CASE("a syntax error is told with its line and column") {
  const Workspace w;
  write_text(w.path("hark.toml"), "[sources.in]\nplugin = stdin\n");
  check_said(refused(w), "hark.toml:2:10: error: syntax:");
}

TEST_CASE("all problems of a config are told at once under carets and with the right words") {
  const Workspace w;
  w.config(R"([sources.in]
plugin = "stdn"
isolation = "treads"
[subscribers.out]
plugin = "log-file"
timout = "10s"
queue = { when_full = "drop_oldst" }
options = { pth = "x" }
[subscribers.out2]
plugin = "print"
retry = { attemps = 3 }
on_unknown = "retrry"
options = { format = "jsn" }
[runtime]
shutdwn = "1s"
)");
  const std::string said = refused(w);
  check_said(said, "hark.toml:2:10: error: no plugin `stdn`");
  check_said(said, "did you mean `stdin`?");
  check_said(said, "hark.toml:3:13: error:");
  check_said(said, "did you mean `thread`?");
  check_said(said, "    6 | timout = \"10s\"\n      | ^^^^^^ did you mean `timeout`?");
  check_said(said, "did you mean `drop_oldest`?");
  check_said(said, "hark.toml:8:13: error:");
  check_said(said, "did you mean `path`?");
  check_said(said, "did you mean `attempts`?");
  check_said(said, "did you mean `retry`?");
  check_said(said, "hark.toml:13:22: error:");
  check_said(said, "did you mean `json`?");
  check_said(said, "did you mean `shutdown`?");
}

TEST_CASE("patterns that break the grammar are told one by one") {
  const Workspace w;
  w.config(from_stdin, "[subscribers.out]\nplugin = \"print\"\n",
           "on = [\"\", \".a\", \"a.\", \"a..b\", \"**.a\", \"a.**.b\", \"a*\", \"a.b*c\", \"***\", \"ok.*\"]\n");
  const std::string said = refused(w);
  CHECK(count_of(said, ": error: ") == 9);
  for (const char* pattern : {"``", "`.a`", "`a.`", "`a..b`", "`**.a`", "`a.**.b`", "`a*`", "`a.b*c`", "`***`"})
    check_said(said, std::string("pattern ") + pattern);
}

TEST_CASE("keys and words of later versions are refused as not in this version") {
  const Workspace w;
  w.config(from_stdin, R"(
[subscribers.out]
plugin = "print"
rate = "1/s"
order_by = "data.user"
concurrency = 4
where = { "data.a" = { suffix = "x" } }
[journal]
dir = "data"
[schemas]
[admin]
listen = "unix:x"
[[tests]]
name = "t"
)");
  const std::string said = refused(w);
  CHECK(count_of(said, "not in this version") == count_of(said, ": error: "));
  for (const char* word :
       {"`rate`", "`order_by`", "`concurrency`", "`suffix`", "[journal]", "[schemas]", "[admin]", "[tests]"})
    check_said(said, word);
}

TEST_CASE("a plugin that is missing is a config error whether named or given by path") {
  const Workspace w;
  w.config(from_stdin, to_out_file, R"(
[subscribers.a]
plugin = "prnt"
[subscribers.b]
plugin = "./plugins/b.so"
[subscribers.c]
plugin = "entirely-else"
[subscribers.d]
plugin = "./plugins"
)");
  const std::string said = refused(w);
  check_said(said, "no plugin `prnt`, named in [subscribers.a]");
  check_said(said, "did you mean `print`?");
  check_said(said, "no plugin file at `" + w.path("plugins/b.so").string() + "`, named in [subscribers.b]");
  check_said(said, "looked for entirely-else.so in " + w.path("plugins").string());
  check_said(said, "named in [subscribers.d]");
  CHECK(!fs::exists(w.path("out.ndjson")));
}

TEST_CASE("a source under subscribers and a subscriber under sources are config errors that say where to put them") {
  const Workspace w;
  w.config(R"(
[sources.a]
plugin = "stdin"
[sources.b]
plugin = "print"
[subscribers.c]
plugin = "emitter"
[subscribers.d]
plugin = "stdin"
)");
  const std::string said = refused(w);
  check_said(said, "plugin `print` is not a source; configure it under [subscribers.b]");
  check_said(said, "plugin `emitter` is a source, not a subscriber; configure it under [sources.c]");
  check_said(said, "configure it under [sources.d]");
}

TEST_CASE("options that a plugin's schema refuses are told with their place") {
  const Workspace w;
  w.config(R"([sources.in]
plugin = "stdin"
options = { max_line = "long", type_field = "" }
[subscribers.out]
plugin = "log-file"
[subscribers.out2]
plugin = "print"
options = { format = 3 }
)");
  const std::string said = refused(w);
  check_said(said, "hark.toml:3:24: error: sources.in.options.max_line");
  check_said(said, "sources.in.options.type_field");
  check_said(said, "missing key `path`");
  check_said(said, "hark.toml:8:22: error: subscribers.out2.options.format");
}

TEST_CASE("inline is refused for a plugin that does not declare it and together with a timeout") {
  const Workspace w;
  w.config(from_stdin, R"(
[subscribers.a]
plugin = "print"
lane = "inline"
[subscribers.b]
plugin = "inliner"
lane = "inline"
timeout = "1s"
)");
  const std::string said = refused(w);
  check_said(said, "does not declare that it may run inline");
  check_said(said, "not together with lane = \"inline\"");
}
