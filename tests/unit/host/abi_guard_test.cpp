#include "host/abi_guard.h"

#include <catch2/catch.hpp>

#include "elf_builder.h"

using namespace hark::host;

namespace {

ElfFacts facts() {
  ElfFacts f;
  f.note = hark::test::good_note();
  f.needed = {"libstdc++.so.6"};
  return f;
}

void refused(const ElfFacts& f, const std::string& reason) {
  for (const Isolation isolation : {Isolation::automatic, Isolation::thread}) {
    const Verdict verdict = judge(f, isolation);
    CHECK_FALSE(verdict.accepted);
    CHECK(verdict.reason == reason);
    CHECK_FALSE(verdict.remedy.empty());
    CHECK(verdict.text() == reason + "; " + verdict.remedy);
  }
}

}  // namespace

TEST_CASE("a fenced plugin of this ABI is accepted without a word") {
  const Verdict verdict = judge(facts(), Isolation::automatic);
  CHECK(verdict.accepted);
  CHECK(verdict.warnings.empty());
}

TEST_CASE("a library without a note is no plugin") {
  ElfFacts f = facts();
  f.note.reset();
  refused(f, "no Hark note: not a Hark plugin, or built without HARK_PLUGIN or HARK_DECLARE_NOTE");
}

TEST_CASE("another major of the ABI is refused with what to do") {
  ElfFacts f = facts();
  f.note->abi_major = 2;
  refused(f, "needs plugin ABI 2, this host has 1.0");
  CHECK(judge(f, Isolation::thread).remedy == "upgrade hark or use a build for ABI 1.0");
  f.note->abi_major = 0;
  refused(f, "needs plugin ABI 0, this host has 1.0");
  CHECK(judge(f, Isolation::thread).remedy == "rebuild the plugin against this host's hark/plugin.h");
}

TEST_CASE("a plugin that needs a newer host is refused and one merely built for a newer one is not") {
  ElfFacts f = facts();
  f.note->abi_minor = 5;
  CHECK(judge(f, Isolation::thread).accepted);
  f.note->min_host_minor = 5;
  refused(f, "needs plugin ABI 1.5 or newer, this host has 1.0");
  CHECK(judge(f, Isolation::thread).remedy == "upgrade hark or use a build for ABI 1.0");
}

namespace {

void check_needs_process(const ElfFacts& f, const std::string& because) {
  for (const Isolation isolation : {Isolation::automatic, Isolation::process}) {
    const Verdict verdict = judge(f, isolation);
    CHECK(verdict.accepted);
    CHECK(verdict.process_because == because);
  }
  const Verdict verdict = judge(f, Isolation::thread);
  CHECK_FALSE(verdict.accepted);
  CHECK(verdict.reason == because + ", so it needs a process of its own");
  CHECK(verdict.remedy == "leave out isolation = \"thread\"");
}

}  // namespace

TEST_CASE("what cannot be in the host's process gets one of its own, with the reason") {
  ElfFacts f = facts();
  f.note->caps = HARK_CAP_SUBSCRIBER | HARK_CAP_NEEDS_PROC;
  check_needs_process(f, "it declares HARK_CAP_NEEDS_PROC");
  f = facts();
  f.go_runtime = true;
  check_needs_process(f, "it carries a Go runtime, which takes the host's signals and cannot be stopped");
  f = facts();
  f.private_cxx_runtime = true;
  check_needs_process(f, "it carries a C++ runtime of its own, whose exceptions nobody else can catch");
}

TEST_CASE("a fenced plugin has a process of its own where the config says so, and only there") {
  CHECK(judge(facts(), Isolation::automatic).process_because.empty());
  CHECK(judge(facts(), Isolation::thread).process_because.empty());
  CHECK(judge(facts(), Isolation::process).process_because == "isolation = \"process\" says so");
}

TEST_CASE("an unfenced plugin gets a process of its own, or a warning where the config insists") {
  ElfFacts f = facts();
  f.note->flags = 0;
  const Verdict chosen = judge(f, Isolation::automatic);
  CHECK(chosen.accepted);
  CHECK(chosen.warnings.empty());
  CHECK(chosen.process_because.starts_with("it is not fenced"));
  const Verdict insisted = judge(f, Isolation::thread);
  CHECK(insisted.process_because.empty());
  REQUIRE(insisted.warnings.size() == 1);
  CHECK(insisted.warnings[0].find("HARK_NOTE_FENCED") != std::string::npos);
}
