// bench_stamp: the state of the machine, as one line of JSON.
#include <cstdio>

#include "machine.h"

int main() { std::printf("{\"ping_ns\":%.1f,\"spin_ns\":%.3f}\n", hark::bench::ping_ns(), hark::bench::spin_ns()); }
