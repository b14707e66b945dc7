#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

#include "config_text.h"

using namespace std::chrono_literals;
using namespace hark::config;
using namespace hark::config::testing;
namespace fs = std::filesystem;

namespace {

// A folder that goes away with the test.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "hark-config-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  fs::path write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path_ / name;
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

const std::string minimal = std::string(source) + std::string(subscriber);
const std::string only_source(source);

}  // namespace

TEST_CASE("relative paths start at the folder of the file") {
  const Folder folder;
  const Loaded loaded = load(folder.write("hark.toml", minimal));
  REQUIRE(told(loaded.report).empty());
  CHECK(loaded.config.dir == folder.path());
  CHECK(loaded.config.runtime.state_dir == folder.path() / "hark-state");
  CHECK(loaded.config.dead_letters.path == folder.path() / "hark-state/dead-letters.ndjson");
  CHECK(loaded.config.plugin_dir.value == folder.path() / "plugins");
}

TEST_CASE("a file given by a relative name has an absolute folder") {
  const Loaded loaded = parse(minimal, "hark.toml");
  CHECK(loaded.config.file == "hark.toml");
  CHECK(loaded.config.dir == fs::current_path());
  CHECK(loaded.config.runtime.state_dir.is_absolute());
}

TEST_CASE("all tables of the runtime are read") {
  const Loaded loaded = with_tables(R"([runtime]
shutdown = "0s"
state_dir = "../state"
[dead_letters]
path = "/var/dead.ndjson"
bytes = "1MiB"
[guards]
max_hops = 1
max_event = 65536
[plugins]
dir = "p"
)");
  REQUIRE(told(loaded.report).empty());
  CHECK(loaded.config.runtime.shutdown == 0s);
  CHECK(loaded.config.runtime.state_dir == "/etc/state");
  CHECK(loaded.config.dead_letters.path == "/var/dead.ndjson");
  CHECK(loaded.config.dead_letters.bytes == 1u << 20);
  CHECK(loaded.config.guards.max_hops == 1);
  CHECK(loaded.config.guards.max_event == 65536);
  CHECK(loaded.config.plugin_dir.value == "/etc/hark/p");
  CHECK(loaded.config.plugin_dir.place.line == 15);
}

TEST_CASE("a missing file and a directory are told") {
  const Folder folder;
  const Loaded missing = load(folder.path() / "none.toml");
  CHECK(only_message(missing.report) == "no such file");
  CHECK(missing.report.render(false) == (folder.path() / "none.toml").string() + ": error: no such file\n");
  CHECK(only_message(load(folder.path()).report) == "is a directory, not a config file");
  CHECK_FALSE(load("").report.ok());
  CHECK_FALSE(load(folder.path() / std::string(5000, 'x')).report.ok());
}

TEST_CASE("an unreadable file is told with the reason") {
  if (::geteuid() == 0) return;  // root reads everything
  const Folder folder;
  const fs::path file = folder.write("hark.toml", minimal);
  REQUIRE(::chmod(file.c_str(), 0) == 0);
  CHECK(only_message(load(file).report) == "cannot be read: Permission denied");
}

TEST_CASE("an empty file says what to start with") {
  for (const char* text : {"", "\n\n", "# only a comment\n", "\xEF\xBB\xBF"}) {
    const Loaded loaded = load_text(text);
    CHECK(only_message(loaded.report) == "the file is empty");
    CHECK(loaded.report.diagnostics().at(0).help.find("[sources.in]") != std::string::npos);
  }
}

TEST_CASE("a file without sources or without subscribers is an error") {
  CHECK(only_message(load_text(subscriber).report) == "the file has no [sources.NAME]: nothing publishes");
  CHECK(only_message(load_text(source).report) == "the file has no [subscribers.NAME]: nobody hears");
  CHECK(load_text("[guards]\nmax_hops = 5\n").report.diagnostics().size() == 2);
}

TEST_CASE("a file over one mebibyte is refused unread") {
  const Folder folder;
  const std::string line = "# " + std::string(97, 'x') + "\n";
  std::string text;
  while (text.size() < 10'000'000) text += line;
  const std::string message = "larger than 1MiB, the limit of a config file";
  CHECK(only_message(load(folder.write("big.toml", text)).report) == message);
  std::string exact = minimal + "#";
  exact.resize(1u << 20, 'x');
  CHECK(load_text(exact).report.ok());
  CHECK(only_message(load_text(exact + "x").report) == message);
  CHECK(only_message(load("/dev/zero").report) == message);
}

TEST_CASE("a syntax error is told with its place") {
  const Loaded loaded = load_text("[sources.in]\nplugin = stdin\n");
  REQUIRE(loaded.report.diagnostics().size() == 1);
  CHECK(loaded.report.diagnostics()[0].place.line == 2);
  CHECK(loaded.report.diagnostics()[0].message.starts_with("syntax: "));
  CHECK(loaded.report.render(false).find("    2 | plugin = stdin\n") != std::string::npos);
}

TEST_CASE("text that is not TOML is an error and no crash") {
  for (const char* text : {"\x01",
                           "a",
                           "a=",
                           "=",
                           "[",
                           "]",
                           "[[",
                           "a=[",
                           "a={",
                           "a=\"",
                           "a=\"\"\"",
                           "a='''",
                           "\"",
                           "a.=1",
                           "[a.]",
                           "a=1 b=2",
                           "a=1\na=2",
                           "a.b=1\na=2",
                           "[a]\n[a]",
                           "a=\"\\q\"",
                           "a=\"\\ud800\"",
                           "a=99999999999999999999",
                           "a=1e999999",
                           "a=0x",
                           "a=2024-13-01",
                           "{\"a\": 1}",
                           "a: 1",
                           "\r",
                           "a=1\rb=2",
                           "\xEF\xBB",
                           "a=\"\x7F\"",
                           "<xml/>"}) {
    INFO(text);
    const Loaded loaded = load_text(text);
    CHECK_FALSE(loaded.report.ok());
    CHECK_FALSE(loaded.report.render(true).empty());
  }
  CHECK_FALSE(load_text(std::string("a = \0", 5)).report.ok());
}

TEST_CASE("a table header that begins with no key is a syntax error and no failed assertion") {
  for (const char* text : {"[:a]", "[=]", "[[:a]]", "[,]", "[ #x]", "[.a]", "[\n]"}) {
    INFO(text);
    CHECK(only_message(load_text(text).report).starts_with("syntax: "));
  }
}

TEST_CASE("tables of later versions are not in this version") {
  const Loaded loaded = load_text("[journal]\ndir = \"data\"\n[schemas]\n[admin]\n[[tests]]\nname = \"x\"\n" + minimal);
  CHECK(told(loaded.report) ==
        std::vector<std::string>{
            "1:2 table [journal] is not in this version | leave it out; events are kept in memory only",
            "3:2 table [schemas] is not in this version | leave it out; a plugin's typed events are checked where it "
            "handles them",
            "4:2 table [admin] is not in this version | leave it out; the ledger is printed at exit",
            "5:3 table [tests] is not in this version | leave it out"});
}

TEST_CASE("autoload brings a subscriber with the policy of the defaults that is not required") {
  CHECK_FALSE(with_tables("[plugins]\nautoload = false\n").config.autoload);
  const Loaded loaded = with_tables("[plugins]\nautoload = true\n[defaults]\nrequired = true\ntimeout = \"3s\"\n");
  REQUIRE(told(loaded.report).empty());
  REQUIRE(loaded.config.autoload);
  CHECK(loaded.config.autoload->delivery.timeout == 3s);
  CHECK_FALSE(loaded.config.autoload->required);
  CHECK(loaded.config.autoload->place.line == 6);
  CHECK(loaded.config.autoload->options.json == "{}");
}

TEST_CASE("a file whose subscribers are all autoloaded need not name one") {
  const Loaded loaded = load_text(only_source + "[plugins]\nautoload = true\n");
  CHECK(told(loaded.report).empty());
}

TEST_CASE("a queue of the defaults that autoloaded subscribers could not use is told") {
  const Loaded loaded =
      load_text(only_source + "[plugins]\nautoload = true\n[defaults]\nqueue = { bytes = \"64KiB\" }\n");
  CHECK(only_message(loaded.report) == "queue.bytes (64KiB) is less than guards.max_event (1MiB)");
}

TEST_CASE("an unknown table is told with the right word") {
  CHECK(told(with_tables("[subscriber.x]\nplugin = \"p\"\n[queue]\n").report) ==
        std::vector<std::string>{"5:2 unknown key `subscriber` at the top of the file | did you mean `subscribers`?",
                                 "7:2 unknown key `queue` at the top of the file"});
}

TEST_CASE("all problems of a file are told at once in file order") {
  const Loaded loaded = load_text(R"([sources.in]
plugn = "stdin"
[subscribers.thumbs]
plugin = "p"
timout = "10s"
queue = { events = 0 }
on = "a..b"
[guards]
max_hops = "x"
[nonsense]
)");
  std::vector<std::uint32_t> lines;
  for (const Diagnostic& d : loaded.report.diagnostics()) lines.push_back(d.place.line);
  CHECK(lines == std::vector<std::uint32_t>{1, 2, 5, 6, 7, 9, 10});
}

TEST_CASE("a file of a hundred thousand unknown keys is told in bounded time and space") {
  std::string text = minimal;
  for (int i = 0; i < 100'000; ++i) text += "k" + std::to_string(i) + "=1\n";
  const Loaded loaded = load_text(text);
  CHECK(loaded.report.diagnostics().size() == 200);
  CHECK(loaded.report.diagnostics()[0].place.line == 5);
  CHECK(loaded.report.render(false).ends_with("and 99800 more problems\n"));
}
