#include <catch2/catch.hpp>
#include <sstream>

#include "config_text.h"

using namespace hark::config;
using namespace hark::config::testing;

TEST_CASE("the first four lines of the manual are a whole config") {
  const Loaded loaded = load_text(std::string(source) + std::string(subscriber));
  REQUIRE(told(loaded.report).empty());
  REQUIRE(loaded.config.sources.size() == 1);
  REQUIRE(loaded.config.subscribers.size() == 1);
  CHECK(loaded.config.sources[0].name == "in");
  CHECK(loaded.config.sources[0].plugin.value == "stdin");
  CHECK(loaded.config.sources[0].plugin.place.line == 2);
  CHECK(loaded.config.sources[0].plugin.place.column == 10);
  CHECK(loaded.config.sources[0].plugin.place.length == 7);
  CHECK(loaded.config.subscribers[0].place.line == 3);
}

TEST_CASE("instances stand in file order and not in that of their names") {
  const Loaded loaded = load_text(
      "[subscribers.z]\nplugin = \"p\"\n[subscribers.a.options]\nx = 1\n[sources.y]\nplugin = \"p\"\n[subscribers.m]\n"
      "plugin = \"p\"\n[sources.b]\nplugin = \"p\"\n[subscribers.a]\nplugin = \"p\"\n");
  REQUIRE(told(loaded.report).empty());
  CHECK(loaded.config.subscribers[0].name == "z");
  CHECK(loaded.config.subscribers[1].name == "a");
  CHECK(loaded.config.subscribers[2].name == "m");
  CHECK(loaded.config.sources[0].name == "y");
  CHECK(loaded.config.sources[1].name == "b");
}

TEST_CASE("a source has its own options and supervision") {
  const Loaded loaded = load_text(
      "[sources.in]\nplugin = \"./p.so\"\nisolation = \"thread\"\nrequired = true\nrestart.max = 9\noptions.a = 1\n" +
      std::string(subscriber));
  REQUIRE(told(loaded.report).empty());
  const SourceConfig& in = loaded.config.sources[0];
  CHECK(in.isolation == Isolation::thread);
  CHECK(in.required);
  CHECK(in.restart.max == 9);
  CHECK(in.options.json == "{\"a\":1}");
}

TEST_CASE("an unknown key is told with the right word") {
  CHECK(told(with_subscriber("timout = \"10s\"\n").report) ==
        std::vector<std::string>{"5:1 unknown key `timout` in [subscribers.out] | did you mean `timeout`?"});
  CHECK(
      told(with_subscriber("filename = \"x\"\n").report) ==
      std::vector<std::string>{"5:1 unknown key `filename` in [subscribers.out] | a setting of the plugin itself goes "
                               "into `options = { ... }`"});
}

TEST_CASE("what only subscribers have is told for a source") {
  const Loaded loaded =
      load_text("[sources.in]\nplugin = \"stdin\"\non = \"a\"\nqueue.events = 5\n" + std::string(subscriber));
  CHECK(told(loaded.report) ==
        std::vector<std::string>{
            "3:1 unknown key `on` in [sources.in] | only subscribers have it: a source publishes, it does not hear",
            "4:1 unknown key `queue` in [sources.in] | only subscribers have it"});
}

TEST_CASE("a plugin must be named by text that is not empty") {
  CHECK(only_message(with_tables("[subscribers.x]\n").report) == "missing key `plugin` in [subscribers.x]");
  CHECK(only_message(with_tables("[subscribers.x]\nplugin = \"\"\n").report) ==
        "subscribers.x.plugin: must not be empty");
  CHECK(only_message(with_tables("[subscribers.x]\nplugin = 5\n").report) ==
        "subscribers.x.plugin: expected text, found integer");
  CHECK(only_message(with_tables("[subscribers.x]\nplugin = \"a\\u0000b\"\n").report) ==
        "subscribers.x.plugin: must not hold control characters");
}

TEST_CASE("names are short and plain") {
  const auto name = [](const std::string& n) {
    return only_message(with_tables("[subscribers.\"" + n + "\"]\nplugin = \"p\"\n").report);
  };
  CHECK(name(std::string(65, 'n')).starts_with("bad name"));
  for (const std::string bad : {"", " ", "a.b", "a/b", "..", "\xC3\xBC", "a b"})
    CHECK(name(bad).starts_with("bad name"));
  CHECK(name("hark") == "reserved name `hark` in [subscribers]");
  CHECK(with_tables("[subscribers." + std::string(64, 'n') + "]\nplugin = \"p\"\n").report.ok());
}

TEST_CASE("a name stands for one source or subscriber") {
  CHECK(told(with_tables("[subscribers.in]\nplugin = \"p\"\n").report) ==
        std::vector<std::string>{"5:14 `in` is already the name of a source | names are unique over sources and "
                                 "subscribers; the source stands in line 1"});
  CHECK(only_message(with_tables("[subscribers.out]\nplugin = \"p\"\n").report).starts_with("syntax:"));
}

TEST_CASE("keys of later versions are not in this version") {
  CHECK(only_message(load_text("[sources.in]\nplugin = \"p\"\ndedupe = {}\n" + std::string(subscriber)).report) ==
        "`dedupe` in [sources.in] is not in this version");
}

TEST_CASE("an inline lane goes with no timeout of its own") {
  const Loaded loaded = with_subscriber("lane = \"inline\"\n[defaults]\ntimeout = \"5s\"\n");
  REQUIRE(told(loaded.report).empty());
  CHECK(loaded.config.subscribers[0].lane.value == LaneKind::in_line);
  CHECK(loaded.config.subscribers[0].lane.place.line == 5);
  CHECK(only_message(with_subscriber("lane = \"inline\"\ntimeout = \"5s\"\n").report) ==
        "subscribers.out.timeout: not together with lane = \"inline\"");
  CHECK(with_subscriber("lane = \"queued\"\ntimeout = \"5s\"\n").report.ok());
}

TEST_CASE("groups of the wrong shape are told with the right one") {
  CHECK(told(load_text("sources = \"stdin\"\n" + std::string(subscriber)).report) ==
        std::vector<std::string>{"1:11 sources: expected table, found text"});
  CHECK(told(load_text("[sources]\nplugin = \"stdin\"\n" + std::string(subscriber)).report) ==
        std::vector<std::string>{"2:1 sources.plugin: expected table, found text | write [sources.NAME] with plugin = "
                                 "\"...\" below it"});
  CHECK(only_message(load_text("[[sources]]\nplugin = \"stdin\"\n" + std::string(subscriber)).report) ==
        "sources: expected table, found list");
  CHECK(only_message(load_text("[[sources.in]]\nplugin = \"stdin\"\n" + std::string(subscriber)).report) ==
        "sources.in: expected table, found list");
  CHECK(only_message(load_text("[sources]\n" + std::string(subscriber)).report) == "[sources] is empty");
}

TEST_CASE("sha256 is 64 hexadecimal digits in either case") {
  const auto load_with = [](std::size_t digits, char last) {
    std::ostringstream text;
    text << "sha256 = \"" << std::string(digits, 'A') << last << "\"\n";
    return with_subscriber(text.str());
  };
  const Loaded loaded = load_with(63, '0');
  REQUIRE(told(loaded.report).empty());
  CHECK(loaded.config.subscribers[0].sha256.starts_with("aaaa"));
  CHECK(loaded.config.subscribers[0].sha256.ends_with("aaa0"));
  for (const auto& [digits, last] : {std::pair{62u, 'f'}, {64u, 'f'}, {63u, 'g'}})
    CHECK(only_message(load_with(digits, last).report) == "subscribers.out.sha256: not 64 hexadecimal digits");
}
