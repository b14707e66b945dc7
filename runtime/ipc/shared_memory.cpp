#include "ipc/shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

namespace hark::ipc {
namespace {

std::unexpected<core::Error> failed(const char* what) {
  return core::fail(std::string(what) + ": " + std::strerror(errno));
}

}  // namespace

core::Result<SharedMemory> SharedMemory::make(std::size_t bytes, Writers writers) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  SharedMemory m;
  m.size_ = (bytes + page - 1) / page * page;
  m.fd_ = memfd_create("hark", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (m.fd_ < 0) return failed("memfd_create");
  if (ftruncate(m.fd_, static_cast<off_t>(m.size_)) != 0) return failed("ftruncate");
  void* const at = mmap(nullptr, m.size_, PROT_READ | PROT_WRITE, MAP_SHARED, m.fd_, 0);
  if (at == MAP_FAILED) return failed("mmap");
  m.data_ = static_cast<char*>(at);
  int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
  if (writers == Writers::only_this) seals |= F_SEAL_FUTURE_WRITE;  // what is mapped already may go on writing
  if (fcntl(m.fd_, F_ADD_SEALS, seals) != 0) return failed("F_ADD_SEALS");
  return m;
}

core::Result<SharedMemory> SharedMemory::map(int fd, bool writable) {
  struct stat facts;
  if (fstat(fd, &facts) != 0) return failed("fstat");
  SharedMemory m;
  m.size_ = static_cast<std::size_t>(facts.st_size);
  void* const at = mmap(nullptr, m.size_, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, 0);
  if (at == MAP_FAILED) return failed("mmap");
  m.data_ = static_cast<char*>(at);
  return m;
}

SharedMemory::SharedMemory(SharedMemory&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(other.size_), fd_(std::exchange(other.fd_, -1)) {}

SharedMemory& SharedMemory::operator=(SharedMemory&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(fd_, other.fd_);
  return *this;
}

SharedMemory::~SharedMemory() {
  if (data_ != nullptr) munmap(data_, size_);
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace hark::ipc
