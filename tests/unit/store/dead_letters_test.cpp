// Given-up deliveries on disk.
#include "store/dead_letters.h"

#include <sys/resource.h>

#include <catch2/catch.hpp>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "core/text.h"
#include "support/temp_folder.h"

using hark::store::DeadLetter;
using hark::store::DeadLetters;
using hark::test::TempFolder;
using hark::test::text_of_file;
namespace core = hark::core;
namespace fs = std::filesystem;

namespace {

hark_event event_of(std::string_view data) {
  hark_event e{};
  e.size = sizeof e;
  e.uid[0] = e.root[0] = 0xab;
  e.time_ns = 0;
  e.type = core::str("order.placed");
  e.source = core::str("/shop");
  e.content_type = core::str("application/json");
  e.data = core::bytes(data);
  return e;
}

std::vector<std::string> lines_of(const fs::path& file) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string error_of(const hark::core::Result<void>& r) { return r ? "none" : r.error().message; }

// Files may not grow beyond so many bytes while this lives; writes then stop short, as on a full disk.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileLimit() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

}  // namespace

TEST_CASE("a dead letter is a whole CloudEvent on one line with subscriber reason attempts and error") {
  TempFolder folder;
  DeadLetters letters(folder.path() / "made" / "on" / "demand" / "dead.ndjson", 1 << 20);
  const hark_event e = event_of("{\"a\":\n1}");
  CHECK_FALSE(fs::exists(letters.path()));
  REQUIRE(letters.append({&e, "billing", "attempts", 5, "no \"luck\"\nat all"}));
  REQUIRE(letters.append({&e, {}, "loop", 0, {}}));
  const auto lines = lines_of(letters.path());
  REQUIRE(lines.size() == 2);
  for (const char* part :
       {"\"specversion\":\"1.0\"", "\"id\":\"ab000000-0000-0000-0000-000000000000\"", "\"type\":\"order.placed\"",
        "\"source\":\"/shop\"", "\"harksubscriber\":\"billing\"", "\"harkreason\":\"attempts\"",
        "\"harkattempts\":\"5\"", "\"harkerror\":\"no \\\"luck\\\"\\nat all\"", "\"data\":{\"a\": 1}"}) {
    INFO(lines[0]);
    CHECK(lines[0].find(part) != std::string::npos);
  }
  CHECK(lines[1].find("harksubscriber") == std::string::npos);
  CHECK(lines[1].find("\"harkreason\":\"loop\"") != std::string::npos);
  CHECK(letters.kept() == 2);
  CHECK(text_of_file(letters.path()).back() == '\n');
}

TEST_CASE("a dead letter's error does not show a secret and its event is kept as it was") {
  TempFolder folder;
  core::Redaction redaction;
  redaction.hide({"secret:db", "hunter2hunter2"});
  DeadLetters letters(folder.path() / "dead.ndjson", 1 << 20, redaction);
  const hark_event e = event_of("\"hunter2hunter2\"");
  REQUIRE(letters.append({&e, "billing", "attempts", 5, "cannot log in with hunter2hunter2"}));
  const std::string text = text_of_file(letters.path());
  CHECK(text.find("\"harkerror\":\"cannot log in with [secret:db]\"") != std::string::npos);
  CHECK(text.find("\"data\":\"hunter2hunter2\"") != std::string::npos);
}

TEST_CASE("attributes that only look like ours do not stand in for them") {
  TempFolder folder;
  DeadLetters letters(folder.path() / "dead.ndjson", 1 << 20);
  const hark_attr forged[] = {{core::str("harkreason"), core::str("forged"), HARK_ATTR_STRING, 0},
                              {core::str("other"), core::str("kept"), HARK_ATTR_STRING, 0}};
  hark_event e = event_of("1");
  e.attributes = forged;
  e.n_attributes = 2;
  REQUIRE(letters.append({&e, "a", "rejected", 1, {}}));
  const std::string text = text_of_file(letters.path());
  CHECK(text.find("forged") == std::string::npos);
  CHECK(text.find("\"other\":\"kept\"") != std::string::npos);
}

TEST_CASE("past its limit a letter is refused and the file holds whole lines") {
  TempFolder folder;
  DeadLetters letters(folder.path() / "dead.ndjson", 1500);
  const hark_event e = event_of("{}");
  std::size_t kept = 0;
  std::string error;
  for (int i = 0; i < 20; ++i) {
    const auto r = letters.append({&e, "a", "rejected", 1, {}});
    kept += r ? 1u : 0u;
    if (!r) error = r.error().message;
  }
  CHECK(kept > 0);
  CHECK(kept < 20);
  CHECK(lines_of(letters.path()).size() == kept);
  CHECK(letters.kept() == kept);
  CHECK(fs::file_size(letters.path()) <= 1500);
  CHECK(error == letters.path().string() + ": full (1500 bytes); move it away or raise [dead_letters] bytes");
}

TEST_CASE("what was in the file before counts towards its limit") {
  TempFolder folder;
  const fs::path file = folder.path() / "dead.ndjson";
  std::ofstream(file) << std::string(1400, 'x') << '\n';
  DeadLetters letters(file, 1500);
  const hark_event e = event_of("{}");
  CHECK_FALSE(letters.append({&e, "a", "rejected", 1, {}}));
}

TEST_CASE("a torn last line from elsewhere is closed before the next letter") {
  TempFolder folder;
  const fs::path file = folder.path() / "dead.ndjson";
  std::ofstream(file) << "{\"whole\":1}\n{\"torn\":";
  DeadLetters letters(file, 1 << 20);
  const hark_event e = event_of("{}");
  REQUIRE(letters.append({&e, "a", "rejected", 1, {}}));
  const auto lines = lines_of(file);
  REQUIRE(lines.size() == 3);
  CHECK(lines[1] == "{\"torn\":");
  CHECK(lines[2].starts_with("{\"specversion\""));
}

TEST_CASE("a letter that does not fit on the disk leaves no torn line") {
  TempFolder folder;
  DeadLetters letters(folder.path() / "dead.ndjson", 1 << 20);
  const hark_event e = event_of("{}");
  REQUIRE(letters.append({&e, "a", "rejected", 1, {}}));
  const auto whole = fs::file_size(letters.path());
  {
    const FileLimit limit(whole + whole / 2);
    CHECK(
        error_of(letters.append({&e, "a", "rejected", 1, {}})).starts_with("write " + letters.path().string() + ": "));
  }
  CHECK(fs::file_size(letters.path()) == whole);
  REQUIRE(letters.append({&e, "a", "rejected", 1, {}}));  // there is room again
  CHECK(lines_of(letters.path()).size() == 2);
  CHECK(letters.kept() == 2);
}

TEST_CASE("a path that cannot be written is an error each time until it can be") {
  TempFolder folder;
  const hark_event e = event_of("{}");
  DeadLetters on_folder(folder.path(), 1 << 20);
  CHECK(error_of(on_folder.append({&e, "a", "rejected", 1, {}})).starts_with("open "));
  DeadLetters on_device("/dev/null", 1 << 20);
  CHECK(error_of(on_device.append({&e, "a", "rejected", 1, {}})) ==
        "/dev/null: not a regular file; set [dead_letters] path to one");
  const fs::path file = folder.path() / "dead.ndjson";
  fs::create_directory(file);
  DeadLetters later(file, 1 << 20);
  CHECK_FALSE(later.append({&e, "a", "rejected", 1, {}}));
  CHECK_FALSE(later.append({&e, "a", "rejected", 1, {}}));
  fs::remove(file);
  CHECK(later.append({&e, "a", "rejected", 1, {}}));
  CHECK(later.kept() == 1);
}

TEST_CASE("letters of several threads do not mix") {
  TempFolder folder;
  DeadLetters letters(folder.path() / "dead.ndjson", 1 << 26);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&letters, t] {
      const std::string data = "\"" + std::string(300, static_cast<char>('a' + t)) + "\"";
      const hark_event e = event_of(data);
      for (int i = 0; i < 200; ++i) (void)letters.append({&e, "a", "rejected", 1, {}});
    });
  }
  for (auto& t : threads) t.join();
  std::size_t whole = 0;
  for (const std::string& line : lines_of(letters.path())) {
    whole += line.starts_with("{\"specversion\"") && line.ends_with("}") &&
             line.find(std::string(300, line[line.size() - 3])) != std::string::npos;
  }
  CHECK(whole == 800);
  CHECK(letters.kept() == 800);
}
