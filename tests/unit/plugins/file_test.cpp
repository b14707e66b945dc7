// The file source as a host loads it: what it reads, follows and refuses.
#include <catch2/catch.hpp>

#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <atomic>

#include "file_source.h"

using hark::test::append;
using hark::test::FileSource;
using hark::test::write_file;
using hark::testing::Published;
using Strings = std::vector<std::string>;

namespace {

std::atomic<bool> no_inotify = false;

}  // namespace

// In place of the C library's, so that a test can be without it.
extern "C" int inotify_init1(int flags) noexcept {
  if (no_inotify) return errno = EMFILE, -1;
  return static_cast<int>(syscall(SYS_inotify_init1, flags));
}

TEST_CASE("file without follow reads its files to the end and is finished") {
  FileSource source;
  write_file(source.file("a.log"), "one\n{\"type\":\"t\"}\n\nlast");
  write_file(source.file("b.log"), "two\r\n");
  write_file(source.file("c.txt"), "no\n");
  source.start(R"("follow":false,"line_type":"log","source":"/s")", "*.log");
  REQUIRE(source.host.wait_finished());
  CHECK(source.host.finished().at(0).code == HARK_OK);
  CHECK(source.data() == Strings{"one", "{\"type\":\"t\"}", "last", "two"});
  const auto published = source.host.published();
  CHECK(published[0].type == "log");
  CHECK(published[0].source == "/s");
  CHECK(published[1].type == "t");
}

TEST_CASE("file reads a list of paths and a file that several of them lead to once") {
  FileSource source;
  write_file(source.file("a.log"), "a\n");
  write_file(source.file("b.log"), "b\n");
  const std::string paths = "[\"" + source.file("b.log") + "\",\"" + source.file("*.log") + "\"]";
  source.start_with(R"({"follow":false,"path":)" + paths + "}");
  REQUIRE(source.host.wait_finished());
  CHECK(source.data() == Strings{"b", "a"});
}

TEST_CASE("a plain path without a file ends a source that does not follow with an error") {
  FileSource source;
  source.start(R"("follow":false)", "none.log");
  REQUIRE(source.host.wait_finished());
  CHECK(source.host.finished().at(0).code < 0);
  CHECK(source.host.finished().at(0).text == "no file at \"" + source.file("none.log") + "\"");
}

TEST_CASE("file follows growth and an incomplete line waits for its end") {
  FileSource source;
  write_file(source.file("a.log"), "one\ntw");
  source.start();
  REQUIRE(source.wait_for({"one"}));
  append(source.file("a.log"), "o");
  append(source.file("a.log"), "\nthree\n");
  CHECK(source.wait_for({"one", "two", "three"}));
}

TEST_CASE("a long line that comes in pieces comes out whole") {
  FileSource source;
  const std::string piece(100'000, 'x');
  write_file(source.file("a.log"), "");
  source.start();
  for (int i = 0; i < 5; ++i) append(source.file("a.log"), piece);
  append(source.file("a.log"), "\nnext\n");
  REQUIRE(source.host.wait_published(2));
  CHECK(source.data()[0].size() == 500'000);
  CHECK(source.data()[1] == "next");
}

TEST_CASE("file with start at the end reads only what comes later and what stood there without its end") {
  FileSource source;
  write_file(source.file("a.log"), "old\nhal");
  source.start(R"("start":"end")");
  REQUIRE(source.reads("a.log"));
  append(source.file("a.log"), "f\nnew\n");
  CHECK(source.wait_for({"half", "new"}));
}

TEST_CASE("a file that appears later is read from its beginning whatever start says") {
  FileSource source;
  source.start(R"("start":"end")");
  REQUIRE(source.host.wait([](const auto& h) { return h.logged("waiting for it"); }));
  write_file(source.file("new.log"), "one\n");
  CHECK(source.wait_for({"one"}));
}

TEST_CASE("folders that appear later are looked into") {
  FileSource source;
  source.start("", "sub/*/deep/a.log");
  REQUIRE(source.host.wait([](const auto& h) { return h.logged("waiting for it"); }));
  std::filesystem::create_directories(source.file("sub/one/deep"));
  write_file(source.file("sub/one/deep/a.log"), "one\n");
  CHECK(source.wait_for({"one"}));
  std::filesystem::create_directories(source.file("sub/two/deep"));
  write_file(source.file("sub/two/deep/a.log"), "two\n");
  CHECK(source.wait_for({"one", "two"}));
}

TEST_CASE("after a rotation by rename the old file is read to its end before the new one is begun") {
  FileSource source;
  const std::string path = source.file("a.log");
  write_file(path, "1\n");
  source.start();
  REQUIRE(source.wait_for({"1"}));
  const hark::test::Descriptor writer(open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  std::filesystem::rename(path, source.file("a.log.1"));
  hark::test::write_text(writer.get(), "2\n");
  write_file(path, "3\n");
  REQUIRE(source.wait_for({"1", "2", "3"}));
  hark::test::write_text(writer.get(), "late\n");
  CHECK(source.wait_for({"1", "2", "3", "late"}));
}

TEST_CASE("rotations that come faster than they are looked at lose no file") {
  FileSource source;
  const std::string path = source.file("only.log");
  std::atomic<bool> full = true;
  source.host.on_publish([&](const Published&) -> hark_result { return full ? HARK_AGAIN : HARK_OK; });
  write_file(path, "0\n");
  source.start("", "only.log");
  REQUIRE(source.reads("only.log"));
  for (int i = 1; i <= 5; ++i) {
    for (int n = 9; n >= 1; --n) {
      const std::string from = path + "." + std::to_string(n);
      if (std::filesystem::exists(from)) std::filesystem::rename(from, path + "." + std::to_string(n + 1));
    }
    std::filesystem::rename(path, path + ".1");
    write_file(path, std::to_string(i) + "\n");
  }
  full = false;
  source.host.on_publish(nullptr);
  REQUIRE(source.host.wait_published(6));
  auto lines = source.data();
  std::sort(lines.begin(), lines.end());
  CHECK(lines == Strings{"0", "1", "2", "3", "4", "5"});
}

TEST_CASE("a file that is truncated is read again from its beginning and that is told once") {
  FileSource source;
  const std::string path = source.file("a.log");
  write_file(path, "one\ntwo\n");
  source.start();
  REQUIRE(source.wait_for({"one", "two"}));
  REQUIRE(truncate(path.c_str(), 0) == 0);
  append(path, "3\n");
  CHECK(source.wait_for({"one", "two", "3"}));
  CHECK(source.count_logged("truncated") == 1);
}

TEST_CASE("a file that was truncated and is longer than before when one looks is read from its beginning") {
  FileSource source;
  const std::string path = source.file("a.log");
  std::atomic<bool> full = false;
  source.host.on_publish([&](const Published&) -> hark_result { return full ? HARK_AGAIN : HARK_OK; });
  write_file(path, "one\ntwo\n");
  source.start();
  REQUIRE(source.wait_for({"one", "two"}));
  full = true;
  append(path, "3\n");  // holds the reader up
  write_file(path, "another\nand longer than it was\n");
  full = false;
  source.host.on_publish(nullptr);
  REQUIRE(source.host.wait([](const auto& h) { return h.logged("truncated"); }));
  REQUIRE(source.host.wait([](const auto& h) { return h.published().back().data == "and longer than it was"; }));
  CHECK(source.count_logged("truncated") == 1);
}

TEST_CASE("a file that is deleted and made again is read from its beginning") {
  FileSource source;
  const std::string path = source.file("a.log");
  for (const char* line : {"one", "two", "three"}) {
    write_file(path, std::string(line) + "\n");
    if (source.data().empty()) source.start();
    REQUIRE(
        source.host.wait([&](const auto& h) { return !h.published().empty() && h.published().back().data == line; }));
    std::filesystem::remove(path);
  }
  CHECK(source.data() == Strings{"one", "two", "three"});
}

TEST_CASE("a symbolic link is followed to where it leads and to where it leads next") {
  FileSource source;
  std::filesystem::create_directory(source.file("pods"));
  write_file(source.file("pods/0"), "one\n");
  std::filesystem::create_symlink("pods/0", source.file("a.log"));
  source.start();
  REQUIRE(source.wait_for({"one"}));
  append(source.file("pods/0"), "two\n");
  REQUIRE(source.wait_for({"one", "two"}));
  std::filesystem::rename(source.file("pods/0"), source.file("pods/0.old"));
  write_file(source.file("pods/0"), "three\n");
  CHECK(source.wait_for({"one", "two", "three"}));
}

TEST_CASE("what is no regular file is told and not read") {
  FileSource source;
  std::filesystem::create_directory(source.file("folder.log"));
  REQUIRE(mkfifo(source.file("pipe.log").c_str(), 0600) == 0);
  write_file(source.file("real.log"), "one\n");
  source.start();
  REQUIRE(source.wait_for({"one"}));
  CHECK(source.count_logged("a file is not read") == 2);
}

TEST_CASE("without inotify files are looked at once a second and that is told once") {
  no_inotify = true;
  FileSource source;
  write_file(source.file("a.log"), "one\n");
  source.start();
  REQUIRE(source.wait_for({"one"}));
  no_inotify = false;
  append(source.file("a.log"), "two\n");
  write_file(source.file("b.log"), "three\n");
  REQUIRE(source.wait_for({"one", "two", "three"}));
  std::filesystem::rename(source.file("b.log"), source.file("c.log"));
  append(source.file("c.log"), "four\n");
  REQUIRE(source.wait_for({"one", "two", "three", "four"}));
  CHECK(source.count_logged("once a second") == 1);
}

TEST_CASE("a line that is refused is named by its file and byte") {
  FileSource source;
  write_file(source.file("a.log"), "ok\n{\"type\":\n" + std::string(200, 'x') + "\nend\n");
  source.start(R"("max_line":100)");
  REQUIRE(source.wait_for({"ok", "end"}));
  const auto refused = source.host.refused();
  REQUIRE(refused.size() == 2);
  CHECK(refused[0].origin == source.file("a.log") + " at byte 3");
  CHECK(refused[1].why == "a line of 200 bytes, longer than max_line (100)");
}

TEST_CASE("file stops at once while it waits for room and refuses nothing of what it did not publish") {
  FileSource source;
  source.host.on_publish([](const Published&) -> hark_result { return HARK_AGAIN; });
  write_file(source.file("a.log"), "one\ntwo\n");
  source.start();
  REQUIRE(source.reads("a.log"));
  CHECK(source.host.stop().code == HARK_OK);
  CHECK(source.host.refused().empty());
  CHECK(source.host.finished().empty());
}
