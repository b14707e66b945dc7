// From a plugin's name to a file.
#include "app/resolve.h"

#include <catch2/catch.hpp>

#include <fstream>

#include "support/temp_folder.h"

using namespace hark::app;
namespace fs = std::filesystem;

namespace {

struct Folders {
  Folders() {
    for (const char* f : {"own/mine.so", "own/both.so", "bundled/print.so", "bundled/both.so", "lib/far.so"}) {
      const fs::path file = root.path() / f;
      fs::create_directories(file.parent_path());
      std::ofstream(file) << "x";
    }
    fs::create_directory(root.path() / "own" / "folder.so");
    std::ofstream(root.path() / "own" / "readme.txt") << "x";
    folders = {root.path() / "own", root.path() / "bundled"};
  }
  std::optional<FoundPlugin> find(const std::string& spelled) const {
    return find_plugin(spelled, root.path(), folders);
  }

  hark::test::TempFolder root;
  PluginFolders folders;
};

}  // namespace

TEST_CASE("a name is looked for in the own folder first and then among the bundled ones") {
  const Folders f;
  CHECK(f.find("mine")->file == f.folders.own / "mine.so");
  CHECK_FALSE(f.find("mine")->bundled);
  CHECK(f.find("print")->file == f.folders.bundled / "print.so");
  CHECK(f.find("print")->bundled);
  CHECK(f.find("both")->file == f.folders.own / "both.so");
  CHECK_FALSE(f.find("none"));
  CHECK_FALSE(f.find("folder"));
  CHECK_FALSE(f.find(""));
  CHECK_FALSE(f.find(".."));
}

TEST_CASE("a value with a slash is a path relative to the config") {
  const Folders f;
  CHECK(f.find("lib/far.so")->file == f.root.path() / "lib" / "far.so");
  CHECK(f.find("./lib/../lib/far.so")->file == f.root.path() / "lib" / "far.so");
  CHECK(f.find((f.root.path() / "lib" / "far.so").string())->file == f.root.path() / "lib" / "far.so");
  CHECK_FALSE(f.find("lib/far"));
  CHECK_FALSE(f.find("lib/"));
  CHECK_FALSE(f.find("lib/far.so")->bundled);
}

TEST_CASE("all names are listed once and sorted and folders may be missing") {
  const Folders f;
  CHECK(plugin_names(f.folders) == std::vector<std::string>{"both", "folder", "mine", "print"});
  CHECK(plugin_names({"/nowhere/at/all", "/nowhere/else"}).empty());
}
