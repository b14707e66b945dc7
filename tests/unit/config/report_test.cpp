#include <algorithm>
#include <catch2/catch.hpp>

#include "config/config.h"

using namespace hark::config;

namespace {

std::string rendered(const std::string& text, Place place, const std::string& message = "m",
                     const std::string& help = "") {
  Report report("hark.toml", text);
  report.error(place, message, help);
  return report.render(false);
}

}  // namespace

TEST_CASE("a problem is shown with its line and a caret and the right word") {
  std::string text;
  for (int i = 1; i < 41; ++i) text += "\n";
  text += "timout = \"10s\"\n";
  CHECK(rendered(text, {41, 1, 6}, "unknown key `timout` in [subscribers.thumbs]", "did you mean `timeout`?") ==
        "hark.toml:41:1: error: unknown key `timout` in [subscribers.thumbs]\n"
        "   41 | timout = \"10s\"\n"
        "      | ^^^^^^ did you mean `timeout`?\n");
}

TEST_CASE("problems come by place whatever their order and each once") {
  Report report("f", "a\nb\nc\n");
  report.error({3, 1, 1}, "third");
  report.warning({2, 1, 1}, "second");
  report.error({}, "first", "do this");
  report.error({3, 1, 1}, "third");
  CHECK(report.render(false) ==
        "f: error: first\n      | do this\n"
        "f:2:1: warning: second\n    2 | b\n      | ^\n"
        "f:3:1: error: third\n    3 | c\n      | ^\n");
}

TEST_CASE("warnings alone leave a report fine") {
  Report report("f", "a");
  CHECK(report.ok());
  report.warning({1, 1, 1}, "w");
  CHECK(report.ok());
  report.error({1, 1, 1}, "e");
  CHECK_FALSE(report.ok());
}

TEST_CASE("columns count code points and a tab is one column") {
  CHECK(rendered("\xC3\xBC\t= 5\r\nx", {1, 5, 1}) == "hark.toml:1:5: error: m\n    1 | \xC3\xBC = 5\n      |     ^\n");
}

TEST_CASE("a long line is cut around the caret") {
  std::string line(5000, 'x');
  line.append("HERE").append(5000, 'y');
  const std::string text = rendered(line, {1, 5001, 4});
  CHECK(text == "hark.toml:1:5001: error: m\n    1 | ..." + std::string(40, 'x') + "HERE" + std::string(56, 'y') +
                    "...\n      | " + std::string(43, ' ') + "^^^^\n");
}

TEST_CASE("an underline ends where the shown line ends") {
  CHECK(rendered("a = [\n1]", {1, 5, 0xFFFFFFFF}) == "hark.toml:1:5: error: m\n    1 | a = [\n      |     ^\n");
  const std::string text = rendered(std::string(500, 'x'), {1, 1, 400});
  CHECK(text.find("| " + std::string(100, '^') + "\n") != std::string::npos);
}

TEST_CASE("a place past the end of its line or of the file still renders") {
  CHECK(rendered("ab", {1, 9, 3}) == "hark.toml:1:9: error: m\n    1 | ab\n      |   ^\n");
  CHECK(rendered("ab", {7, 1, 1}) == "hark.toml:7:1: error: m\n    7 | \n      | ^\n");
  CHECK(rendered("", {1, 1, 1}) == "hark.toml:1:1: error: m\n    1 | \n      | ^\n");
}

TEST_CASE("nothing from the file reaches the terminal as a control character") {
  const std::string text = rendered("a = \x1B[31m\x7F\xC2\x9B \xFF", {1, 1, 1}, "bad \x1B]0;key\x07", "h\x1B\n");
  CHECK(text.find('\x1B') == std::string::npos);
  CHECK(text.find('\x07') == std::string::npos);
  CHECK(text.find('\x7F') == std::string::npos);
  CHECK(text.find("\xC2\x9B") == std::string::npos);
  CHECK(text.find('\xFF') == std::string::npos);
  CHECK(std::count(text.begin(), text.end(), '\n') == 3);
}

TEST_CASE("colour is used only when asked for") {
  Report report("f", "a");
  report.error({1, 1, 1}, "m");
  CHECK(report.render(false).find('\033') == std::string::npos);
  CHECK(report.render(true).find("\033[1;31merror:\033[0m m") != std::string::npos);
}

TEST_CASE("past two hundred problems the rest is counted") {
  Report report("f", "");
  for (std::uint32_t i = 1; i <= 250; ++i) report.error({i, 1, 1}, "m");
  CHECK(report.diagnostics().size() == 200);
  CHECK(report.render(false).ends_with("f: and 50 more problems\n"));
  CHECK_FALSE(report.ok());
}

TEST_CASE("a megabyte in a message is cut") {
  CHECK(rendered("a", {1, 1, 1}, std::string(1u << 20, 'k'), std::string(1u << 20, 'h')).size() < 2000);
}
