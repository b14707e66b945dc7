#include <catch2/catch.hpp>
#include <hark/testing/bare_host.hpp>

#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <string>

#include "descriptors.h"
#include "parsed_line.h"

using hark::test::file_text;
using hark::test::Folder;
using hark::test::lines_of;
using hark::test::ParsedLine;
using hark::testing::Answered;
using hark::testing::BareHost;
using hark::testing::Given;

namespace {

std::vector<Given> events(std::size_t n, std::size_t data_size = 10) {
  std::vector<Given> list;
  for (std::size_t i = 0; i < n; ++i) {
    Given g;
    g.type = "t" + std::to_string(i);
    g.data = "\"" + std::string(data_size, 'x') + "\"";
    list.push_back(g);
  }
  return list;
}

std::string options(const std::string& path) { return R"({"path":")" + path + "\"}"; }

std::size_t count(const std::vector<Answered>& answers, hark_result code) {
  return static_cast<std::size_t>(
      std::count_if(answers.begin(), answers.end(), [code](const Answered& a) { return a.code == code; }));
}

std::size_t count_logged(const BareHost& host, std::int32_t level) {
  std::size_t n = 0;
  for (const auto& line : host.logged()) n += line.level == level ? 1 : 0;
  return n;
}

// No file of this process may grow beyond `bytes`, as long as this lives.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

const std::filesystem::path log_file(HARK_TEST_log_file);

}  // namespace

TEST_CASE("log-file appends each event as a line of CloudEvents JSON") {
  const Folder folder;
  const std::string path = folder.file("audit.jsonl");
  for (int round = 0; round < 2; ++round) {
    BareHost host(log_file);
    REQUIRE(host.create(options(path)).code == HARK_OK);
    CHECK(count(host.handle_batch(events(300)), HARK_OK) == 300);
    CHECK(host.handle("one.more").code == HARK_OK);
  }
  const auto lines = lines_of(file_text(path));
  REQUIRE(lines.size() == 602);
  CHECK(ParsedLine(lines[0]).type() == "t0");
  CHECK(ParsedLine(lines[299]).type() == "t299");
  CHECK(ParsedLine(lines[300]).type() == "one.more");
  struct stat status{};
  REQUIRE(stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0137u) == 0);
}

TEST_CASE("log-file appends the data alone when asked to") {
  const Folder folder;
  const std::string path = folder.file("log");
  BareHost host(log_file);
  REQUIRE(host.create(R"({"content":"data","path":")" + path + "\"}").code == HARK_OK);
  Given json, text, bytes, none;
  json.data = "{\"a\":1,\n\"b\":2}";
  text.data = "two\nlines";
  text.content_type = "text/plain";
  bytes.data = "\xff";
  bytes.content_type = "application/octet-stream";
  none.has_data = false;
  const auto answers = host.handle_batch({json, text, bytes, none});
  CHECK(count(answers, HARK_OK) == 4);
  const auto lines = lines_of(file_text(path));
  REQUIRE(lines.size() == 4);
  CHECK(lines[0] == R"({"a":1, "b":2})");
  CHECK(lines[1] == R"("two\nlines")");
  CHECK(lines[2] == R"("/w==")");
  CHECK(lines[3] == "null");
}

TEST_CASE("a file that cannot be opened fails creation with its path and why") {
  BareHost host(log_file);
  const Answered answer = host.create(options("/no/such/folder/x.jsonl"));
  CHECK(answer.code < 0);
  CHECK(answer.text == "open \"/no/such/folder/x.jsonl\" for appending: No such file or directory");
  CHECK(BareHost(log_file).create(options("/tmp")).text == "open \"/tmp\" for appending: Is a directory");
  CHECK(BareHost(log_file).create("{}").code < 0);
}

TEST_CASE("a line that a crash tore is told and ended before the next one") {
  const Folder folder;
  const std::string path = folder.file("torn.jsonl");
  hark::test::write_file(path, "{\"whole\":1}\n{\"torn");
  BareHost host(log_file);
  REQUIRE(host.create(options(path)).code == HARK_OK);
  CHECK(host.logged("torn"));
  REQUIRE(host.handle("a").code == HARK_OK);
  REQUIRE(host.handle("b").code == HARK_OK);
  const auto lines = lines_of(file_text(path));
  REQUIRE(lines.size() == 4);
  CHECK(lines[1] == "{\"torn");
  CHECK(ParsedLine(lines[2]).type() == "a");
  CHECK(ParsedLine(lines[3]).type() == "b");
}

TEST_CASE("a full device answers AGAIN with one error however often it is tried") {
  BareHost host(log_file);
  REQUIRE(host.create(options("/dev/full")).code == HARK_OK);
  for (int i = 0; i < 3; ++i) CHECK(count(host.handle_batch(events(10)), HARK_AGAIN) == 10);
  const Answered answer = host.handle("x");
  CHECK(answer.code == HARK_AGAIN);
  CHECK(answer.text.find("/dev/full") != std::string::npos);
  CHECK(answer.text.find("No space left on device") != std::string::npos);
  CHECK(count_logged(host, HARK_LOG_ERROR) == 1);
}

TEST_CASE("when the disk is full the lines that fit are kept whole and the rest comes later") {
  const Folder folder;
  const std::string path = folder.file("full.jsonl");
  BareHost host(log_file);
  REQUIRE(host.create(options(path)).code == HARK_OK);
  const auto list = events(40, 100);
  std::vector<Answered> answers;
  {
    const FileSizeLimit limit(5000);
    answers = host.handle_batch(list);
  }
  const std::size_t whole = count(answers, HARK_OK);
  CHECK(whole > 5);
  CHECK(count(answers, HARK_AGAIN) == 40 - whole);
  CHECK(answers.at(whole - 1).code == HARK_OK);
  const std::string text = file_text(path);
  CHECK(text.size() <= 5000);
  CHECK(text.ends_with("}\n"));
  CHECK(lines_of(text).size() == whole);
  CHECK(count_logged(host, HARK_LOG_ERROR) == 1);

  const std::vector<Given> rest(list.begin() + static_cast<std::ptrdiff_t>(whole), list.end());
  CHECK(count(host.handle_batch(rest), HARK_OK) == rest.size());
  CHECK(count_logged(host, HARK_LOG_INFO) == 1);
  const auto lines = lines_of(file_text(path));
  REQUIRE(lines.size() == 40);
  for (std::size_t i = 0; i < lines.size(); ++i) CHECK(ParsedLine(lines[i]).type() == "t" + std::to_string(i));
}

TEST_CASE("a batch larger than the buffer counts right when the disk fills up in the middle of it") {
  const Folder folder;
  const std::string path = folder.file("large.jsonl");
  BareHost host(log_file);
  REQUIRE(host.create(options(path)).code == HARK_OK);
  std::vector<Answered> answers;
  {
    const FileSizeLimit limit(1'000'000);
    answers = host.handle_batch(events(100, 20'000));
  }
  const std::size_t whole = count(answers, HARK_OK);
  const auto lines = lines_of(file_text(path));
  CHECK(whole == lines.size());
  CHECK(whole > 40);
  CHECK(count(answers, HARK_AGAIN) == 100 - whole);
}
