#include <catch2/catch.hpp>
#include <hark/testing/bare_host.hpp>

#include <atomic>
#include <fstream>
#include <string>
#include <thread>

#include "descriptors.h"

using hark::test::Pipe;
using hark::test::Replaced;
using hark::test::write_text;
using hark::testing::BareHost;
using hark::testing::Published;

namespace {

const std::filesystem::path plugin(HARK_TEST_stdin);

// A host with a started source whose standard input is a pipe.
struct Source {
  explicit Source(const std::string& options = "{}") : host(plugin), stdin_is_pipe(0, pipe.out.get()) {
    created = host.create(options, "in", HARK_ROLE_SOURCE);
  }
  // All of the input at once, then its end.
  void feed(std::string_view text) {
    started = host.start();
    write_text(pipe.in.get(), text);
    end();
  }
  void end() {
    pipe.in.reset();
    finished = host.wait_finished();
  }

  Pipe pipe;
  BareHost host;
  Replaced stdin_is_pipe;
  hark::testing::Answered created;
  hark::testing::Answered started;
  bool finished = false;
};

std::size_t resident_bytes() {
  std::ifstream status("/proc/self/statm");
  std::size_t pages = 0;
  status >> pages >> pages;
  return pages * 4096;
}

}  // namespace

TEST_CASE("stdin makes an event of each line and is finished at the end of input") {
  Source source(R"({"source":"/my/source"})");
  source.feed(
      "{\"type\":\"a\",\"n\":1}\nplain\r\n\n"
      "{\"specversion\":\"1.0\",\"id\":\"7\",\"source\":\"/s\",\"type\":\"b\",\"data\":null}\nlast");
  REQUIRE(source.created.code == HARK_OK);
  REQUIRE(source.finished);
  CHECK(source.host.finished().at(0).code == HARK_OK);
  const auto published = source.host.published();
  REQUIRE(published.size() == 4);
  CHECK(published[0].type == "a");
  CHECK(published[0].data == "{\"type\":\"a\",\"n\":1}");
  CHECK(published[0].source == "/my/source");
  CHECK(published[0].flags == HARK_M_DATA_CHECKED);
  CHECK(published[1].data == "plain");
  CHECK(published[2].source == "/s");
  CHECK(published[2].id == "7");
  CHECK(published[3].data == "last");
  CHECK(source.host.refused().empty());
}

TEST_CASE("stdin options name the fields and the type of text") {
  Source source(R"({"type_field":"kind","data_field":"body","line_type":"log"})");
  source.feed("{\"kind\":\"a\",\"body\":[1.0]}\ntext\n");
  REQUIRE(source.finished);
  const auto published = source.host.published();
  REQUIRE(published.size() == 2);
  CHECK(published[0].type == "a");
  CHECK(published[0].data == "[1.0]");
  CHECK(published[1].type == "log");
}

TEST_CASE("a bad line is refused with its number and the next one is read") {
  Source source;
  source.feed("{\"type\":\"a\"}\n{\"type\":\n\xFF\n{\"type\":\"b\"}\n");
  REQUIRE(source.finished);
  CHECK(source.host.published().size() == 2);
  const auto refused = source.host.refused();
  REQUIRE(refused.size() == 2);
  CHECK(refused[0].origin == "stdin line 2");
  CHECK(refused[0].input == "{\"type\":");
  CHECK(refused[0].why.starts_with("not JSON at byte 9"));
  CHECK(refused[1].origin == "stdin line 3");
  CHECK(refused[1].why == "not UTF-8");
}

TEST_CASE("a flood of bad lines is told at a limited rate and counted whole") {
  Source source;
  std::string input;
  for (int i = 0; i < 20'000; ++i) input += "{\n";
  source.feed(input);
  REQUIRE(source.finished);
  CHECK(source.host.refused().size() == 20'000);
  std::size_t told = 0;
  std::size_t counted = 0;
  for (const auto& line : source.host.logged()) {
    if (line.fields.count("origin") != 0) ++told;
    if (line.fields.count("count") != 0) counted += std::stoul(line.fields.at("count"));
  }
  CHECK(told >= 5);
  CHECK(told < 500);
  CHECK(told + counted == 20'000);
}

TEST_CASE("what the host does not take is refused with its reason unless it is dead-lettered already") {
  Source source;
  source.host.on_publish([](const Published& p) -> hark_result {
    if (p.type == "invalid") return HARK_INVALID;
    if (p.type == "big") return HARK_TOO_BIG;
    return p.type == "hops" ? HARK_REJECT : HARK_OK;
  });
  source.feed(
      "{\"type\":\"invalid\"}\n{\"type\":\"big\"}\n{\"type\":\"hops\"}\n{\"type\":\"hark.x\"}\n{\"type\":\"ok\"}\n");
  REQUIRE(source.finished);
  CHECK(source.host.published().size() == 1);
  const auto refused = source.host.refused();
  REQUIRE(refused.size() == 3);
  CHECK(refused[0].why == "breaks a rule of CloudEvents");
  CHECK(refused[1].why == "larger than guards.max_event");
  CHECK(refused[2].origin == "stdin line 4");
  CHECK(refused[2].why == "its type is not a source's to publish");
}

TEST_CASE("a full queue makes stdin wait and loses nothing") {
  Source source;
  std::atomic<bool> full = true;
  std::atomic<int> asked = 0;
  source.host.on_publish([&](const Published&) -> hark_result {
    ++asked;
    return full ? HARK_AGAIN : HARK_OK;
  });
  source.started = source.host.start();
  write_text(source.pipe.in.get(), "one\ntwo\n");
  while (asked == 0) std::this_thread::yield();
  CHECK(source.host.published().empty());
  full = false;
  source.host.on_publish(nullptr);  // wakes who waits
  source.end();
  CHECK(source.finished);
  CHECK(source.host.published().size() == 2);
  CHECK(source.host.refused().empty());
}

TEST_CASE("lines that were read and cannot be published when the host stops are refused one by one") {
  Source source;
  std::atomic<int> asked = 0;
  source.host.on_publish([&](const Published&) -> hark_result { return ++asked, HARK_AGAIN; });
  source.started = source.host.start();
  write_text(source.pipe.in.get(), "one\ntwo\nthree\npart");
  while (asked == 0) std::this_thread::yield();
  CHECK(source.host.stop().code == HARK_OK);
  const auto refused = source.host.refused();
  REQUIRE(refused.size() == 4);
  CHECK(refused[0].input == "one");
  CHECK(refused[2].why == "the host is stopping");
  CHECK(refused[3].input == "part");
  CHECK(source.host.finished().empty());
}

TEST_CASE("stdin stops at once while there is no input") {
  Source source;
  REQUIRE(source.host.start().code == HARK_OK);
  CHECK(source.host.stop().code == HARK_OK);
  CHECK(source.host.finished().empty());
}

TEST_CASE("a second source on stdin is refused and one after the first is not") {
  Source first;
  REQUIRE(first.host.start().code == HARK_OK);
  {
    BareHost second(plugin);
    REQUIRE(second.create("{}", "other", HARK_ROLE_SOURCE).code == HARK_OK);
    const auto answer = second.start();
    CHECK(answer.code < 0);
    CHECK(answer.text == "another source of this process reads stdin already");
  }
  (void)first.host.stop();
  BareHost third(plugin);
  REQUIRE(third.create("{}", "other", HARK_ROLE_SOURCE).code == HARK_OK);
  CHECK(third.start().code == HARK_OK);
}

TEST_CASE("a stdin that cannot be read is told to the host") {
  const hark::test::Descriptor folder(open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const Replaced replaced(0, folder.get());
  BareHost host(plugin);
  REQUIRE(host.create("{}", "in", HARK_ROLE_SOURCE).code == HARK_OK);
  REQUIRE(host.start().code == HARK_OK);
  REQUIRE(host.wait_finished());
  CHECK(host.finished().at(0).code < 0);
  CHECK(host.finished().at(0).text == "read stdin: Is a directory");
}

TEST_CASE("a line of 256 MiB is refused in bounded memory") {
  Source source;
  REQUIRE(source.host.start().code == HARK_OK);
  const std::string piece(1 << 20, 'x');
  const std::size_t before = resident_bytes();
  std::size_t most = 0;
  for (int i = 0; i < 256; ++i) {
    write_text(source.pipe.in.get(), piece);
    most = std::max(most, resident_bytes());
  }
  write_text(source.pipe.in.get(), "\n{\"type\":\"next\"}\n");
  source.end();
  REQUIRE(source.finished);
  CHECK(most < before + (24u << 20));
  const auto refused = source.host.refused();
  REQUIRE(refused.size() == 1);
  CHECK(refused[0].input == std::string(1024, 'x'));
  CHECK(refused[0].why == "a line of 268435456 bytes, longer than max_line (1048576)");
  REQUIRE(source.host.published().size() == 1);
  CHECK(source.host.published()[0].type == "next");
}
