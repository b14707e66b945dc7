#include <catch2/catch.hpp>

#include "config_text.h"

using namespace hark::config;
using namespace hark::config::testing;

TEST_CASE("options become JSON with their kinds kept") {
  const Loaded loaded = with_subscriber(R"(
options = { path = "a\"\u00fc", n = 9223372036854775807, m = -9223372036854775808, x = 1.0, on = true,
            list = [1, "two", [3]], table = { a.b = 1 } })"
                                        "\n");
  // TOML 1.0: an inline table stays on one line.
  CHECK_FALSE(loaded.report.ok());
  const Loaded good = with_subscriber(
      "[subscribers.out.options]\npath = \"a\\\"\\u00fc\"\nn = 9223372036854775807\nm = -9223372036854775808\nx = 1.0\n"
      "on = true\nlist = [1, \"two\", [3]]\ntable = { a.b = 1 }\n");
  REQUIRE(good.report.ok());
  CHECK(good.config.subscribers[0].options.json ==
        "{\"list\":[1,\"two\",[3]],\"m\":-9223372036854775808,\"n\":9223372036854775807,\"on\":true,"
        "\"path\":\"a\\\"\xC3\xBC\",\"table\":{\"a\":{\"b\":1}},\"x\":1.0}");
}

TEST_CASE("dates in options become text") {
  const Loaded loaded = with_subscriber(
      "options = { d = 1979-05-27, t = 07:32:00, z = 1979-05-27T07:32:00Z, o = 1979-05-27T00:32:00.5-07:00 }\n");
  REQUIRE(loaded.report.ok());
  CHECK(loaded.config.subscribers[0].options.json ==
        R"({"d":"1979-05-27","o":"1979-05-27T00:32:00.5-07:00","t":"07:32:00","z":"1979-05-27T07:32:00Z"})");
}

TEST_CASE("absent options are an empty object blamed on the header") {
  const Loaded loaded = with_subscriber("");
  REQUIRE(loaded.report.ok());
  CHECK(loaded.config.subscribers[0].options.json == "{}");
  CHECK(loaded.config.subscribers[0].options.place.line == 3);
}

TEST_CASE("each part of the options is found again by its JSON pointer") {
  const Loaded loaded = with_subscriber("options = { \"a/b\" = [ 10, { \"c~\" = 1 } ] }\n");
  REQUIRE(loaded.report.ok());
  const PluginOptions& options = loaded.config.subscribers[0].options;
  CHECK(options.path == "subscribers.out.options");
  CHECK(options.place.line == 5);
  CHECK(options.place.column == 11);
  CHECK(options.keys.at("/a~1b").column == 13);
  CHECK(options.places.at("/a~1b/0").column == 23);
  CHECK(options.keys.at("/a~1b/1/c~0").column == 29);
  CHECK(options.places.at("/a~1b/1/c~0").column == 36);
}

TEST_CASE("inf and nan in options are refused") {
  const Loaded loaded = with_subscriber("options = { a = inf, b = [nan] }\n");
  CHECK(told(loaded.report) ==
        std::vector<std::string>{"5:17 subscribers.out.options.a: JSON has no inf and no nan",
                                 "5:27 subscribers.out.options.b[0]: JSON has no inf and no nan"});
}

TEST_CASE("options that no plugin can read are refused") {
  CHECK(only_message(with_subscriber("options = { a = \"x\\u0000y\" }\n").report) ==
        "subscribers.out.options.a: must not hold U+0000");
  CHECK_FALSE(with_subscriber("options = { \"a\\u0000b\" = 1 }\n").report.ok());
  CHECK_FALSE(with_subscriber("options = { " + std::string(257, 'k') + " = 1 }\n").report.ok());
  CHECK(only_message(with_subscriber("options = \"x\"\n").report) ==
        "subscribers.out.options: expected table, found text");
  CHECK(only_message(with_subscriber("[[subscribers.out.options]]\n").report) ==
        "subscribers.out.options: expected table, found list");
}

TEST_CASE("options that would need gigabytes of places are still read") {
  std::string text = "[subscribers.out.options";
  for (int i = 0; i < 26; ++i) text += "." + std::string(250, 'k');
  text += "]\nlist = [";
  for (int i = 0; i < 400'000; ++i) text += "1,";
  const Loaded loaded = with_subscriber(text + "]\n");
  REQUIRE(loaded.report.ok());
  CHECK(loaded.config.subscribers[0].options.places.size() < 10'000);
}
