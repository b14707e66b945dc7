// Every plugin of this repository under the least host that plugin.h promises, and under the worst that it allows.
#include <catch2/catch.hpp>
#include <hark/testing/bare_host.hpp>
#include <hark/testing/hostile_host.hpp>

#include <functional>
#include <string>
#include <vector>

#include "descriptors.h"

using hark::test::Descriptor;
using hark::test::Folder;
using hark::test::Replaced;
using hark::testing::BareHost;
using hark::testing::Given;
using hark::testing::Torment;

namespace {

const std::string lines =
    "{\"type\":\"a\",\"n\":1}\nplain\n\n{\"type\":\n\xFF\n{\"type\":\"hark.mine\"}\n"
    "{\"specversion\":\"1.0\",\"id\":\"7\",\"source\":\"/s\",\"type\":\"b\",\"data\":null}\nlast, without its end";

// A plugin of the repository, and what it needs of the world: $ in its options stands for the folder.
struct Known {
  const char* name;
  const char* library;
  std::uint32_t role;
  std::string options;
};

const std::vector<Known> all = {
    {"stdin", HARK_TEST_stdin, HARK_ROLE_SOURCE, "{}"},
    {"file, to the end", HARK_TEST_file, HARK_ROLE_SOURCE, R"({"path":"$/in","follow":false})"},
    {"file, following", HARK_TEST_file, HARK_ROLE_SOURCE, R"({"path":["$/in","$/none*"]})"},
    {"print", HARK_TEST_print, HARK_ROLE_SUBSCRIBER, R"({"format":"json"})"},
    {"print, for people", HARK_TEST_print, HARK_ROLE_SUBSCRIBER, R"({"format":"human"})"},
    {"log-file", HARK_TEST_log_file, HARK_ROLE_SUBSCRIBER, R"({"path":"$/log","sync":"batch"})"},
    {"log-file, rotating", HARK_TEST_log_file, HARK_ROLE_SUBSCRIBER,
     R"({"path":"$/log","sync":"1ms","rotate":{"bytes":500,"keep":2,"gzip":true}})"},
    {"count", HARK_TEST_count, HARK_ROLE_SUBSCRIBER, "{}"},
    {"count, at an interval", HARK_TEST_count, HARK_ROLE_SUBSCRIBER,
     R"({"by":["type","subject","data.severity"],"every":"1s","max_groups":2,"empty":true})"},
    {"mailer", HARK_TEST_mailer, HARK_ROLE_SUBSCRIBER, R"({"delay_ms":0,"outbox":"$/outbox"})"},
    {"mailer, to the log", HARK_TEST_mailer, HARK_ROLE_SUBSCRIBER, R"({"delay_ms":0})"},
    {"alerter", HARK_TEST_alerter, HARK_ROLE_SUBSCRIBER, "{}"},
    {"greet", HARK_TEST_greet, HARK_ROLE_SUBSCRIBER, "{}"},
};

// A folder with a file to read, and standard descriptors that lead nowhere near the test's own.
struct World {
  World() : nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC)), input(0, nowhere.get()), output(1, nowhere.get()) {
    fill();
  }
  void fill() {
    std::ofstream(folder.file("in"), std::ios::trunc) << lines;
    const Descriptor in(::open(folder.file("in").c_str(), O_RDONLY | O_CLOEXEC));
    ::dup2(in.get(), 0);
  }
  std::string options(std::string text) const {
    for (std::size_t at; (at = text.find('$')) != std::string::npos;) text.replace(at, 2, folder.file(""));
    return text;
  }

  Folder folder;
  Descriptor nowhere;
  Replaced input, output;
};

Torment events() {
  Torment t;
  t.event("error_occurred", R"({"message":"disk full"})");
  t.event("error_occurred", R"({"message":"on fire","severity":"CRITICAL","code":7})");
  t.event("error_occurred", R"({"severity":3})");
  return t.event("hi", R"({"from":"ana"})");
}

// What went wrong with it under the least host, or nothing.
std::string trouble_in_bare_host(const Known& known) {
  World world;
  BareHost host{std::filesystem::path(known.library)};
  host.without_extensions();
  const auto created = host.create(world.options(known.options), "test", known.role);
  if (created.code != HARK_OK) return "create: " + created.text;
  if (const auto started = host.start(); started.code != HARK_OK) return "start: " + started.text;
  if (known.role == HARK_ROLE_SOURCE) {
    if (!host.wait_published(3)) return "published " + std::to_string(host.published().size());
  } else {
    for (const Given& g : events().events) {
      const hark_result r = host.handle(g).code;
      if (r != HARK_OK && r != HARK_SKIP && r != HARK_REJECT && r != HARK_RETRY) return "handle: " + g.data;
    }
  }
  if (host.flush().code != HARK_OK) return "flush";
  return host.stop().code == HARK_OK ? "" : "stop";
}

std::vector<std::string> faults_under_hostile_host(const Known& known) {
  World world;
  Torment t = events();
  t.options = world.options(known.options);
  t.role = known.role;
  t.state_dir = world.folder.file("state");
  t.before_each = [&] { world.fill(); };
  return hark::testing::torment(std::filesystem::path(known.library), t);
}

}  // namespace

TEST_CASE("every plugin of the repository works under a host without extensions") {
  for (const Known& known : all) {
    INFO(known.name);
    CHECK(trouble_in_bare_host(known) == "");
  }
}

TEST_CASE("count says that a host without timers gets no summaries at an interval") {
  BareHost host{std::filesystem::path(HARK_TEST_count)};
  host.without_extensions();
  REQUIRE(host.create(R"({"every":"1s"})").code == HARK_OK);
  CHECK(host.start().code == HARK_OK);
  CHECK(host.logged("this host has no timers: the only summary is the one at the end"));
}

TEST_CASE("every subscriber of the repository keeps the rules under a hostile host") {
  for (const Known& known : all) {
    if (known.role == HARK_ROLE_SOURCE) continue;
    for (const std::string& fault : faults_under_hostile_host(known)) FAIL_CHECK(known.name << ": " << fault);
  }
}

TEST_CASE("every source of the repository keeps the rules under a hostile host") {
  for (const Known& known : all) {
    if (known.role != HARK_ROLE_SOURCE) continue;
    for (const std::string& fault : faults_under_hostile_host(known)) FAIL_CHECK(known.name << ": " << fault);
  }
}
