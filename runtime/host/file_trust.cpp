#include "host/file_trust.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

namespace hark::host {
namespace {

std::string octal(mode_t mode) {
  std::array<char, 8> text;
  std::snprintf(text.data(), text.size(), "%04o", static_cast<unsigned>(mode & 07777));
  return text.data();
}

// what: "the file", "its folder".
core::Result<void> check_owner_and_mode(const std::string& what, const std::filesystem::path& path,
                                        const struct stat& status) {
  const std::string subject = what + " " + path.string();
  if (status.st_uid != 0 && status.st_uid != geteuid()) {
    return core::fail(subject + " belongs to user " + std::to_string(status.st_uid) + ", not to root or to user " +
                      std::to_string(geteuid()) + " who runs hark; chown it, or run hark as that user");
  }
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    const char* who = (status.st_mode & S_IWOTH) != 0 ? "everybody" : "its group";
    return core::fail(subject + " may be written by " + who + " (mode " + octal(status.st_mode) + "); chmod go-w " +
                      path.string());
  }
  return {};
}

core::Result<void> check_folder(const std::filesystem::path& folder) {
  struct stat status;
  if (stat(folder.c_str(), &status) != 0) {
    return core::fail("its folder " + folder.string() + " cannot be read: " + std::strerror(errno));
  }
  if (!S_ISDIR(status.st_mode)) return core::fail(folder.string() + " is not a folder");
  return check_owner_and_mode("its folder", folder, status);
}

}  // namespace

core::Result<void> check_trust(const std::filesystem::path& file) {
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(file, error);
  struct stat status;
  if (error) return core::fail("cannot be read: " + error.message());
  if (stat(real.c_str(), &status) != 0) return core::fail(std::string("cannot be read: ") + std::strerror(errno));
  if (S_ISDIR(status.st_mode)) return core::fail("is a folder, not a shared library; name the .so file in it");
  if (!S_ISREG(status.st_mode)) return core::fail("is not a regular file; name a .so file");
  if (auto ok = check_owner_and_mode("the file", real, status); !ok) return ok;
  return check_folder(real.parent_path());
}

bool private_to_owner(const std::filesystem::path& folder) {
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(folder, error);
  return !error && check_folder(real).has_value();
}

}  // namespace hark::host
