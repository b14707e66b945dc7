#include "input/line_buffer.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

using hark::input::Line;
using hark::input::LineBuffer;

namespace {

// What comes out when `input` comes in pieces of at most `piece` bytes: `number:text`, or `number>length:head` of a
// line that is too long.
std::vector<std::string> split(std::string_view input, std::size_t max_line, std::size_t piece) {
  LineBuffer buffer(max_line, 64);
  std::vector<std::string> out;
  const auto add = [&out](const Line& line) {
    const std::string number = std::to_string(line.number);
    out.push_back(line.too_long ? number + ">" + std::to_string(line.length) + ":" + std::string(line.text)
                                : number + ":" + std::string(line.text));
  };
  while (!input.empty()) {
    const auto room = buffer.room();
    const std::size_t n = std::min({piece, room.size(), input.size()});
    std::copy_n(input.data(), n, room.data());
    input.remove_prefix(n);
    buffer.filled(n);
    while (const auto line = buffer.next()) add(*line);
  }
  if (const auto line = buffer.rest()) add(*line);
  return out;
}

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("lines come out alike however the bytes come in") {
  const std::string input = "one\ntwo\r\n\n\r\nfive\rstill\nlast";
  for (const std::size_t piece : {1u, 2u, 3u, 5u, 7u, 1000u}) {
    CHECK(split(input, 100, piece) == Strings{"1:one", "2:two", "5:five\rstill", "6:last"});
  }
}

TEST_CASE("a line may have max_line bytes and not one more") {
  for (const std::size_t piece : {1u, 3u, 1000u}) {
    CHECK(split("12345\n12345\r\n123456\n1\n", 5, piece) == Strings{"1:12345", "2:12345", "3>6:123456", "4:1"});
    CHECK(split("123456789012\r\nx", 5, piece).at(0).starts_with("1>12:123456"));
    CHECK(split("12345", 5, piece) == Strings{"1:12345"});
    CHECK(split("123456", 5, piece).at(0).starts_with("1>6:12345"));
  }
}

TEST_CASE("of a line that is too long the first bytes and the length are told once") {
  const std::string input = "a\n" + std::string(3'000'000, 'x') + "\nb\n";
  CHECK(split(input, 1000, 100'000) == Strings{"1:a", "2>3000000:" + std::string(LineBuffer::head_size, 'x'), "3:b"});
}

TEST_CASE("a line longer than a read comes out whole") {
  const std::string line(1'000'000, 'x');
  CHECK(split(line + "\nb", 1 << 20, 250'000) == Strings{"1:" + line, "2:b"});
}

TEST_CASE("a byte order mark before the first line is left out") {
  CHECK(split("\xEF\xBB\xBF{}\n\xEF\xBB\xBFx\n", 100, 100) == Strings{"1:{}", "2:\xEF\xBB\xBFx"});
}

TEST_CASE("NUL bytes are part of a line") {
  CHECK(split(std::string_view("a\0b\n", 4), 100, 100) == Strings{std::string("1:a\0b", 5)});
}

TEST_CASE("no input is no line") {
  CHECK(split("", 100, 1).empty());
  CHECK(split("\n\n\r\n", 100, 1).empty());
}
