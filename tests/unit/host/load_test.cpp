// The load sequence from file to table, and what each of its steps refuses.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "host/elf_exports.h"
#include "host/file_hash.h"
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
  std::string pinned(const fs::path& file, std::vector<std::string> sha256, bool bundled = false) const {
    const auto r = load_plugin(file, {Isolation::automatic, bundled, folder.path() / "copies", std::move(sha256)});
    return r ? "loaded" : r.error().message;
  }
  hark::test::TempFolder folder;
};

std::string hash_of(const fs::path& file) {
  const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  const auto hash = sha256_of(fd);
  close(fd);
  REQUIRE(hash);
  return *hash;
}

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
  CHECK(says(b.refusal("needs_proc", Isolation::thread), "process"));
  CHECK(says(b.refusal("private_runtime", Isolation::thread), "runtime"));
  CHECK(says(b.refusal("decline"), "it declined: no licence found"));
  CHECK(says(b.refusal("note_mismatch"), "its note says `zoo.says-this`, its module `zoo.is-that`"));
  CHECK(says(b.refusal("broken_table"), "no handle function"));
  CHECK(says(b.refusal("missing_symbol"), "zoo_no_such_function"));
  CHECK(says(b.refusal("ctor_throws"), "thrown by a global constructor"));
}

TEST_CASE("what is to have a process of its own is prepared, and not loaded into this one") {
  const Bench b;
  for (const char* name : {"needs_proc", "private_runtime", "unfenced"}) {
    const auto plugin = b.load(b.put(name));
    REQUIRE(plugin);
    CHECK(plugin->table == nullptr);
    CHECK_FALSE(plugin->process_because.empty());
  }
  CHECK(b.load(b.put("minimal"), Isolation::process)->table == nullptr);
}

TEST_CASE("an unfenced library is loaded with a warning where the config insists") {
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
  const auto inspected = inspect_plugin(b.put("ctor_throws"), Isolation::automatic);
  REQUIRE(inspected);
  CHECK(std::string(inspected->facts.note->id) == "zoo.ctor-throws");
  CHECK(inspected->verdict.process_because.empty());
  CHECK_FALSE(inspect_plugin(b.folder.path() / "none.so", Isolation::automatic));
  CHECK_FALSE(inspect_plugin(b.folder.path(), Isolation::automatic));
}

TEST_CASE("the hash of a file is its SHA-256") {
  const Bench b;
  std::ofstream(b.folder.path() / "abc") << "abc";
  CHECK(hash_of(b.folder.path() / "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  std::ofstream(b.folder.path() / "empty") << "";
  CHECK(hash_of(b.folder.path() / "empty") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  std::ofstream(b.folder.path() / "long") << std::string(1'000'000, 'a');
  CHECK(hash_of(b.folder.path() / "long") == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("a pinned plugin is loaded when its bytes are the pinned ones") {
  const Bench b;
  const fs::path file = b.put("minimal");
  CHECK(b.pinned(file, {hash_of(file)}) == "loaded");
}

TEST_CASE("a plugin pinned to other bytes is refused with both hashes before its code runs") {
  const Bench b;
  const fs::path file = b.put("ctor_throws");
  const std::string other(64, '0');
  for (const bool bundled : {false, true}) {
    const std::string why = b.pinned(file, {hash_of(file), other}, bundled);
    CHECK(says(why, "its SHA-256 is " + hash_of(file)));
    CHECK(says(why, "the config pins it to " + other));
  }
}

TEST_CASE("the exports of a plugin are its entry alone") {
  const Bench b;
  const auto exports = read_exports(b.put("minimal"));
  REQUIRE(exports);
  REQUIRE(exports->size() == 1);
  CHECK(exports->front().name == "hark_entry_v1");
  CHECK_FALSE(exports->front().unique);
  const auto library = read_exports(fs::path(HARK_TEST_LIBRARIES) / "no_entry.so");  // built without the version script
  REQUIRE(library);
  REQUIRE(library->size() == 1);
  CHECK(library->front().name == "something_else");
  CHECK_FALSE(read_exports(b.folder.path() / "none.so"));
  fs::resize_file(b.folder.path() / "minimal.so", 100);
  CHECK_FALSE(read_exports(b.folder.path() / "minimal.so"));
}
