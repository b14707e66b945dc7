// The calling thread's stack as a signal handler finds it, without an unwinder: those take locks that the thread may
// hold, and backtrace() was seen to deadlock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace hark::core {

// Writes return addresses, innermost first, and returns how many. context: a handler's third argument. By frame
// pointers; where code without them lies innermost (libc), the stack is searched for the first frame of code that is
// known (code_ranges.h). So frames may be missing, and rarely one is stale. Reads nothing outside the stack. Errno
// is lost. Async-signal-safe.
std::size_t walk_stack(const void* context, std::span<std::uintptr_t> out);

// Where the thread was.
std::uintptr_t program_counter(const void* context);

}  // namespace hark::core
