#include "topic/pattern.h"

#include <catch2/catch.hpp>

#include <string>
#include <utility>

using hark::topic::is_reserved;
using hark::topic::Pattern;

namespace {

Pattern pattern(std::string_view text) {
  auto parsed = Pattern::parse(text);
  if (!parsed) FAIL(parsed.error().message);
  return *parsed;
}

bool matches(std::string_view text, std::string_view type) { return pattern(text).matches(type); }

}  // namespace

TEST_CASE("an exact pattern matches its own type only") {
  CHECK(matches("error.disk.full", "error.disk.full"));
  CHECK_FALSE(matches("error.disk.full", "error.disk"));
  CHECK_FALSE(matches("error.disk", "error.disk.full"));
  CHECK_FALSE(matches("error.disk", "error.Disk"));
  CHECK_FALSE(matches("error", "errors"));
  CHECK(pattern("a.b").is_exact());
  CHECK_FALSE(pattern("a.*").is_exact());
  CHECK_FALSE(pattern("**").is_exact());
}

TEST_CASE("a star matches one whole token") {
  CHECK(matches("deploy.*", "deploy.failed"));
  CHECK(matches("*.failed", "deploy.failed"));
  CHECK(matches("a.*.c", "a.b.c"));
  CHECK(matches("*", "line"));
  CHECK(matches("a.*", "a."));  // a type may have empty tokens
  CHECK_FALSE(matches("deploy.*", "deploy"));
  CHECK_FALSE(matches("deploy.*", "deploy.a.b"));
  CHECK_FALSE(matches("*", "a.b"));
}

TEST_CASE("two stars match one token or more") {
  CHECK(matches("**", "a"));
  CHECK(matches("**", "a.b.c"));
  CHECK(matches("a.**", "a.b"));
  CHECK(matches("a.**", "a.b.c"));
  CHECK(matches("a.*.**", "a.b.c.d"));
  CHECK_FALSE(matches("a.**", "a"));
  CHECK_FALSE(matches("a.*.**", "a.b"));
  CHECK_FALSE(matches("a.**", "ab.c"));
}

TEST_CASE("only a pattern that begins with the word hears the types of the host") {
  for (const char* type : {"hark.subscriber.failed", "hark.x", "hark.", "hark"}) {
    CAPTURE(type);
    CHECK(is_reserved(type));
    for (const char* p : {"*", "**", "*.*", "*.*.*", "*.x", "*.**"}) CHECK_FALSE(matches(p, type));
    CHECK_FALSE(Pattern().matches(type));
  }
  CHECK(matches("hark.**", "hark.subscriber.failed"));
  CHECK(matches("hark.*", "hark.x"));
  CHECK(matches("hark.*.failed", "hark.subscriber.failed"));
  CHECK(matches("hark", "hark"));
  for (const char* type : {"harkx", "harken.a", "Hark.a", "a.hark.b", "har"}) {
    CHECK_FALSE(is_reserved(type));
    CHECK(matches("**", type));
  }
}

TEST_CASE("a type without text matches nothing") {
  CHECK_FALSE(Pattern().matches(""));
  CHECK_FALSE(matches("*", ""));
}

TEST_CASE("types of nothing but dots have empty tokens") {
  CHECK(matches("**", "."));
  CHECK(matches("*.*", "."));
  CHECK_FALSE(matches("*", "."));
}

TEST_CASE("a pattern that breaks the grammar is told what is wrong and where") {
  using Bad = std::pair<std::string, std::string>;
  for (const auto& [text, why] : {Bad{"", "empty pattern"}, Bad{".", "token 1 is empty"}, Bad{".a", "token 1 is empty"},
                                  Bad{"a.", "token 2 is empty"}, Bad{"a..b", "token 2 is empty"},
                                  Bad{"**.a", "`**` may only stand last, but is token 1"},
                                  Bad{"a.**.**", "`**` may only stand last, but is token 2"},
                                  Bad{"a*", "token 1, `a*`, mixes `*` with text; `*` stands for a whole token"},
                                  Bad{"a.***", "token 2, `***`, mixes `*` with text; `*` stands for a whole token"},
                                  Bad{"a\nb", "control character at byte 1 (no event type has one)"},
                                  Bad{std::string("a\0", 2), "control character at byte 1 (no event type has one)"},
                                  Bad{"\xff", "invalid UTF-8 at byte 0 (no event type has one)"},
                                  Bad{std::string(1025, 'a'), "pattern longer than 1024 bytes"}}) {
    const auto parsed = Pattern::parse(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().message == why);
  }
}

TEST_CASE("a pattern keeps its text and tokens") {
  const Pattern p = pattern("a.*.**");
  CHECK(p.text() == "a.*.**");
  CHECK(p.tokens() == std::vector<std::string_view>{"a", "*", "**"});
  CHECK(p == pattern("a.*.**"));
  CHECK(Pattern() == pattern("**"));
}
