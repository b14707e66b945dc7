#include <catch2/catch.hpp>

#include "config/config.h"

using hark::config::did_you_mean;

TEST_CASE("a word that is at most a third off is suggested") {
  CHECK(did_you_mean("timout", {"retry", "timeout", "queue"}) == "timeout");
  CHECK(did_you_mean("pulgin", {"plugin", "options"}) == "plugin");
  CHECK(did_you_mean("retyr", {"retry"}) == "retry");
  CHECK(did_you_mean("drop_oldst", {"drop_newest", "drop_oldest"}) == "drop_oldest");
  CHECK(did_you_mean("drop-oldest", {"drop_newest", "drop_oldest"}) == "drop_oldest");
  CHECK(did_you_mean("Plugin", {"plugin"}) == "plugin");
}

TEST_CASE("a word that is far from all is not guessed") {
  CHECK(did_you_mean("xyz", {"retry", "timeout"}).empty());
  CHECK(did_you_mean("no", {"on"}).empty());
  CHECK(did_you_mean("", {"on", ""}).empty());
  CHECK(did_you_mean("abc", {}).empty());
  CHECK(did_you_mean("abcd", {"abxy"}).empty());
}

TEST_CASE("the nearest of several wins and the first of equals") {
  CHECK(did_you_mean("printt", {"prints", "print"}) == "prints");
  CHECK(did_you_mean("stdim", {"stdio", "stdin"}) == "stdio");
  CHECK(did_you_mean("log_fil", {"log-files", "log-file"}) == "log-file");
}

TEST_CASE("absurdly long words are not compared") {
  const std::string megabyte(1u << 20, 'a');
  CHECK(did_you_mean(megabyte, {megabyte + "b"}).empty());
  CHECK(did_you_mean("plugin", {megabyte, "plugn"}) == "plugn");
}
