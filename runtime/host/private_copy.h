// Copies of plugin libraries that nobody else writes to.
//
// A library that is overwritten in place while it is loaded ends the process with SIGBUS; so what is loaded is a copy,
// named for the file's identity (device, inode, size, times) and reused while the file has not changed.
//
// Hosts may share one folder: each holds a shared lock on the copies that it uses, and prune_copies() removes a copy
// only when nobody holds one. The lock goes with its holder, however that ends.
#pragma once

#include <filesystem>
#include <utility>

#include "core/error.h"

namespace hark::host {

// One copy, kept from being pruned for as long as this lives.
class PrivateCopy {
 public:
  PrivateCopy(std::filesystem::path path, int fd) : path_(std::move(path)), fd_(fd) {}
  ~PrivateCopy();
  PrivateCopy(PrivateCopy&& other) noexcept : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}
  PrivateCopy& operator=(PrivateCopy&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(fd_, other.fd_);
    return *this;
  }

  const std::filesystem::path& path() const { return path_; }
  int fd() const { return fd_; }  // open for reading

 private:
  std::filesystem::path path_;
  int fd_;  // carries the lock
};

// folder: made when missing, mode 0700. Fails when the file changes while it is copied.
core::Result<PrivateCopy> private_copy(const std::filesystem::path& file, const std::filesystem::path& folder);

// Removes the copies that no host uses, what is remembered about them, and what a crash left half copied.
void prune_copies(const std::filesystem::path& folder);

}  // namespace hark::host
