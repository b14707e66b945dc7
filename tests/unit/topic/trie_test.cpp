#include "topic/trie.h"

#include <malloc.h>

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

using hark::topic::Pattern;
using hark::topic::Trie;

namespace {

using Values = std::vector<std::uint32_t>;

Pattern pattern(std::string_view text) { return Pattern::parse(text).value(); }

Values match(const Trie& trie, std::string_view type) {
  Values out;
  trie.match(type, out);
  std::ranges::sort(out);
  return out;
}

}  // namespace

TEST_CASE("a trie without patterns matches nothing") {
  const Trie trie;
  CHECK(match(trie, "a.b").empty());
  CHECK(match(trie, "").empty());
}

TEST_CASE("each inserted pattern that matches gives its value once") {
  Trie trie;
  trie.insert(pattern("deploy.failed"), 1);
  trie.insert(pattern("deploy.*"), 2);
  trie.insert(pattern("*.failed"), 3);
  trie.insert(pattern("**"), 4);
  trie.insert(pattern("deploy.**"), 5);
  trie.insert(pattern("deploy"), 6);
  trie.insert(pattern("*"), 7);
  CHECK(match(trie, "deploy.failed") == Values{1, 2, 3, 4, 5});
  CHECK(match(trie, "deploy") == Values{4, 6, 7});
  CHECK(match(trie, "deploy.a.b") == Values{4, 5});
  CHECK(match(trie, "x.failed") == Values{3, 4});
  CHECK(match(trie, "hark.failed").empty());
  CHECK(trie.size() == 7);
}

TEST_CASE("one pattern may stand several times and goes one at a time") {
  Trie trie;
  for (const std::uint32_t v : {1u, 2u, 1u}) trie.insert(pattern("a.*"), v);
  trie.insert(pattern("a.b"), 1);
  CHECK(match(trie, "a.b") == Values{1, 1, 1, 2});
  CHECK(trie.remove(pattern("a.*"), 1));
  CHECK(match(trie, "a.b") == Values{1, 1, 2});
  CHECK(trie.remove(pattern("a.*"), 1));
  CHECK_FALSE(trie.remove(pattern("a.*"), 1));
  CHECK(match(trie, "a.b") == Values{1, 2});
}

TEST_CASE("removing what was never inserted changes nothing") {
  Trie trie;
  trie.insert(pattern("a.b"), 1);
  for (const char* other : {"a", "a.b.c", "a.*", "a.**", "**", "x", "a.x"}) CHECK_FALSE(trie.remove(pattern(other), 1));
  CHECK_FALSE(trie.remove(pattern("a.b"), 2));
  CHECK(match(trie, "a.b") == Values{1});
}

TEST_CASE("appending keeps what is already in the list") {
  Trie trie;
  trie.insert(pattern("a"), 2);
  Values out{9};
  trie.match("a", out);
  CHECK(out == Values{9, 2});
}

TEST_CASE("the types of the host are heard by patterns that name them") {
  Trie trie;
  for (const char* p : {"*", "**", "*.*", "*.x"}) trie.insert(pattern(p), 1);
  trie.insert(pattern("hark.*"), 2);
  trie.insert(pattern("hark.**"), 3);
  CHECK(match(trie, "hark.x") == Values{2, 3});
  CHECK(match(trie, "hark").empty());
  CHECK(match(trie, "harkx") == Values{1, 1});
}

TEST_CASE("types deeper than any pattern are matched by open ends only") {
  Trie trie;
  std::string deep = "a";
  for (int i = 1; i < 512; ++i) deep += ".a";
  trie.insert(pattern(deep), 1);
  trie.insert(pattern("a.**"), 2);
  trie.insert(pattern("**"), 3);
  std::string all_stars = "*";
  for (int i = 1; i < 512; ++i) all_stars += ".*";
  trie.insert(pattern(all_stars), 4);
  CHECK(match(trie, deep) == Values{1, 2, 3, 4});
  CHECK(match(trie, deep + ".a") == Values{2, 3});
  CHECK(match(trie, deep + ".a.a") == Values{2, 3});
  std::string huge(2'000'000, '.');
  CHECK(match(trie, huge) == Values{3});
}

TEST_CASE("a trie agrees with its patterns one by one while they come and go") {
  std::mt19937 random(42);
  const auto pick = [&random](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
  const std::vector<std::string> words{"a", "b", "c", "hark", "*", "*"};
  const auto text = [&](std::size_t choices, bool may_be_open) {
    std::string s;
    const std::size_t n = 1 + pick(4);
    for (std::size_t i = 0; i < n; ++i) s += (i ? "." : "") + words[pick(choices)];
    return may_be_open && pick(3) == 0 ? s + ".**" : s;
  };
  Trie trie;
  std::vector<std::pair<Pattern, std::uint32_t>> held;
  for (int round = 0; round < 6000; ++round) {
    const bool growing = round / 1000 % 2 == 0;
    if (held.empty() || pick(4) < (growing ? 3u : 1u)) {
      held.emplace_back(pattern(text(words.size(), true)), static_cast<std::uint32_t>(pick(50)));
      trie.insert(held.back().first, held.back().second);
    } else {
      std::swap(held[pick(held.size())], held.back());
      REQUIRE(trie.remove(held.back().first, held.back().second));
      held.pop_back();
    }
    REQUIRE(trie.size() == held.size());
    const std::string type = text(4, false);
    Values expected;
    for (const auto& [p, v] : held) {
      if (p.matches(type)) expected.push_back(v);
    }
    std::ranges::sort(expected);
    REQUIRE(match(trie, type) == expected);
  }
  for (const auto& [p, v] : held) REQUIRE(trie.remove(p, v));
  REQUIRE(trie.size() == 0);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("a hundred thousand patterns take at most 400 bytes each and are freed for others") {
  std::vector<Pattern> patterns;
  for (int i = 0; i < 100'000; ++i) {
    patterns.push_back(
        pattern("tenant" + std::to_string(i / 100) + ".device" + std::to_string(i) + (i % 10 ? ".up" : ".*")));
  }
  const std::size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
  Trie trie;
  for (std::uint32_t i = 0; i < patterns.size(); ++i) trie.insert(patterns[i], i);
  const std::size_t each = (mallinfo2().uordblks + mallinfo2().hblkhd - before) / patterns.size();
  INFO("bytes for each pattern: " << each);
  CHECK(each <= 400);
  CHECK(match(trie, "tenant7.device711.up") == Values{711});
  for (int round = 0; round < 2; ++round) {
    for (std::uint32_t i = 0; i < patterns.size(); ++i) REQUIRE(trie.remove(patterns[i], i));
    for (std::uint32_t i = 0; i < patterns.size(); ++i) trie.insert(patterns[i], i);
  }
  CHECK((mallinfo2().uordblks + mallinfo2().hblkhd - before) / patterns.size() <= 400);
}
#endif
