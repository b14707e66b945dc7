// The load sequence from file to table, and what each of its steps refuses.
#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "host/plugin_file.h"
#include "support/temp_folder.h"

using namespace hark::host;
namespace fs = std::filesystem;

namespace {

struct Bench {
  // A plugin of the zoo as a stranger's: in a folder of its own, not bundled.
  fs::path put(const std::string& name) const {
    const fs::path file = folder.path() / (name + ".so");
    fs::copy_file(fs::path(HARK_ZOO) / (name + ".so"), file);
    return file;
  }
  hark::core::Result<PluginFile> load(const fs::path& file, Isolation isolation = Isolation::automatic) const {
    return load_plugin(file, {isolation, false, folder.path() / "copies"});
  }
  std::string refusal(const std::string& name, Isolation isolation = Isolation::automatic) const {
    const auto r = load(put(name), isolation);
    return r ? "loaded" : r.error().message;
  }
  hark::test::TempFolder folder;
};

bool says(const std::string& text, std::string_view part) {
  UNSCOPED_INFO(text);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a plugin is loaded from a private copy") {
  const Bench b;
  const fs::path file = b.put("minimal");
  const auto plugin = b.load(file);
  REQUIRE(plugin);
  CHECK(plugin->path == file);
  CHECK(std::string(plugin->table->id) == "zoo.minimal");
  CHECK(plugin->table->handle != nullptr);
  CHECK_FALSE(fs::is_empty(b.folder.path() / "copies"));
  // The file may go, and be something else: what is loaded is the copy.
  std::ofstream(file, std::ios::trunc) << "overwritten while loaded";
  CHECK(std::string(plugin->table->version).size() > 0);
  CHECK_FALSE(b.load(file));
}

TEST_CASE("what is refused is refused with its reason") {
  const Bench b;
  CHECK(says(b.refusal("no_note"), "note"));
  CHECK(says(b.refusal("wrong_major"), "ABI"));
  CHECK(says(b.refusal("too_new"), "1.999"));
  CHECK(says(b.refusal("needs_proc"), "process"));
  CHECK(says(b.refusal("private_runtime"), "runtime"));
  CHECK(says(b.refusal("decline"), "it declined: no licence found"));
  CHECK(says(b.refusal("note_mismatch"), "its note says `zoo.says-this`, its module `zoo.is-that`"));
  CHECK(says(b.refusal("broken_table"), "no handle function"));
  CHECK(says(b.refusal("missing_symbol"), "zoo_no_such_function"));
  CHECK(says(b.refusal("ctor_throws"), "thrown by a global constructor"));
}

TEST_CASE("an unfenced library is refused for auto or loaded with a warning as the guard says") {
  const Bench b;
  const auto plugin = b.load(b.put("unfenced"), Isolation::thread);
  REQUIRE(plugin);
  CHECK_FALSE(plugin->warnings.empty());
}

TEST_CASE("what others may write is refused before it is read") {
  const Bench b;
  const fs::path file = b.put("minimal");
  REQUIRE(chmod(file.c_str(), 0666) == 0);
  const auto r = b.load(file);
  REQUIRE_FALSE(r);
  CHECK(says(r.error().message, "chmod go-w"));
  CHECK_FALSE(fs::exists(b.folder.path() / "copies"));
}

TEST_CASE("a truncated library is refused at every length") {
  const Bench b;
  const fs::path whole = b.put("minimal");
  const auto size = fs::file_size(whole);
  for (std::uintmax_t n = 0; n < size; n += size / 17 + 1) {
    fs::resize_file(whole, n);
    INFO(n << " of " << size);
    CHECK_FALSE(b.load(whole));
    fs::remove(whole);
    b.put("minimal");
  }
}

TEST_CASE("inspecting runs no code and gives the facts") {
  const Bench b;
  std::vector<std::string> warnings;
  const auto facts = inspect_plugin(b.put("ctor_throws"), Isolation::automatic, warnings);
  REQUIRE(facts);
  CHECK(std::string(facts->note->id) == "zoo.ctor-throws");
  CHECK_FALSE(inspect_plugin(b.folder.path() / "none.so", Isolation::automatic, warnings));
  CHECK_FALSE(inspect_plugin(b.folder.path(), Isolation::automatic, warnings));
}
