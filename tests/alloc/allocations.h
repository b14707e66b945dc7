// Counts what the whole process asks malloc for, the libraries included, between watch() and stop().
#pragma once

#include <cstddef>
#include <cstdint>

namespace hark::test {

void watch_allocations();
// How many there were. Where the first of them came from is written to standard error, as return addresses
// (addr2line -Cfe PROGRAM OFFSET says more).
std::uint64_t stop_watching_allocations();

}  // namespace hark::test
