// Memory that this process writes and another one only reads, and the reverse.
//
// It has no name and goes with the last process that maps it: whoever is killed, at whatever moment, leaves none
// behind.
#pragma once

#include <cstddef>

#include "core/error.h"

namespace hark::ipc {

// Owner: one; the mapping ends with it. Thread: any.
class SharedMemory {
 public:
  enum class Writers : unsigned char {
    only_this,  // sealed: no other process can map it for writing, nor anybody resize it
    both,       // sealed against resizing: the other side cannot make a read here a SIGBUS
  };

  // bytes: rounded up to whole pages. All of it reads as 0.
  static core::Result<SharedMemory> make(std::size_t bytes, Writers writers);
  // What make() made elsewhere, by its descriptor, which stays the caller's.
  static core::Result<SharedMemory> map(int fd, bool writable);

  SharedMemory(SharedMemory&& other) noexcept;
  SharedMemory& operator=(SharedMemory&& other) noexcept;
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;
  ~SharedMemory();

  char* data() const { return data_; }
  std::size_t size() const { return size_; }
  int fd() const { return fd_; }  // of what make() made: close-on-exec; else -1

 private:
  SharedMemory() = default;
  char* data_ = nullptr;
  std::size_t size_ = 0;
  int fd_ = -1;
};

}  // namespace hark::ipc
