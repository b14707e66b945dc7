// Copies that nobody else writes to.
#include "host/private_copy.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "support/temp_folder.h"

using hark::host::private_copy;
namespace fs = std::filesystem;

namespace {

struct Original {
  Original() { write("first"); }
  void write(const std::string& text) const { std::ofstream(file(), std::ios::trunc) << text; }
  fs::path file() const { return folder.path() / "a.so"; }
  fs::path copies() const { return folder.path() / "state" / "copies"; }
  fs::path copy() const {
    const auto r = private_copy(file(), copies());
    REQUIRE(r);
    return *r;
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
