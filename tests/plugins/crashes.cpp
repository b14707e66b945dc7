// Ends the process as the event's `how` says: writes through a null pointer (the default), "abort", "trap" (an illegal
// instruction), "overflow" (of the stack), "thread" (writes through null in a thread of its own), "fork" (in a child
// process, which harms nobody), "hang" (never comes back, for whoever kills it).
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <thread>

#include "zoo.hpp"

namespace {

// A sanitizer's own check would report the write, and end the process without a signal.
__attribute__((no_sanitize("undefined"))) void crash() {
  volatile int* volatile nowhere = nullptr;
  *nowhere = 1;               // NOLINT(clang-analyzer-core.NullDereference): what it is for
  (void)std::raise(SIGSEGV);  // should a sanitizer have taken the line above away
}

// NOLINTNEXTLINE(misc-no-recursion): what it is for
int deeper(int n) {
  char volatile room[4096];
  room[n % 4096] = static_cast<char>(n);
  return n < 0 ? 0 : deeper(n + 1) + room[n % 4096];
}

void crash_in_child() {
  const pid_t child = fork();
  if (child == 0) crash();
  int status = 0;
  waitpid(child, &status, 0);
}

}  // namespace

class Crashes {
 public:
  static constexpr auto info = zoo::info("zoo.crashes");
  void handle(const hark::Delivery& d) {
    const std::string how = zoo::text(d.event().data(), "how");
    if (how == "abort") std::abort();
    if (how == "trap") __builtin_trap();
    if (how == "overflow") exit(deeper(0));
    if (how == "thread") return std::thread(crash).join();
    if (how == "fork") return crash_in_child();
    if (how == "hang") return hang();
    crash();
  }

 private:
  static void hang() {
    for (;;) pause();
  }
};
HARK_PLUGIN(Crashes);
