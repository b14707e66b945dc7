// The cases of bench_micro, a file for each.
#pragma once

#include "bench.h"

namespace hark::bench {

void inline_dispatch(Bench& bench);   // P1
void two_publishers(Bench& bench);    // P2
void matching(Bench& bench);          // P3
void subscribing(Bench& bench);       // P3
void queued(Bench& bench);            // P4
void latency(Bench& bench);           // P4
void parts(Bench& bench);             // what a publish is made of
void sweep_inline(Bench& bench);      // P13: subscribers, types, subscriptions
void sweep_queued(Bench& bench);      // P13: payload, queue depth
void sweep_publishers(Bench& bench);  // P13

}  // namespace hark::bench
