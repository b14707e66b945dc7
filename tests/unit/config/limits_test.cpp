#include "config/limits.h"

#include <catch2/catch.hpp>

#include "config_text.h"

using namespace hark::config;
using testing::load_text;

namespace {

std::string repeated(std::string_view part, std::size_t n) {
  std::string out;
  for (std::size_t i = 0; i < n; ++i) out += part;
  return out;
}

std::optional<Place> depth_place(const std::string& text) {
  const auto d = check_shape(text);
  return d ? std::optional(d->place) : std::nullopt;
}

constexpr const char* too_deep = "tables and lists are nested more than 32 deep";

}  // namespace

TEST_CASE("a hundred thousand levels are an error however they are written") {
  const std::size_t n = 100'000;
  const std::string a = "a";
  for (const std::string& text :
       {a + repeated(".a", n) + " = 1", "[" + a + repeated(".a", n) + "]", "[[" + a + repeated(".a", n) + "]]",
        "a = " + repeated("[", n), "a = " + repeated("[", n) + repeated("]", n), "a = " + repeated("{a=", n),
        "a = " + repeated("{a=[", n), "a = {" + a + repeated(".a", n) + " = 1}", "x = 1\n a" + repeated(" . 'a'", n),
        "a = \"\"\"x\"\"\"\" , b" + repeated(".a", n), "a = [1, 2, {" + a + repeated(".\"b\"", n)}) {
    INFO(text.substr(0, 60));
    const Loaded loaded = load_text(text);
    CHECK(testing::only_message(loaded.report) == too_deep);
    CHECK_FALSE(loaded.report.render(false).empty());
  }
}

TEST_CASE("thirty-two levels pass and one more does not") {
  const auto keys = [](std::size_t parts) { return "a" + repeated(".a", parts - 1) + " = 1\n"; };
  CHECK_FALSE(check_shape(keys(32)));
  CHECK(check_shape(keys(33)));
  const auto header = [](std::size_t parts) { return "[a" + repeated(".a", parts - 1) + "]\n"; };
  CHECK_FALSE(check_shape(header(31) + "b = 1\n"));
  CHECK(check_shape(header(31) + "b.c = 1\n"));
  CHECK(check_shape(header(33)));
  const auto lists = [](std::size_t n) { return "a = " + repeated("[", n) + repeated("]", n) + "\n"; };
  CHECK_FALSE(check_shape(lists(31)));
  CHECK(check_shape(lists(32)));
}

TEST_CASE("depth is added up over headers and dotted keys and brackets") {
  CHECK(check_shape("[" + std::string("a") + repeated(".a", 15) + "]\nb" + repeated(".b", 10) + " = {c" +
                    repeated(".c", 10) + " = 1}"));
  CHECK_FALSE(check_shape("[a" + repeated(".a", 9) + "]\nb" + repeated(".b", 9) + " = {c" + repeated(".c", 9) +
                          " = 1}\nd" + repeated(".d", 9) + " = [[[1.5, 2.5], [3.5]]]\n[b]\nc" + repeated(".c", 20) +
                          "=1"));
}

TEST_CASE("brackets and dots in strings and comments do not count") {
  CHECK_FALSE(check_shape("# " + repeated("[", 50) + "\n"));
  CHECK_FALSE(check_shape("a = \"" + repeated("[.", 50) + "\"\n"));
  CHECK_FALSE(check_shape("a = '" + repeated("{.", 50) + "'\n"));
  CHECK_FALSE(check_shape("a = \"\\\"" + repeated("{.", 50) + "\"\n"));
  CHECK_FALSE(check_shape("a = \"\"\"\n" + repeated("[\n", 50) + "\"\"\"\n"));
  CHECK_FALSE(check_shape("a = '''\n\"" + repeated("[\n", 50) + "'''\n"));
  CHECK_FALSE(check_shape("a = \"\"\"x\"\"\"\"\"\nb = 1 # " + repeated("[", 50)));
}

TEST_CASE("the place of a nesting that is too deep is the first one past the limit") {
  const auto place = depth_place("x = 1\na = " + repeated("[", 40));
  REQUIRE(place);
  CHECK(place->line == 2);
  CHECK(place->column == 36);
}

TEST_CASE("many siblings are not depth") {
  CHECK_FALSE(
      check_shape("a = [" + repeated("[1.5], {a.b = 1}, ", 1000) + "]\n" + repeated("[a.b]\nc.d = 2.5\n", 1000)));
}

TEST_CASE("the first byte that is not UTF-8 is told with line and column") {
  const auto bad = check_utf8("a = 1\nb = \"\xC3\xBC\xFF\"");
  REQUIRE(bad);
  CHECK(bad->message == "not UTF-8: byte 0xFF");
  CHECK(bad->place.line == 2);
  CHECK(bad->place.column == 7);
}

TEST_CASE("overlong forms and surrogates and cut sequences are not UTF-8") {
  for (const char* text : {"\x80", "\xC0\xAF", "\xE0\x80\xAF", "\xF0\x80\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                           "\xF8\x88\x80\x80\x80", "\xC3", "\xE2\x82", "\xF0\x9F\x98", "\xC3\x28"}) {
    CHECK(check_utf8(text));
    CHECK_FALSE(load_text(text).report.ok());
  }
  CHECK_FALSE(check_utf8("\xC3\xBC \xE2\x82\xAC \xF0\x9F\x98\x80 \xF4\x8F\xBF\xBF"));
}

TEST_CASE("characters beyond ASCII stand in quotes and comments only") {
  // U+00FC, U+0085, U+2028, U+3000, U+FEFF, U+1F600: each once took toml++ into undefined behaviour or might.
  for (const char* c : {"\xC3\xBC", "\xC2\x85", "\xC2\xA0", "\xE2\x80\xA8", "\xE3\x80\x80", "\xEF\xBB\xBF",
                        "\xEF\xBF\xBD", "\xE1\x9A\x80", "\xF0\x9F\x98\x80"}) {
    const std::string u(c);
    INFO(u);
    for (const std::string& text :
         {"a" + u + " = 1", u + " = 1\n", "[a" + u + "]", "a = " + u, "a =" + u + "1", "a.b" + u + "=1",
          "a = {b" + u + "=1}", "a = 1" + u, "a = tr" + u + "e", "a\n" + u, "a = [1" + u + "]"}) {
      if (text.starts_with("\xEF\xBB\xBF")) continue;
      CHECK(testing::only_message(load_text(text).report) ==
            "only text in quotes and comments may hold characters beyond ASCII");
    }
    const Loaded quoted =
        load_text("# " + u + "\n[sources.in] # " + u + "\nplugin = \"" + u + "\"\noptions.\"" + u + "\".'" + u +
                  "' = { \"x" + u + "\" = '" + u + "', '" + u + "' . \"" + u + "\" = \"\"\"" + u +
                  "\"\"\" }\n[sources.in.options.\"y" + u + "\"]\n[subscribers.out]\nplugin = \"p\"\n");
    CHECK(quoted.report.ok());
  }
}

TEST_CASE("the mark of UTF-8 at the front is no column") {
  const Loaded loaded = load_text("\xEF\xBB\xBFx = 1\n");
  CHECK(loaded.report.diagnostics().at(0).message.starts_with("the file has no"));
  const auto bad = check_shape("\xEF\xBB\xBFx\xC3\xBC = 1\n");
  REQUIRE(bad);
  CHECK(bad->place.column == 2);
  CHECK_FALSE(load_text("\xEF\xBB\xBF\xEF\xBB\xBFx = 1\n").report.ok());
}
