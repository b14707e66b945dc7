// SPDX-License-Identifier: Apache-2.0
// What was being done when the plugin brought the process down: kept in static memory, written to stderr by a signal
// handler before the crash takes its course.
#pragma once

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <thread>

// AddressSanitizer and its like end the process without a signal.
extern "C" void __sanitizer_set_death_callback(void (*)()) __attribute__((weak));

namespace hark::testing::hostile {

// One torment() at a time in a process has it open. Steps may be taken from any thread.
class BlackBox {
 public:
  explicit BlackBox(std::chrono::nanoseconds patience) : patience_(patience) {
    static const bool once = std::atexit([] { tell("the plugin ended the process (R3) while "), refuse_exit(); }) == 0;
    (void)once;
    if (&__sanitizer_set_death_callback != nullptr)
      __sanitizer_set_death_callback([] { tell("the sanitizer stopped the process while "); });
    set_latest("between two calls");
    open_ = true;
    struct sigaction ours{};
    ours.sa_sigaction = &BlackBox::on_signal;
    ours.sa_flags = SA_SIGINFO | SA_ONSTACK;
    for (std::size_t i = 0; i < count; ++i) ::sigaction(signals[i], &ours, &before_[i]);
    watch_ = std::thread([this] { watch(); });
  }
  BlackBox(const BlackBox&) = delete;
  BlackBox& operator=(const BlackBox&) = delete;
  ~BlackBox() {
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
      changed_.notify_all();
    }
    watch_.join();
    open_ = false;
    for (std::size_t i = 0; i < count; ++i) ::sigaction(signals[i], &before_[i], nullptr);
  }

  // A call into the plugin by this thread, as long as this lives.
  class Step {
   public:
    explicit Step(const std::string& what) {
      copy(here_, what);
      set_latest(what.c_str());
      ++steps_;
      note_change();
    }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;
    ~Step() {
      --steps_;
      note_change();
      here_[0] = '\0';
    }
  };

  // What this thread is doing, or in a thread of the plugin's own what was begun last.
  static std::string doing() {
    if (here_[0] != '\0') return here_;
    const std::lock_guard lock(mutex_);
    return std::string("a thread of its own, after the host began ") + latest_;
  }

 private:
  static constexpr std::size_t size = 512;
  static constexpr int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};
  static constexpr std::size_t count = sizeof signals / sizeof signals[0];

  static void copy(char (&to)[size], const std::string& text) {
    const std::size_t n = text.size() < size ? text.size() : size - 1;
    std::memcpy(to, text.data(), n);
    to[n] = '\0';
  }
  static void set_latest(const char* what) {
    const std::lock_guard lock(mutex_);
    copy(latest_, what);
  }
  static void note_change() { changed_ns_ = std::chrono::steady_clock::now().time_since_epoch().count(); }
  static void put(const char* text) { (void)!::write(STDERR_FILENO, text, std::strlen(text)); }
  // Async-signal-safe.
  static void tell(const char* happened) {
    if (!open_.exchange(false)) return;
    put("\nhark torment: ");
    put(happened);
    put(here_[0] != '\0' ? here_ : "in a thread of its own, after the host began ");
    if (here_[0] == '\0') put(latest_);
    put("\n");
    told_ = true;
  }
  // A test that ends in the middle must not look as if it had passed.
  static void refuse_exit() {
    if (told_) std::_Exit(70);
  }
  static void on_signal(int signal, siginfo_t* info, void*) {
    switch (signal) {
      case SIGSEGV: tell("the plugin crashed (SIGSEGV) while "); break;
      case SIGBUS: tell("the plugin crashed (SIGBUS) while "); break;
      case SIGABRT: tell("the plugin aborted (SIGABRT) while "); break;
      case SIGFPE: tell("the plugin crashed (SIGFPE) while "); break;
      default: tell("the plugin crashed (SIGILL) while "); break;
    }
    for (std::size_t i = 0; i < count; ++i) ::sigaction(signals[i], &before_[i], nullptr);
    if (info->si_code <= 0) (void)std::raise(signal);  // else the instruction does it again
  }

  void watch() {
    std::unique_lock lock(mutex_);
    while (!ended_) {
      changed_.wait_for(lock, patience_ / 4);
      const std::int64_t still = std::chrono::steady_clock::now().time_since_epoch().count() - changed_ns_;
      if (ended_ || steps_ == 0 || still < patience_.count()) continue;
      put("\nhark torment: the plugin does not come back (Torment::patience) from ");
      put(latest_);
      put("\n");
      open_ = false;
      std::abort();
    }
  }

  static inline thread_local char here_[size] = {};
  static inline std::mutex mutex_;
  static inline char latest_[size] = {};  // written under mutex_, read by a crash as it is
  static inline std::atomic<bool> open_{false}, told_{false};
  static inline std::atomic<int> steps_{
      0};  // that have not ended: of these at least the last hangs, when nothing changes
  static inline std::atomic<std::int64_t> changed_ns_{0};
  static inline struct sigaction before_[count] = {};

  const std::chrono::nanoseconds patience_;
  std::condition_variable changed_;
  bool ended_ = false;
  std::thread watch_;
};

}  // namespace hark::testing::hostile
