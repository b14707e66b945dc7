#include "core/signal_ready.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

namespace hark::core {
namespace {

constexpr std::size_t handler_needs = 32u << 10;  // beside what the kernel puts there

constinit thread_local StackBounds bounds;

// Its lowest page stays without access: a handler that runs over ends the process, and no other memory.
class SignalStack {
 public:
  SignalStack() {
    stack_t have{};
    if (sigaltstack(nullptr, &have) != 0 || (have.ss_flags & SS_DISABLE) == 0) return;
    const auto kernel = static_cast<std::size_t>(std::max<long>(sysconf(_SC_MINSIGSTKSZ), MINSIGSTKSZ));
    size_ = (kernel + handler_needs + guard + 4095) & ~std::size_t{4095};
    memory_ = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory_ == MAP_FAILED) return;
    mprotect(memory_, guard, PROT_NONE);
    const stack_t mine{static_cast<char*>(memory_) + guard, 0, size_ - guard};
    sigaltstack(&mine, nullptr);
  }
  ~SignalStack() {
    if (memory_ == MAP_FAILED) return;
    stack_t have{};
    sigaltstack(nullptr, &have);
    if (have.ss_sp == static_cast<char*>(memory_) + guard) {  // nobody has put another one there
      const stack_t none{nullptr, SS_DISABLE, 0};
      sigaltstack(&none, nullptr);
    }
    munmap(memory_, size_);
  }
  SignalStack(const SignalStack&) = delete;
  SignalStack& operator=(const SignalStack&) = delete;

 private:
  static constexpr std::size_t guard = 4096;
  void* memory_ = MAP_FAILED;
  std::size_t size_ = 0;
};

}  // namespace

void be_ready_for_signals() {
  if (bounds.high != 0) return;
  thread_local const SignalStack stack;
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return;
  void* low = nullptr;
  std::size_t size = 0;
  if (pthread_attr_getstack(&attributes, &low, &size) == 0) {
    const auto at = reinterpret_cast<std::uintptr_t>(low);
    bounds = {at, at + size};
  }
  pthread_attr_destroy(&attributes);
}

StackBounds own_stack() { return bounds; }

}  // namespace hark::core
