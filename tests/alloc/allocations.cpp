#include "allocations.h"

#include <execinfo.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

extern "C" {
void* __libc_malloc(std::size_t n);
void* __libc_calloc(std::size_t count, std::size_t n);
void* __libc_realloc(void* p, std::size_t n);
void* __libc_memalign(std::size_t alignment, std::size_t n);
}

namespace {

constexpr std::uint64_t most_traces = 4;
constexpr int depth = 16;

std::atomic<bool> watching{false};
std::atomic<std::uint64_t> counted{0};
void* traces[most_traces][depth];  // NOLINT: no allocation may be needed to note one
int lengths[most_traces];

void note() {
  if (!watching.load(std::memory_order_relaxed)) return;
  const std::uint64_t n = counted.fetch_add(1, std::memory_order_relaxed);
  if (n < most_traces) lengths[n] = backtrace(traces[n], depth);
}

}  // namespace

extern "C" {
void* malloc(std::size_t n) { return note(), __libc_malloc(n); }
void* calloc(std::size_t count, std::size_t n) { return note(), __libc_calloc(count, n); }
void* realloc(void* p, std::size_t n) { return note(), __libc_realloc(p, n); }
void* memalign(std::size_t alignment, std::size_t n) { return note(), __libc_memalign(alignment, n); }
void* aligned_alloc(std::size_t alignment, std::size_t n) { return note(), __libc_memalign(alignment, n); }
int posix_memalign(void** out, std::size_t alignment, std::size_t n) {
  note();
  *out = __libc_memalign(alignment, n);
  return *out == nullptr ? ENOMEM : 0;
}
}

namespace hark::test {

void watch_allocations() {
  void* warm[1];
  backtrace(warm, 1);  // its own first call allocates
  counted.store(0);
  watching.store(true);
}

std::uint64_t stop_watching_allocations() {
  watching.store(false);
  const std::uint64_t n = counted.load();
  for (std::uint64_t i = 0; i < n && i < most_traces; ++i) {
    backtrace_symbols_fd(traces[i], lengths[i], STDERR_FILENO);
    (void)!write(STDERR_FILENO, "\n", 1);
  }
  return n;
}

}  // namespace hark::test
