// The stack of another thread of this process: that thread walks it itself, in the handler of a signal.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace hark::core {

// Writes return addresses, innermost first (stack_walk.h), and returns how many; 0: the thread did not answer within
// 200 ms (it blocks the signal, or is gone). thread: its id for the kernel. Whatever system call it is in may end with
// EINTR, so this is for threads of which something is wrong already. Thread: any; one at a time.
std::size_t stack_of(pid_t thread, std::span<std::uintptr_t> out);

// "handle+0x12 audit.so+0x1139 < ...", innermost first. Looks names up under the loader's lock, unless the stack shows
// that its thread is in the loader.
std::string stack_text(std::span<const std::uintptr_t> stack);

}  // namespace hark::core
