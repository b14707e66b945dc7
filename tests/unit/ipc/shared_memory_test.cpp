// Memory of two processes: who may write it, and that nobody can pull it away.
#include <catch2/catch.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "ipc/shared_memory.h"

using hark::ipc::SharedMemory;

TEST_CASE("what one side writes the other reads, and it begins as zeros") {
  auto mine = SharedMemory::make(100, SharedMemory::Writers::only_this);
  REQUIRE(mine);
  CHECK(mine->size() >= 100);
  for (std::size_t i = 0; i < mine->size(); ++i) REQUIRE(mine->data()[i] == 0);
  auto theirs = SharedMemory::map(mine->fd(), false);
  REQUIRE(theirs);
  CHECK(theirs->size() == mine->size());
  std::strcpy(mine->data(), "seen");
  CHECK(std::string(theirs->data()) == "seen");
}

TEST_CASE("sealed memory cannot be mapped for writing, made writable, grown or cut by anybody") {
  auto mine = SharedMemory::make(4096, SharedMemory::Writers::only_this);
  REQUIRE(mine);
  CHECK_FALSE(SharedMemory::map(mine->fd(), true));
  auto theirs = SharedMemory::map(mine->fd(), false);
  REQUIRE(theirs);
  CHECK(mprotect(theirs->data(), theirs->size(), PROT_READ | PROT_WRITE) != 0);
  const std::string again = "/proc/self/fd/" + std::to_string(mine->fd());
  const int reopened = open(again.c_str(), O_RDWR | O_CLOEXEC);
  if (reopened >= 0) {
    CHECK_FALSE(SharedMemory::map(reopened, true));
    CHECK(write(reopened, "x", 1) < 0);
    close(reopened);
  }
  CHECK(ftruncate(mine->fd(), 1) != 0);
  CHECK(ftruncate(mine->fd(), 1 << 20) != 0);
  mine->data()[0] = 'x';
  CHECK(theirs->data()[0] == 'x');
}

TEST_CASE("memory that both sides write cannot be cut under a reader either") {
  auto mine = SharedMemory::make(4096, SharedMemory::Writers::both);
  REQUIRE(mine);
  auto theirs = SharedMemory::map(mine->fd(), true);
  REQUIRE(theirs);
  theirs->data()[7] = 'y';
  CHECK(mine->data()[7] == 'y');
  CHECK(ftruncate(mine->fd(), 0) != 0);
}

TEST_CASE("a write into sealed memory ends the process that tries it") {
  auto mine = SharedMemory::make(4096, SharedMemory::Writers::only_this);
  REQUIRE(mine);
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGSEGV, SIG_DFL);
    const auto theirs = SharedMemory::map(mine->fd(), false);
    if (theirs) theirs->data()[0] = 'x';
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
}
