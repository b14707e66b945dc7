// Libraries tried in a child process.
#include "host/probe.h"

#include <catch2/catch.hpp>

#include "support/temp_folder.h"

namespace fs = std::filesystem;

namespace {

// A copy of a library of this folder, with nothing remembered about it.
struct Copy {
  explicit Copy(const std::string& name) : file(folder.path() / (name + ".so")) {
    fs::copy_file(fs::path(HARK_TEST_LIBRARIES) / (name + ".so"), file);
  }
  std::string probe(std::chrono::milliseconds patience = std::chrono::seconds(10)) const {
    const auto r = hark::host::probe_library(file, patience);
    return r ? "fine" : r.error().message;
  }
  bool remembered() const { return fs::exists(file.string() + ".probed"); }

  hark::test::TempFolder folder;
  fs::path file;
};

}  // namespace

TEST_CASE("a library that loads has passed and is remembered") {
  const Copy good("good");
  CHECK(good.probe() == "fine");
  CHECK(good.remembered());
  fs::remove(good.file);
  CHECK(good.probe() == "fine");  // it is not tried again
}

TEST_CASE("a constructor that exits is refused with what it said") {
  const Copy exits("exits");
  CHECK(exits.probe() == "its constructors called exit(0): no licence found");
  CHECK_FALSE(exits.remembered());
  CHECK(exits.probe() != "fine");
}

TEST_CASE("a constructor that ends its process is refused with the signal") {
  const Copy crashes("crashes");
  CHECK(crashes.probe() == "its constructors ended the process that tried it (Killed)");
  CHECK_FALSE(crashes.remembered());
}

TEST_CASE("a constructor that throws is refused with what it threw") {
  const Copy throws("throws");
  const std::string why = throws.probe();
  INFO(why);
  CHECK(why.find("thrown by a constructor") != std::string::npos);
  CHECK_FALSE(throws.remembered());
}

TEST_CASE("a constructor that hangs is refused when patience ends") {
  const Copy hangs("hangs");
  CHECK(hangs.probe(std::chrono::milliseconds(300)) == "its constructors were not done after 1 s");
  CHECK_FALSE(hangs.remembered());
}

TEST_CASE("what has no entry is refused with its name") {
  const Copy none("no_entry");
  CHECK(none.probe().find("hark_entry_v1") != std::string::npos);
}

TEST_CASE("what is no library at all is refused") {
  const hark::test::TempFolder folder;
  std::ofstream(folder.path() / "text.so") << "not a library";
  CHECK_FALSE(hark::host::probe_library(folder.path() / "text.so"));
  CHECK_FALSE(hark::host::probe_library(folder.path() / "missing.so"));
}
