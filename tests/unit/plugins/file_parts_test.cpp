// What the file source is made of: patterns of paths, the text of positions, the window of what is not kept.
#include <catch2/catch.hpp>

#include <set>

#include "descriptors.h"
#include "file/folder_scan.h"
#include "file/kept_window.h"
#include "file/positions.h"

using hark::file_source::KeptWindow;
using hark::file_source::load_positions;
using hark::file_source::PathPattern;
using hark::file_source::Position;
using hark::file_source::save_positions;
using hark::test::Folder;
using hark::test::write_file;
using Strings = std::vector<std::string>;

TEST_CASE("wildcards stand for names within one part of a path and not for a leading dot") {
  const Folder folder;
  for (const char* name : {"a.log", "b.log", "c.txt", ".hidden.log"}) write_file(folder.file(name), "");
  std::filesystem::create_directories(folder.file("x/y"));
  write_file(folder.file("x/d.log"), "");
  std::filesystem::create_directory(folder.file("z"));
  std::set<std::string> watched;
  const auto expand = [&](const std::string& pattern) {
    watched.clear();
    return PathPattern(folder.file(pattern)).expand([&](const std::string& f) { watched.insert(f); });
  };
  CHECK(expand("*.log") == Strings{folder.file("a.log"), folder.file("b.log")});
  CHECK(expand("[bc].*") == Strings{folder.file("b.log"), folder.file("c.txt")});
  CHECK(expand("*/?.log") == Strings{folder.file("x/d.log")});
  CHECK(watched.size() == 3);  // the folder itself, x and z
  CHECK(expand("c.txt") == Strings{folder.file("c.txt")});
  CHECK(expand("none/a.log").empty());
  CHECK(watched.size() == 1);
}

TEST_CASE("a pattern says which paths concern it on the way to its files") {
  const PathPattern pattern("/var/log/*/app.log");
  CHECK(pattern.matches("/var/log/x/app.log"));
  CHECK_FALSE(pattern.matches("/var/log/x/app.log.1"));
  CHECK_FALSE(pattern.matches("/var/log/x"));
  CHECK(pattern.concerns("/var/log/x"));
  CHECK(pattern.concerns("/var"));
  CHECK_FALSE(pattern.concerns("/var/lib"));
  CHECK_FALSE(pattern.concerns("var/log"));
  CHECK(PathPattern("*.log").matches("a.log"));
}

TEST_CASE("positions are read as they were written with any path") {
  const Folder folder;
  const std::string file = folder.file("positions");
  CHECK(load_positions(file).positions.empty());
  CHECK(load_positions(file).problem.empty());
  const std::vector<Position> written{{{1, 2}, {256, 0xFFFFFFFFFFFFFFFF}, 1ull << 60, "/a b\\c\nd"}, {{}, {}, 0, "x"}};
  REQUIRE(save_positions(file, written).empty());
  const auto read = load_positions(file);
  CHECK(read.problem.empty());
  REQUIRE(read.positions.size() == 2);
  CHECK(read.positions[0].id == written[0].id);
  CHECK(read.positions[0].head.length == 256);
  CHECK(read.positions[0].head.hash == 0xFFFFFFFFFFFFFFFF);
  CHECK(read.positions[0].offset == 1ull << 60);
  CHECK(read.positions[0].path == "/a b\\c\nd");
  CHECK_FALSE(std::filesystem::exists(file + ".new"));
}

TEST_CASE("a damaged line of positions is told and the others are read") {
  const Folder folder;
  const std::string file = folder.file("positions");
  write_file(file, "hark positions 1\n5 1 2 0 0 /a\nnonsense\n6 1 3 0 0 /b\n");
  const auto read = load_positions(file);
  CHECK(read.positions.size() == 2);
  CHECK(read.problem == "line 3 is damaged: left out");
  write_file(file, "something else\n5 1 2 0 0 /a\n");
  CHECK(load_positions(file).positions.empty());
  CHECK(load_positions(file).problem.find("begins with") == 0);
}

TEST_CASE("positions that cannot be written say where and why") {
  CHECK(save_positions("/no/such/folder/positions", {}) ==
        "open \"/no/such/folder/positions.new\": No such file or directory");
}

TEST_CASE("a line that is not kept holds back its own file and no other") {
  KeptWindow window;
  const std::uint64_t a1 = window.reserve(1, 10);
  const std::uint64_t b1 = window.reserve(2, 100);
  const std::uint64_t a2 = window.reserve(1, 20);
  const std::uint64_t b2 = window.reserve(2, 200);
  CHECK(window.kept(std::vector{b1, b2, a2}));
  auto now = window.offsets();
  CHECK(now.of.count(1) == 0);
  CHECK(now.of.at(2) == 200);
  CHECK(now.open.at(1) == 1);
  CHECK(window.kept(std::vector{a1, a1, std::uint64_t{99}}));
  CHECK_FALSE(window.kept(std::vector{a1}));
  now = window.offsets();
  CHECK(now.of.at(1) == 20);
  CHECK(now.open.empty());
}
