// Copies that nobody else writes to.
#include "host/private_copy.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <optional>

#include "support/temp_folder.h"

using hark::host::private_copy;
using hark::host::PrivateCopy;
using hark::host::prune_copies;
namespace fs = std::filesystem;

namespace {

struct Original {
  Original() { write("first"); }
  void write(const std::string& text) const { std::ofstream(file(), std::ios::trunc) << text; }
  fs::path file() const { return folder.path() / "a.so"; }
  fs::path copies() const { return folder.path() / "state" / "copies"; }
  PrivateCopy hold() const {
    auto r = private_copy(file(), copies());
    REQUIRE(r);
    return std::move(*r);
  }
  fs::path copy() const { return hold().path(); }
  std::size_t count() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(copies()), fs::directory_iterator()));
  }
  hark::test::TempFolder folder;
};

}  // namespace

TEST_CASE("a copy holds the same bytes in a folder that only we may enter") {
  const Original o;
  const fs::path copy = o.copy();
  CHECK(hark::test::text_of_file(copy) == "first");
  CHECK(copy.parent_path() == o.copies());
  struct stat s{};
  REQUIRE(stat(o.copies().c_str(), &s) == 0);
  CHECK((s.st_mode & 0777) == 0700);
  REQUIRE(stat(copy.c_str(), &s) == 0);
  CHECK((s.st_mode & 0077) == 0);
}

TEST_CASE("an unchanged file is not copied again and a changed one is") {
  const Original o;
  const fs::path first = o.copy();
  CHECK(o.copy() == first);
  o.write("second");
  const fs::path second = o.copy();
  CHECK(second != first);
  CHECK(hark::test::text_of_file(first) == "first");  // it may be loaded: never touched
  CHECK(hark::test::text_of_file(second) == "second");
}

TEST_CASE("a copy that was cut short is made anew") {
  const Original o;
  const fs::path copy = o.copy();
  fs::resize_file(copy, 2);
  CHECK(hark::test::text_of_file(o.copy()) == "first");
}

TEST_CASE("nothing is left behind when a copy cannot be made") {
  const Original o;
  CHECK_FALSE(private_copy(o.folder.path() / "missing.so", o.copies()));
  CHECK(fs::is_empty(o.copies()));
  std::ofstream(o.folder.path() / "file") << "x";
  const auto r = private_copy(o.file(), o.folder.path() / "file");
  CHECK_FALSE(r);
}

TEST_CASE("pruning removes the copies that nobody holds with what is remembered about them") {
  const Original o;
  const fs::path old = o.copy();
  std::ofstream(old.string() + ".probed") << "";
  o.write("second");
  const PrivateCopy held = o.hold();
  std::ofstream(held.path().string() + ".probed") << "";
  std::ofstream(o.copies() / "half.so.a1B2c3") << "left by a crash";
  std::ofstream(o.copies() / "gone.so.probed") << "";
  std::ofstream(o.copies() / "notes.txt") << "not ours";
  prune_copies(o.copies());
  CHECK(o.count() == 3);
  CHECK(hark::test::text_of_file(held.path()) == "second");
  CHECK(fs::exists(held.path().string() + ".probed"));
  CHECK(fs::exists(o.copies() / "notes.txt"));
}

TEST_CASE("a copy is held by whoever asked for it last and by the others too") {
  const Original o;
  std::optional<PrivateCopy> first(o.hold());
  const std::optional<PrivateCopy> second(o.hold());
  CHECK(first->path() == second->path());
  first.reset();
  prune_copies(o.copies());
  CHECK(fs::exists(second->path()));
}

TEST_CASE("pruning a folder that is not there does nothing") {
  const Original o;
  prune_copies(o.copies());
  CHECK_FALSE(fs::exists(o.copies()));
}

TEST_CASE("a host that prunes all the time takes no copy from a host that uses one") {
  const Original o;
  const pid_t pruner = fork();
  if (pruner == 0) {
    for (;;) prune_copies(o.copies());
  }
  int gone = 0;
  for (int i = 0; i < 500; ++i) {
    const auto held = private_copy(o.file(), o.copies());
    gone += !held || hark::test::text_of_file(held->path()) != "first";
  }
  kill(pruner, SIGKILL);
  waitpid(pruner, nullptr, 0);
  CHECK(gone == 0);
}
