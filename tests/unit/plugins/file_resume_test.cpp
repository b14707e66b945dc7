// The file source across restarts: positions follow what is kept, and nothing else.
#include <catch2/catch.hpp>

#include <atomic>
#include <fstream>

#include "../../support/eventually.h"
#include "file_source.h"

using hark::test::append;
using hark::test::eventually;
using hark::test::FileSource;
using hark::test::Folder;
using hark::test::lines_of;
using hark::test::write_file;
using hark::testing::Published;
using Strings = std::vector<std::string>;

namespace {

// The offset that is stored for the only file.
std::string offset_in(const FileSource& source) {
  const auto lines = lines_of(source.positions());
  return lines.size() < 2 ? "none" : lines[1].substr(0, lines[1].find(' '));
}

// Reads all there is from there on, and what was published.
Strings rerun(const std::shared_ptr<Folder>& folder, const std::string& path = "a.log") {
  FileSource source(folder);
  source.start(R"("follow":false)", path);
  source.host.wait_finished();
  source.host.tell(HARK_STAGE_KEPT);
  return source.data();
}

}  // namespace

TEST_CASE("the stored position is where the oldest line begins that is not kept") {
  FileSource source;
  write_file(source.file("a.log"), "1\n2\n3\n4\n");
  source.start();
  REQUIRE(source.wait_for({"1", "2", "3", "4"}));
  const auto tokens = source.host.take_untold(HARK_M_TELL_KEPT);
  REQUIRE(tokens.size() == 4);
  REQUIRE(eventually([&] { return offset_in(source) == "0"; }));
  source.host.outcome(HARK_STAGE_KEPT, {tokens[2]});
  source.host.outcome(HARK_STAGE_KEPT, {tokens[0]});
  REQUIRE(eventually([&] { return offset_in(source) == "2"; }));
  source.host.outcome(HARK_STAGE_KEPT, {tokens[1]});
  REQUIRE(eventually([&] { return offset_in(source) == "6"; }));
  source.host.outcome(HARK_STAGE_KEPT, {tokens[3]});
  CHECK(eventually([&] { return offset_in(source) == "8"; }));
}

TEST_CASE("after a restart reading goes on behind what was kept") {
  const auto folder = std::make_shared<Folder>();
  write_file(folder->file("a.log"), "1\n2\n3\n");
  {
    FileSource source(folder);
    source.start();
    REQUIRE(source.wait_for({"1", "2", "3"}));
    const auto tokens = source.host.take_untold(HARK_M_TELL_KEPT);
    source.host.outcome(HARK_STAGE_KEPT, {tokens[0], tokens[2]});
  }
  append(folder->file("a.log"), "4\n");
  CHECK(rerun(folder) == Strings{"2", "3", "4"});
  CHECK(rerun(folder).empty());
}

TEST_CASE("after a line that a stopping host has no room for no later one is published") {
  const auto folder = std::make_shared<Folder>();
  write_file(folder->file("a.log"), "1\nno room\n3\n");
  {
    FileSource source(folder);
    std::atomic<bool> refused = false;
    source.host.on_publish([&](const Published& p) -> hark_result {
      if (p.data != "no room") return HARK_OK;
      refused = true;
      return HARK_CLOSING;
    });
    source.start();
    REQUIRE(eventually([&] { return refused.load(); }));
    append(folder->file("a.log"), "4\n");
    source.host.tell(HARK_STAGE_KEPT);
    source.host.end();
    CHECK(source.data() == Strings{"1"});
  }
  CHECK(rerun(folder) == Strings{"no room", "3", "4"});
}

TEST_CASE("what is told after its stop is in the positions that it leaves") {
  const auto folder = std::make_shared<Folder>();
  write_file(folder->file("a.log"), "1\n2\n");
  FileSource source(folder);
  source.start();
  REQUIRE(source.wait_for({"1", "2"}));
  CHECK(source.host.stop().code == HARK_OK);
  CHECK(offset_in(source) == "0");
  source.host.tell(HARK_STAGE_KEPT);
  source.host.end();
  CHECK(offset_in(source) == "4");
}

TEST_CASE("a file that was renamed while nobody looked is read to its end before the new one") {
  const auto folder = std::make_shared<Folder>();
  write_file(folder->file("a.log"), "1\n");
  CHECK(rerun(folder) == Strings{"1"});
  append(folder->file("a.log"), "2\n");
  std::filesystem::rename(folder->file("a.log"), folder->file("a.log.1"));
  write_file(folder->file("a.log"), "3\n");
  CHECK(rerun(folder) == Strings{"2", "3"});
}

TEST_CASE("with a pattern that names rotated files too each is read once across a restart") {
  const auto folder = std::make_shared<Folder>();
  write_file(folder->file("a.log"), "1\n");
  CHECK(rerun(folder, "a.log*") == Strings{"1"});
  append(folder->file("a.log"), "2\n");
  std::filesystem::rename(folder->file("a.log"), folder->file("a.log.2"));
  write_file(folder->file("a.log.1"), "3\n");
  write_file(folder->file("a.log"), "4\n");
  CHECK(rerun(folder, "a.log*") == Strings{"2", "4", "3"});
  CHECK(rerun(folder, "a.log*").empty());
}

TEST_CASE("a file that was truncated or replaced in place while nobody looked is read from its beginning") {
  const auto folder = std::make_shared<Folder>();
  const std::string path = folder->file("a.log");
  write_file(path, "first\n");
  CHECK(rerun(folder) == Strings{"first"});
  write_file(path, "x\n");
  CHECK(rerun(folder) == Strings{"x"});
  write_file(path, "other, and longer\n");
  CHECK(rerun(folder) == Strings{"other, and longer"});
}

TEST_CASE("a file that took the path of a known one is read from its beginning even with start at the end") {
  const auto folder = std::make_shared<Folder>();
  write_file(folder->file("a.log"), "1\n");
  CHECK(rerun(folder) == Strings{"1"});
  std::filesystem::remove(folder->file("a.log"));
  write_file(folder->file("b.log"), "takes the inode, perhaps\n");
  write_file(folder->file("a.log"), "2\n");
  FileSource source(folder);
  source.start(R"("start":"end")", "a.log");
  CHECK(source.wait_for({"2"}));
}

TEST_CASE("a file that is gone after a restart is told with its offset") {
  const auto folder = std::make_shared<Folder>();
  write_file(folder->file("a.log"), "1\n");
  CHECK(rerun(folder) == Strings{"1"});
  std::filesystem::remove(folder->file("a.log"));
  FileSource source(folder);
  source.start();
  REQUIRE(source.host.wait([](const auto& h) { return h.logged("is gone"); }));
}

TEST_CASE("a host that does not tell what is kept is told of once and positions are those of what was published") {
  const auto folder = std::make_shared<Folder>();
  write_file(folder->file("a.log"), "1\n2\n");
  {
    FileSource source(folder);
    source.host.on_publish(
        [](const Published& p) -> hark_result { return (p.flags & HARK_M_TELL_KEPT) != 0 ? HARK_NOSUPPORT : HARK_OK; });
    source.start();
    REQUIRE(source.wait_for({"1", "2"}));
    REQUIRE(eventually([&] { return offset_in(source) == "4"; }));
    CHECK(source.count_logged("does not tell what is kept") == 1);
  }
  CHECK(rerun(folder).empty());
}

TEST_CASE("a line that the host refuses counts as kept") {
  FileSource source;
  source.host.on_publish([](const Published& p) -> hark_result {
    if (p.data == "big") return HARK_TOO_BIG;
    return p.data == "guarded" ? HARK_REJECT : HARK_OK;
  });
  write_file(source.file("a.log"), "big\nguarded\n{\n");
  source.start();
  CHECK(eventually([&] { return offset_in(source) == "14"; }));
  CHECK(source.host.refused().size() == 2);
}

TEST_CASE("with as many lines not kept as the window holds the reading waits") {
  FileSource source;
  std::string lines;
  for (int i = 0; i < 70'000; ++i) lines += "x\n";
  write_file(source.file("a.log"), lines);
  source.start();
  REQUIRE(source.host.wait_published(65'536));
  source.host.tell(HARK_STAGE_KEPT);
  REQUIRE(source.host.wait_published(70'000));
  CHECK(source.host.tell(HARK_STAGE_KEPT) == 70'000 - 65'536);
  CHECK(eventually([&] { return offset_in(source) == "140000"; }));
}

TEST_CASE("without a state folder nothing is stored and that is told once") {
  const auto folder = std::make_shared<Folder>();
  FileSource source(folder, false);
  write_file(source.file("a.log"), "1\n");
  source.start(R"("follow":false)");
  REQUIRE(source.host.wait_finished());
  source.host.tell(HARK_STAGE_KEPT);
  source.host.end();
  CHECK(source.count_logged("no state folder") == 1);
  CHECK_FALSE(std::filesystem::exists(source.file("state")));
}

TEST_CASE("positions that cannot be written are told once and reading goes on") {
  FileSource source;
  write_file(source.file("state"), "a file stands where the folder should be");
  write_file(source.file("a.log"), "1\n");
  source.start();
  REQUIRE(source.wait_for({"1"}));
  source.host.tell(HARK_STAGE_KEPT);
  append(source.file("a.log"), "2\n");
  REQUIRE(source.wait_for({"1", "2"}));
  source.host.tell(HARK_STAGE_KEPT);
  source.host.end();
  CHECK(source.count_logged("positions cannot be written") == 1);
}
