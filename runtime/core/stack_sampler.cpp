#include "core/stack_sampler.h"

#include <cxxabi.h>
#include <dlfcn.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "core/clock.h"
#include "core/code_ranges.h"
#include "core/futex.h"
#include "core/mutex.h"
#include "core/stack_walk.h"

namespace hark::core {
namespace {

constexpr std::int64_t patience_ns = 200'000'000;
constexpr std::uintptr_t size_of_loader = 0x40000;  // its code, and a little more

int sample_signal() { return SIGRTMAX - 2; }

// One request at a time. wanted goes from a thread's id to `answering` (by its handler) or to 0 (by who asked).
constexpr pid_t answering = -1;
constinit std::atomic<pid_t> wanted{0};
constinit std::array<std::uintptr_t, 64> frames{};
constinit std::atomic<std::size_t> count{0};
constinit std::atomic<std::uint32_t> answered{0};

void answer(int, siginfo_t* info, void* context) {
  const int saved = errno;
  pid_t me = gettid();
  if (info->si_code == SI_TKILL && info->si_pid == getpid() && wanted.compare_exchange_strong(me, answering)) {
    count = walk_stack(context, frames);
    answered = 1;
    futex_wake(answered);
  }
  errno = saved;
}

bool install() {
  add_code_of_host();
  struct sigaction mine{};
  mine.sa_sigaction = answer;
  mine.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  return sigaction(sample_signal(), &mine, nullptr) == 0;
}

bool wait_for_answer(pid_t thread) {
  const std::int64_t until = now_ns() + patience_ns;
  while (answered.load() == 0 && now_ns() < until) futex_wait(answered, 0, until);
  pid_t still = thread;
  if (wanted.compare_exchange_strong(still, 0)) return false;
  while (answered.load() == 0) futex_wait(answered, 0);  // its handler has begun
  wanted = 0;
  return true;
}

bool is_in_loader(std::span<const std::uintptr_t> stack) {
  const auto base = static_cast<std::uintptr_t>(getauxval(AT_BASE));
  return base != 0 && std::ranges::any_of(stack, [&](std::uintptr_t a) { return a - base < size_of_loader; });
}

std::string hex(const char* format, std::uintptr_t n) {
  char text[32];
  std::snprintf(text, sizeof text, format, static_cast<unsigned long>(n));
  return text;
}

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::string symbol_at(const Dl_info& info) {
  if (info.dli_sname == nullptr) return {};
  int failed = 0;
  const std::unique_ptr<char, void (*)(void*)> plain(abi::__cxa_demangle(info.dli_sname, nullptr, nullptr, &failed),
                                                     std::free);
  return std::string(failed == 0 ? plain.get() : info.dli_sname) + " ";
}

std::string frame_text(std::uintptr_t address, bool may_look_up) {
  // A plugin's private copy goes by the name of what it is a copy of.
  const CodeRange* code = code_at(address);
  const bool of_plugin = code != nullptr && code->original != nullptr;
  Dl_info info{};
  const bool found = may_look_up && dladdr(reinterpret_cast<const void*>(address), &info) != 0;
  std::string text = found ? symbol_at(info) : std::string();
  if (of_plugin) {
    text.append(file_name(code->original)) += hex("+0x%lx", address - code->base);
  } else if (found) {
    text.append(file_name(info.dli_fname)) += hex("+0x%lx", address - reinterpret_cast<std::uintptr_t>(info.dli_fbase));
  } else {
    text += hex("0x%lx", address);
  }
  return text;
}

}  // namespace

std::size_t stack_of(pid_t thread, std::span<std::uintptr_t> out) {
  static constinit Mutex one_at_a_time;
  static const bool installed = install();
  const Lock lock(one_at_a_time);
  if (!installed) return 0;
  answered = 0;
  wanted = thread;
  const bool sent = syscall(SYS_tgkill, getpid(), thread, sample_signal()) == 0;
  if (!sent) wanted = 0;
  if (!sent || !wait_for_answer(thread)) return 0;
  const std::size_t n = std::min(count.load(), out.size());
  std::copy_n(frames.begin(), n, out.begin());
  return n;
}

std::string stack_text(std::span<const std::uintptr_t> stack) {
  const bool may_look_up = !is_in_loader(stack);
  std::string text;
  for (const std::uintptr_t address : stack) {
    if (!text.empty()) text += " < ";
    text += frame_text(address, may_look_up);
  }
  return text;
}

}  // namespace hark::core
