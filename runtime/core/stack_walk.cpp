#include "core/stack_walk.h"

#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "core/code_ranges.h"
#include "core/signal_ready.h"

// It reads what lies between variables, and what other functions are still writing.
#define HARK_READS_RAW_STACK __attribute__((no_sanitize("address", "thread")))

namespace hark::core {
namespace {

constexpr std::size_t most_words = 2048;  // that are searched for a known frame
constexpr std::uintptr_t page = 4096;
constexpr std::uintptr_t below = 64u << 10;  // a stack that overflows: so far

struct Registers {
  std::uintptr_t pc = 0, sp = 0, fp = 0;
};

Registers registers_of(const void* context) {
  const mcontext_t& m = static_cast<const ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  return {static_cast<std::uintptr_t>(m.gregs[REG_RIP]), static_cast<std::uintptr_t>(m.gregs[REG_RSP]),
          static_cast<std::uintptr_t>(m.gregs[REG_RBP])};
#elif defined(__aarch64__)
  return {m.pc, m.sp, m.regs[29]};
#else
  (void)m;
  return {};
#endif
}

bool is_readable(std::uintptr_t address) {
  // `how` is none of its own, but it looks at the set first.
  return syscall(SYS_rt_sigprocmask, -1, address, nullptr, 8) == 0 || errno != EFAULT;
}

// Where the stack lies; of one that nobody noted (a plugin's own thread), what can be read around sp.
StackBounds bounds_around(std::uintptr_t sp) {
  const StackBounds known = own_stack();
  if (sp + below >= known.low && sp < known.high) return known;
  StackBounds b{sp & ~(page - 1), sp & ~(page - 1)};
  while (b.high - b.low < most_words * sizeof(std::uintptr_t) && is_readable(b.high)) b.high += page;
  return b;
}

class Walk {
 public:
  Walk(std::span<std::uintptr_t> out, StackBounds bounds) : out_(out), bounds_(bounds) {}

  HARK_READS_RAW_STACK std::size_t go(const Registers& r) {
    put(r.pc);
    if (bounds_.low == bounds_.high) return n_;
    // The register holds something else in code without frame pointers.
    std::uintptr_t fp = leads_to_known_code(r.fp, std::max(r.sp, bounds_.low)) ? r.fp : 0;
    if ((fp == 0 || code_at(r.pc) == nullptr) && r.sp >= bounds_.low) fp = search(r.sp, fp);
    while (fp != 0) {
      put(word(fp + sizeof(std::uintptr_t)));
      const std::uintptr_t next = word(fp);
      fp = is_frame(next, fp + sizeof(std::uintptr_t)) ? next : 0;
    }
    return n_;
  }

 private:
  HARK_READS_RAW_STACK static std::uintptr_t word(std::uintptr_t at) {
    return *reinterpret_cast<const volatile std::uintptr_t*>(at);
  }
  void put(std::uintptr_t address) {
    if (n_ < out_.size() && address != 0) out_[n_++] = address;
  }
  // Frames lie above each other, a pair of words each.
  bool is_frame(std::uintptr_t fp, std::uintptr_t above) const {
    return fp % sizeof(std::uintptr_t) == 0 && fp >= above && fp <= bounds_.high - 2 * sizeof(std::uintptr_t) &&
           n_ < out_.size();
  }
  HARK_READS_RAW_STACK bool leads_to_known_code(std::uintptr_t fp, std::uintptr_t above) const {
    return is_frame(fp, above) && code_at(word(fp + sizeof(std::uintptr_t))) != nullptr;
  }
  // From sp on, as far as fp: the first return address into known code. Without an fp: on to a frame that leads there.
  HARK_READS_RAW_STACK std::uintptr_t search(std::uintptr_t sp, std::uintptr_t fp) {
    bool found = false;
    std::uintptr_t at = (sp + sizeof(std::uintptr_t) - 1) & ~(sizeof(std::uintptr_t) - 1);
    const std::uintptr_t end = fp != 0 ? fp : bounds_.high - sizeof(std::uintptr_t);
    for (std::size_t i = 0; i < most_words && at < end; ++i, at += sizeof(std::uintptr_t)) {
      const std::uintptr_t here = word(at);
      if (!found && code_at(here) != nullptr) {
        put(here);
        found = true;
      } else if (found && fp == 0 && is_frame(here, at + 1) && leads_to_known_code(at, at)) {
        return at;
      }
    }
    return fp;
  }

  std::span<std::uintptr_t> out_;
  const StackBounds bounds_;
  std::size_t n_ = 0;
};

}  // namespace

std::size_t walk_stack(const void* context, std::span<std::uintptr_t> out) {
  const Registers r = registers_of(context);
  return Walk(out, bounds_around(r.sp)).go(r);
}

std::uintptr_t program_counter(const void* context) { return registers_of(context).pc; }

}  // namespace hark::core
