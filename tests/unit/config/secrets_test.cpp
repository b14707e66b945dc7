// `secret:NAME` and `env:NAME` in options: found, checked, and never shown.
#include <stdlib.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "config_text.h"
#include "support/temp_folder.h"

using namespace hark::config;
using namespace hark::config::testing;
namespace fs = std::filesystem;

namespace {

const std::string value = "hunter2hunter2";

struct Vault {
  Vault() { put("db", value + "\n"); }
  void put(const std::string& name, const std::string& text, mode_t mode = 0600) const {
    std::ofstream(folder.path() / name, std::ios::binary) << text;
    REQUIRE(chmod((folder.path() / name).c_str(), mode) == 0);
  }
  Loaded load(const std::string& options) const {
    return with_subscriber("options = " + options + "\n[secrets]\nfiles = \"" + folder.path().string() + "\"\n");
  }
  // All that is told about one secret, and the value is not in it.
  std::string told_of(const std::string& reference) const {
    const Loaded loaded = load("{ a = \"" + reference + "\" }");
    const std::string text = loaded.report.render(false);
    CHECK(text.find(value) == std::string::npos);
    return text;
  }
  hark::test::TempFolder folder;
};

bool says(const std::string& text, const std::string& part) {
  UNSCOPED_INFO(text << "\nshould say: " << part);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a secret stands in what the plugin gets and not in what is shown") {
  const Vault vault;
  const Loaded loaded = vault.load("{ list = [1, { \"a/b\" = \"secret:db\" }], plain = \"Bearer secret:db\" }");
  REQUIRE(told(loaded.report).empty());
  const PluginOptions& options = loaded.config.subscribers[0].options;
  CHECK(options.json == R"({"list":[1,{"a/b":"secret:db"}],"plain":"Bearer secret:db"})");
  CHECK(options.revealed() == R"({"list":[1,{"a/b":"hunter2hunter2"}],"plain":"Bearer secret:db"})");
  REQUIRE(options.secrets.size() == 1);
  CHECK(options.secrets.begin()->second.reference() == "secret:db");
}

TEST_CASE("a value of the environment is a secret too") {
  const Vault vault;
  setenv("HARK_TEST_SECRET", "from outside", 1);
  const Loaded loaded = vault.load("{ a = \"env:HARK_TEST_SECRET\" }");
  REQUIRE(told(loaded.report).empty());
  CHECK(loaded.config.subscribers[0].options.revealed() == R"({"a":"from outside"})");
  unsetenv("HARK_TEST_SECRET");
  CHECK(says(vault.told_of("env:HARK_TEST_SECRET"), "the environment has no HARK_TEST_SECRET"));
}

TEST_CASE("one newline at the end of a secret's file is not part of it") {
  const Vault vault;
  for (const auto& [text, kept] : {std::pair<std::string, std::string>{"abcdefg\n\n", "abcdefg\\n"},
                                   {"abcdefg\r\n", "abcdefg"},
                                   {"abcdefg", "abcdefg"},
                                   {" abcdefg ", " abcdefg "}}) {
    vault.put("db", text);
    CHECK(vault.load("{ a = \"secret:db\" }").config.subscribers[0].options.revealed() == "{\"a\":\"" + kept + "\"}");
  }
}

TEST_CASE("a secret that does not resolve is an error with the place and what to do") {
  const Vault vault;
  vault.put("password", value);
  CHECK(told(vault.load("{ a = \"secret:pasword\" }").report) ==
        std::vector<std::string>{"5:17 subscribers.out.options.a: `secret:pasword` does not resolve: " +
                                 (vault.folder.path() / "pasword").string() +
                                 ": No such file or directory | did you mean `password`?"});
  for (const char* name : {"secret:../db", "secret:/etc/passwd", "secret:.", "secret:.."})
    CHECK(says(vault.told_of(name), "is no name of a secret"));
  CHECK(says(vault.told_of("secret:"), "a secret without a proper name"));
  CHECK(says(vault.told_of("env:"), "a secret without a proper name"));
  CHECK(says(only_message(with_subscriber("options = { a = \"secret:db\" }\n").report),
             "the file does not say where secrets are"));
}

TEST_CASE("what is no text of a fair size is no secret") {
  const Vault vault;
  vault.put("empty", "\n");
  vault.put("nul", std::string("hunter2\0hunter2", 15));
  vault.put("bytes", "hunter2\xff");
  vault.put("long", std::string(70'000, 'x'));
  fs::create_directory(vault.folder.path() / "folder");
  REQUIRE(mkfifo((vault.folder.path() / "fifo").c_str(), 0600) == 0);
  CHECK(says(vault.told_of("secret:empty"), "is empty"));
  CHECK(says(vault.told_of("secret:nul"), "holds U+0000"));
  CHECK(says(vault.told_of("secret:bytes"), "is not UTF-8 text"));
  CHECK(says(vault.told_of("secret:long"), "is longer than 64KiB"));
  CHECK(says(vault.told_of("secret:folder"), "it is not a regular file"));
  CHECK(says(vault.told_of("secret:fifo"), "it is not a regular file"));
}

TEST_CASE("a secret that everybody may read is a warning and one behind a closed folder is none") {
  const Vault vault;
  vault.put("db", value, 0644);
  CHECK(told(vault.load("{ a = \"secret:db\" }").report).empty());
  REQUIRE(chmod(vault.folder.path().c_str(), 0755) == 0);
  const Loaded loaded = vault.load("{ a = \"secret:db\" }");
  CHECK(loaded.report.ok());
  CHECK(says(loaded.report.render(false), "is in a file that everybody may read"));
}

TEST_CASE("a secret too short to be hidden is a warning") {
  const Vault vault;
  vault.put("pin", "12345");
  const Loaded loaded = vault.load("{ a = \"secret:pin\" }");
  CHECK(loaded.report.ok());
  CHECK(says(loaded.report.render(false), "shorter than 6 bytes"));
}

TEST_CASE("a secret is checked against the schema and what is told does not depend on it") {
  const Vault vault;
  vault.put("db", "hunter2");
  const auto checked = [&](const std::string& rule) {
    Loaded loaded = vault.load("{ a = \"secret:db\" }");
    const std::string schema = R"({"type":"object","properties":{"a":)" + rule + "}}";
    check_options(loaded.config.subscribers[0], schema.c_str(), loaded.report);
    CHECK(loaded.report.render(false).find("hunter2") == std::string::npos);
    return told(loaded.report);
  };
  using Told = std::vector<std::string>;
  CHECK(checked(R"({"type":"string","minLength":7})").empty());
  CHECK(checked(R"({"type":"integer"})") == Told{"5:17 subscribers.out.options.a: expected integer, found text"});
  CHECK(checked(R"({"minLength":8})") == Told{"5:17 subscribers.out.options.a: must have at least 8 characters"});
  CHECK(checked(R"({"enum":["hunter1"]})") == Told{"5:17 subscribers.out.options.a: must be one of \"hunter1\""});
}
