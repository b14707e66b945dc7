// log-file beyond one file: rotation, older files, reopening, syncing.
#include <catch2/catch.hpp>
#include <hark/testing/bare_host.hpp>

#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <set>
#include <string>

#include "../../support/eventually.h"
#include "descriptors.h"
#include "log-file/gzip_file.h"

using hark::test::eventually;
using hark::test::file_text;
using hark::test::Folder;
using hark::test::lines_of;
using hark::test::write_file;
using hark::testing::BareHost;
using Strings = std::vector<std::string>;
namespace fs = std::filesystem;

namespace {

// A started log-file in a folder, `more`: further members of its options.
struct LogFile {
  explicit LogFile(const Folder& folder, const std::string& more = {})
      : path(folder.file("log")), host(HARK_TEST_log_file) {
    created = host.create("{\"path\":\"" + path + "\"" + (more.empty() ? "" : "," + more) + "}");
    if (created.code == HARK_OK && host.start().code != HARK_OK) throw std::runtime_error("start");
  }
  void write(int n) {
    for (int i = 0; i < n; ++i) CHECK(host.handle("t" + std::to_string(written++)).code == HARK_OK);
  }
  std::string path;
  BareHost host;
  hark::testing::Answered created;
  int written = 0;
};

// What lies in the folder but the log file itself, in order.
Strings older(const Folder& folder) {
  Strings names;
  for (const auto& entry : fs::directory_iterator(folder.file(""))) {
    if (entry.path().filename() != "log") names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string gunzip(const std::string& path) {
  const gzFile file = gzopen(path.c_str(), "rb");
  std::string text;
  std::array<char, 65536> bytes;
  for (int n; (n = gzread(file, bytes.data(), bytes.size())) > 0;)
    text.append(bytes.data(), static_cast<std::size_t>(n));
  gzclose(file);
  return text;
}

std::string text_in(const Folder& folder, const std::string& name) {
  return name.ends_with(".gz") ? gunzip(folder.file(name)) : file_text(folder.file(name));
}

// The types t0, t1, ... in all files, oldest first; fails when one is missing, twice or out of order.
void check_whole(const Folder& folder, int n) {
  std::string text;
  for (const std::string& name : older(folder)) text += text_in(folder, name);
  text += text_in(folder, "log");
  const Strings lines = lines_of(text);
  REQUIRE(lines.size() == static_cast<std::size_t>(n));
  for (int i = 0; i < n; ++i) {
    CHECK(lines[static_cast<std::size_t>(i)].find("\"type\":\"t" + std::to_string(i) + "\"") != std::string::npos);
  }
}

void set_age(const std::string& path, std::chrono::seconds age) {
  const timespec then{time(nullptr) - age.count(), 0};
  const timespec times[] = {then, then};
  REQUIRE(utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
}

std::size_t count_logged(const BareHost& host, std::string_view part) {
  std::size_t n = 0;
  for (const auto& line : host.logged()) n += line.text.find(part) != std::string::npos ? 1u : 0u;
  return n;
}

}  // namespace

TEST_CASE("a log file that has its size is rotated before the next line and no line is lost") {
  const Folder folder;
  LogFile log(folder, R"("rotate":{"bytes":1000})");
  log.write(60);
  const Strings names = older(folder);
  CHECK(names.size() > 5);
  for (const std::string& name : names) {
    CHECK(fnmatch("log.20[0-9][0-9][0-9][0-9][0-9][0-9]-[0-9][0-9][0-9][0-9][0-9][0-9]*", name.c_str(), 0) == 0);
    CHECK(fs::file_size(folder.file(name)) >= 1000);
    CHECK(fs::file_size(folder.file(name)) < 2000);
  }
  check_whole(folder, 60);
}

TEST_CASE("a batch is rotated within where the size is reached") {
  const Folder folder;
  LogFile log(folder, R"("rotate":{"bytes":"2kB"})");
  std::vector<hark::testing::Given> batch;
  for (int i = 0; i < 100; ++i) {
    batch.emplace_back();
    batch.back().type = "t" + std::to_string(i);
  }
  for (const auto& answer : log.host.handle_batch(batch)) CHECK(answer.code == HARK_OK);
  CHECK(older(folder).size() > 5);
  check_whole(folder, 100);
}

TEST_CASE("only as many older files are kept as keep says and these are the newest") {
  const Folder folder;
  LogFile log(folder, R"("rotate":{"bytes":500,"keep":3})");
  write_file(folder.file("log.20010101-000000"), "the oldest\n");
  write_file(folder.file("log.mine"), "not one of ours\n");
  log.write(60);
  REQUIRE(eventually([&] { return older(folder).size() == 4; }));
  Strings names = older(folder);
  CHECK(names.back() == "log.mine");
  CHECK(text_in(folder, names.at(2)).find("\"type\":\"t5") != std::string::npos);
}

TEST_CASE("older files are compressed and hold what they held") {
  const Folder folder;
  LogFile log(folder, R"("rotate":{"bytes":"1KiB","gzip":true})");
  log.write(60);
  REQUIRE(eventually([&] {
    const Strings names = older(folder);
    return std::all_of(names.begin(), names.end(), [](const std::string& n) { return n.ends_with(".gz"); });
  }));
  check_whole(folder, 60);
  struct stat status{};
  REQUIRE(stat(folder.file(older(folder).at(0)).c_str(), &status) == 0);
  CHECK((status.st_mode & 0777u) == 0640);
}

TEST_CASE("what a crash left half compressed is finished at the next start") {
  const Folder folder;
  const std::string cut = folder.file("log.20200101-000000"), twice = folder.file("log.20200101-000001");
  write_file(cut, "whole\n");
  write_file(cut + ".gz.new", "half of i");
  write_file(twice, "compressed already\n");
  const std::atomic<bool> stopping = false;
  REQUIRE(hark::log_file::gzip_file(twice, stopping).empty());
  write_file(twice, "compressed already\n");
  LogFile log(folder, R"("rotate":{"every":"24h","gzip":true})");
  REQUIRE(eventually([&] { return older(folder) == Strings{"log.20200101-000000.gz", "log.20200101-000001.gz"}; }));
  CHECK(text_in(folder, "log.20200101-000000.gz") == "whole\n");
  CHECK(text_in(folder, "log.20200101-000001.gz") == "compressed already\n");
}

TEST_CASE("compressing ends early when it is to stop and leaves the file as it was") {
  const Folder folder;
  const std::string path = folder.file("x");
  write_file(path, "text\n");
  const std::atomic<bool> stopping = true;
  CHECK(hark::log_file::gzip_file(path, stopping).empty());
  CHECK(file_text(path) == "text\n");
  CHECK(std::distance(fs::directory_iterator(folder.file("")), fs::directory_iterator()) == 1);
  CHECK(hark::log_file::gzip_file(folder.file("none"), stopping) ==
        "read \"" + folder.file("none") + "\": No such file or directory");
}

TEST_CASE("a log file of an earlier period is rotated before the first line of the next one") {
  const Folder folder;
  write_file(folder.file("log"), "yesterday\n");
  set_age(folder.file("log"), std::chrono::hours(25));
  LogFile log(folder, R"("rotate":{"every":"24h"})");
  CHECK(older(folder).empty());
  log.write(2);
  REQUIRE(older(folder).size() == 1);
  CHECK(text_in(folder, older(folder)[0]) == "yesterday\n");
  CHECK(lines_of(file_text(log.path)).size() == 2);
}

TEST_CASE("a rotation that fails is told once and the file goes on where it is") {
  const Folder folder;
  const std::string path = folder.file(std::string(250, 'l'));  // a name with something behind it is too long
  BareHost host(HARK_TEST_log_file);
  REQUIRE(host.create(R"({"path":")" + path + R"(","rotate":{"bytes":100}})").code == HARK_OK);
  for (int i = 0; i < 10; ++i) CHECK(host.handle("a").code == HARK_OK);
  CHECK(lines_of(file_text(path)).size() == 10);
  CHECK(count_logged(host, "goes on where it is") == 1);
}

TEST_CASE("a log file that was moved away is begun anew on flush and within a second without") {
  const Folder folder;
  LogFile log(folder);
  log.write(1);
  fs::rename(log.path, folder.file("moved"));
  CHECK(log.host.flush().code == HARK_OK);
  CHECK(fs::file_size(log.path) == 0);
  log.write(1);
  CHECK(lines_of(file_text(folder.file("moved"))).size() == 1);
  fs::rename(log.path, folder.file("moved.too"));
  REQUIRE(eventually([&] {
    log.write(1);
    return fs::exists(log.path);
  }));
  CHECK(count_logged(log.host, "moved away") == 2);
  check_whole(folder, log.written);
}

TEST_CASE("flush leaves a log file alone that is where it was") {
  const Folder folder;
  LogFile log(folder);
  log.write(1);
  CHECK(log.host.flush().code == HARK_OK);
  CHECK(count_logged(log.host, "moved away") == 0);
}

TEST_CASE("lines are synced by batch or at an interval and a device without a disk does not mind") {
  for (const char* sync : {"never", "batch", "1ms"}) {
    const Folder folder;
    LogFile log(folder, std::string(R"("sync":")") + sync + "\"");
    REQUIRE(log.created.code == HARK_OK);
    log.write(3);
    BareHost null(HARK_TEST_log_file);
    REQUIRE(null.create(std::string(R"({"path":"/dev/null","sync":")") + sync + "\"}").code == HARK_OK);
    CHECK(null.handle("a").code == HARK_OK);
  }
}

TEST_CASE("options of rotation and sync that make no sense are refused with what to write") {
  const auto why = [](const std::string& more) {
    const Folder folder;
    return LogFile(folder, more).created.text;
  };
  CHECK(why(R"("rotate":{"keep":3})") == "option rotate: say when, by `bytes`, `every` or both");
  CHECK(
      why(R"("rotate":{"bytes":"10 MB"})").starts_with("option rotate.bytes: \"10 MB\": write a whole number with B"));
  CHECK(
      why(R"("rotate":{"every":"daily"})").starts_with("option rotate.every: \"daily\": write a whole number with ns"));
  CHECK(why(R"("rotate":{"every":"10ms"})") == "option rotate.every: must be at least 1s");
  CHECK(why(R"("sync":"sometimes")").starts_with("option sync: \"sometimes\": write a whole number"));
  CHECK(why(R"("sync":"0s")") == "option sync: \"never\", \"batch\", or a time from 1ms");
}

TEST_CASE("a device is not rotated and that is told") {
  BareHost host(HARK_TEST_log_file);
  REQUIRE(host.create(R"({"path":"/dev/null","rotate":{"bytes":1}})").code == HARK_OK);
  CHECK(host.handle("a").code == HARK_OK);
  CHECK(host.handle("a").code == HARK_OK);
  CHECK(count_logged(host, "not a regular file") == 1);
}
