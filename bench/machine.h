// What state the machine is in: virtual machines flip within seconds between one in which a cache line travels fast
// from core to core and one in which it does not.
#pragma once

#include <sched.h>

#include <string>
#include <thread>

namespace hark::bench {

// One way from the first core to the second, in ns, the median of many; negative on a machine with one core.
double ping_ns();
// A fixed piece of arithmetic on one thread, in ns for each step.
double spin_ns();
// "near" or "far", or "unknown" on a machine with one core.
std::string regime();

// The calling thread runs on one core until the end of the scope, and so does what it starts. Does nothing where there
// is no such core.
class Pinned {
 public:
  explicit Pinned(unsigned core);
  ~Pinned();
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;

 private:
  cpu_set_t before_{};
  bool is_pinned_ = false;
};

// A thread that sleeps for as long as this lives: with one thread alone glibc leaves its locks out, and flatters all.
class SleepingThread {
 public:
  SleepingThread();
  ~SleepingThread();
  SleepingThread(const SleepingThread&) = delete;
  SleepingThread& operator=(const SleepingThread&) = delete;

 private:
  std::jthread thread_;
};

}  // namespace hark::bench
