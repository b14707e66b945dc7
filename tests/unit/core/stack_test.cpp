// Stacks of other threads, taken while those do something.
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "core/signal_ready.h"
#include "core/stack_sampler.h"

using namespace hark;

namespace {

// A thread that waits in libc, called by code of this program, or spins in it.
class Busy {
 public:
  explicit Busy(bool spins, bool blocks_signals = false) {
    sem_init(&over_, 0, 0);
    thread_ = std::thread([this, spins, blocks_signals] {
      if (blocks_signals) {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, nullptr);
      }
      core::be_ready_for_signals();
      id_ = gettid();
      while (spins && !stop_) {
      }
      while (sem_wait(&over_) != 0) {
      }
    });
    while (id_ == 0) std::this_thread::yield();
  }
  ~Busy() {
    stop_ = true;
    sem_post(&over_);
    thread_.join();
    sem_destroy(&over_);
  }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;
  pid_t id() const { return id_; }

 private:
  sem_t over_;
  std::atomic<pid_t> id_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace

TEST_CASE("the stack of a thread shows the code of this program also when it waits in libc") {
  for (const bool spins : {true, false}) {
#if defined(__SANITIZE_THREAD__)  // it holds signals back until the thread calls something
    if (spins) continue;
#endif
    const Busy busy(spins);
    std::array<std::uintptr_t, 32> stack;
    const std::size_t n = core::stack_of(busy.id(), stack);
    REQUIRE(n >= 1);
    const std::string text = core::stack_text(std::span(stack).first(n));
    INFO(text);
    CHECK(text.find("core_tests+0x") != std::string::npos);
  }
}

TEST_CASE("a thread that takes no signals has no stack to show") {
  const Busy busy(false, true);
  std::array<std::uintptr_t, 32> stack;
  CHECK(core::stack_of(busy.id(), stack) == 0);
  CHECK(core::stack_of(-5, stack) == 0);
}

TEST_CASE("a thread that is ready for signals has a stack for them and keeps one that it had") {
  std::thread([] {
    core::be_ready_for_signals();
    core::be_ready_for_signals();
    stack_t have{};
    sigaltstack(nullptr, &have);
    CHECK((have.ss_flags & SS_DISABLE) == 0);
    const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    CHECK(core::own_stack().low < here);
    CHECK(here < core::own_stack().high);
  }).join();
  std::thread([] {
    static char memory[64 << 10];
    stack_t before{}, after{};
    sigaltstack(nullptr, &before);
    if ((before.ss_flags & SS_DISABLE) == 0) return;  // a sanitizer's: that it stays is what was tested above
    const stack_t mine{memory, 0, sizeof memory};
    sigaltstack(&mine, nullptr);
    core::be_ready_for_signals();
    sigaltstack(nullptr, &after);
    CHECK(after.ss_sp == memory);
    const stack_t none{nullptr, SS_DISABLE, 0};
    sigaltstack(&none, nullptr);
  }).join();
}
