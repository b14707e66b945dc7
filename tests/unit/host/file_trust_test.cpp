#include "host/file_trust.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

using hark::host::check_trust;
using hark::host::private_to_owner;
namespace fs = std::filesystem;

namespace {

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "hark-trust-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) FAIL("no temporary folder");
    path_ = fs::canonical(name);
    std::ofstream(file()) << "x";
    mode(file(), 0644);
  }
  ~Folder() {
    mode(path_, 0700);
    fs::remove_all(path_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  fs::path file() const { return path_ / "a.so"; }
  const fs::path& path() const { return path_; }
  static void mode(const fs::path& p, mode_t m) { REQUIRE(chmod(p.c_str(), m) == 0); }

 private:
  fs::path path_;
};

std::string error_of(const fs::path& p) {
  const auto ok = check_trust(p);
  return ok ? "fine" : ok.error().message;
}

}  // namespace

TEST_CASE("a file and folder that only their owner may write are trusted") {
  const Folder f;
  for (const mode_t file_mode : {0400u, 0644u, 0755u}) {
    for (const mode_t folder_mode : {0700u, 0755u}) {
      Folder::mode(f.file(), file_mode);
      Folder::mode(f.path(), folder_mode);
      CHECK(error_of(f.file()) == "fine");
      CHECK(private_to_owner(f.path()));
    }
  }
}

TEST_CASE("a file that others may write is refused with the remedy") {
  const Folder f;
  Folder::mode(f.file(), 0666);
  CHECK(error_of(f.file()) ==
        "the file " + f.file().string() + " may be written by everybody (mode 0666); chmod go-w " + f.file().string());
  Folder::mode(f.file(), 0664);
  CHECK(error_of(f.file()).find("may be written by its group (mode 0664)") != std::string::npos);
  CHECK(private_to_owner(f.path()));
}

TEST_CASE("a folder that others may write is refused and a sticky bit does not help") {
  const Folder f;
  for (const mode_t mode : {0777u, 01777u, 0775u, 01775u, 0702u}) {
    Folder::mode(f.path(), mode);
    const std::string error = error_of(f.file());
    CAPTURE(error);
    CHECK(error.starts_with("its folder " + f.path().string() + " may be written by "));
    CHECK(error.ends_with("; chmod go-w " + f.path().string()));
    CHECK_FALSE(private_to_owner(f.path()));
  }
}

TEST_CASE("a symbolic link is judged by where it leads") {
  const Folder open, closed;
  fs::create_symlink(closed.file(), open.path() / "good.so");
  fs::create_symlink(open.file(), closed.path() / "bad.so");
  Folder::mode(open.path(), 0777);
  CHECK(error_of(open.path() / "good.so") == "fine");
  CHECK(error_of(closed.path() / "bad.so").starts_with("its folder " + open.path().string()));
  fs::create_directory_symlink(open.path(), closed.path() / "plugins");
  CHECK_FALSE(private_to_owner(closed.path() / "plugins"));
}

TEST_CASE("what is missing or no regular file is refused") {
  const Folder f;
  CHECK(error_of(f.path() / "none.so") == "cannot be read: No such file or directory");
  CHECK(error_of(f.path()).starts_with("is a folder"));
  CHECK(error_of("/dev/null").starts_with("is not a regular file"));
  fs::create_symlink("loop.so", f.path() / "loop.so");
  CHECK(error_of(f.path() / "loop.so").starts_with("cannot be read: "));
  CHECK_FALSE(private_to_owner(f.path() / "none"));
  CHECK_FALSE(private_to_owner(f.file()));
}

TEST_CASE("a file of another user is refused") {
  if (geteuid() != 0) return;  // only root can give files away
  const Folder f;
  REQUIRE(chown(f.file().c_str(), 12345, 12345) == 0);
  CHECK(error_of(f.file()).find("belongs to user 12345, not to root") != std::string::npos);
  REQUIRE(chown(f.file().c_str(), 0, 0) == 0);
  REQUIRE(chown(f.path().c_str(), 12345, 12345) == 0);
  CHECK(error_of(f.file()).starts_with("its folder " + f.path().string() + " belongs to user 12345"));
  CHECK_FALSE(private_to_owner(f.path()));
}
