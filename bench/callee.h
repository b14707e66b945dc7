// What the callee, a real plugin's library, does with what it is given: for hark's subscribers and for the peers'
// alike.
#pragma once

#include <hark/plugin.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BENCH_HANDLERS "dev.hark.bench.handlers/1"
#define BENCH_PRODUCERS 4
#define BENCH_CRASH UINT64_C(0xdead)  // the first word of what ends the process, unless it has ended one already

// Written by one thread at a time.
struct bench_seat {
  uint64_t count, sum;
  uint64_t next[BENCH_PRODUCERS];  // the number that is due from each producer
  uint64_t wrong;                  // content, order or producer
  int64_t* delays;                 // of time_*(): how long each was under way, at most delays_max of them
  uint64_t delays_max;
  uint64_t pad_[7];  // a line's end: seats do not share one
};

// Data of 64 bytes.
struct bench_payload {
  uint64_t producer, number;
  uint64_t mix;  // bench_mix() of both
  int64_t sent_ns;
  uint64_t filler[3];
  uint64_t mix_again;
};

static inline uint64_t bench_mix(uint64_t producer, uint64_t number) {
  return (number + 1) * UINT64_C(0x9e3779b97f4a7c15) ^ producer;
}

typedef hark_result(HARK_CALL* bench_handle)(hark_instance*, const hark_delivery*, hark_error*);

// instance: a bench_seat, but for agree.
struct bench_handlers {
  bench_handle tally;   // count, and sum of the first eight bytes: almost nothing, so that the call is what is measured
  bench_handle agree;   // touches no memory of its own: OK when the first and the last eight bytes of 64 are the same
  bench_handle verify;  // bench_payload: content, and the order of each producer
  bench_handle checks;  // as agree, of any length from 64; ends the process at BENCH_CRASH
  bench_handle time;    // the same, and how long it was under way
  void(HARK_CALL* verify_payload)(struct bench_seat*, const struct bench_payload*);
  void(HARK_CALL* time_payload)(struct bench_seat*, const struct bench_payload*);
};

#ifdef __cplusplus
}
#endif
