// bench_callee.so: see callee.h. It is loaded by dlopen() as every plugin is, so that no call into it can be inlined.
#include "callee.h"

#include <signal.h>
#include <string.h>
#include <time.h>

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static struct bench_seat* seat_of(hark_instance* instance) { return (struct bench_seat*)(void*)instance; }

static hark_result tally(hark_instance* instance, const hark_delivery* d, hark_error* error) {
  struct bench_seat* seat = seat_of(instance);
  uint64_t first;
  (void)error;
  memcpy(&first, d->event->data.p, sizeof first);
  ++seat->count;
  seat->sum += first;
  return HARK_OK;
}

static hark_result agree(hark_instance* instance, const hark_delivery* d, hark_error* error) {
  uint64_t first, last;
  (void)instance;
  (void)error;
  memcpy(&first, d->event->data.p, sizeof first);
  memcpy(&last, (const char*)d->event->data.p + 56, sizeof last);
  return first == last ? HARK_OK : HARK_REJECT;
}

static hark_result checks(hark_instance* instance, const hark_delivery* d, hark_error* error) {
  uint64_t first;
  memcpy(&first, d->event->data.p, sizeof first);
  if (first == BENCH_CRASH && (d->flags & HARK_D_SUSPECT) == 0) raise(SIGSEGV);
  return agree(instance, d, error);
}

static void verify_payload(struct bench_seat* seat, const struct bench_payload* p) {
  const uint64_t producer = p->producer % BENCH_PRODUCERS;
  const uint64_t mix = bench_mix(p->producer, p->number);
  seat->wrong += p->producer != producer || p->number != seat->next[producer] || p->mix != mix || p->mix_again != mix;
  seat->next[producer] = p->number + 1;
  ++seat->count;
}

static void time_payload(struct bench_seat* seat, const struct bench_payload* p) {
  const int64_t now = now_ns();
  if (seat->count < seat->delays_max) seat->delays[seat->count] = now - p->sent_ns;
  verify_payload(seat, p);
}

static hark_result verify(hark_instance* instance, const hark_delivery* d, hark_error* error) {
  struct bench_payload p;
  (void)error;
  if (d->event->data.n != sizeof p) return HARK_REJECT;
  memcpy(&p, d->event->data.p, sizeof p);
  verify_payload(seat_of(instance), &p);
  return HARK_OK;
}

static hark_result time_it(hark_instance* instance, const hark_delivery* d, hark_error* error) {
  struct bench_payload p;
  (void)error;
  if (d->event->data.n != sizeof p) return HARK_REJECT;
  memcpy(&p, d->event->data.p, sizeof p);
  time_payload(seat_of(instance), &p);
  return HARK_OK;
}

static hark_result create(const hark_host* host, const hark_create_info* info, hark_instance** out, hark_error* error) {
  static struct bench_seat seat;
  (void)host;
  (void)info;
  (void)error;
  *out = (hark_instance*)(void*)&seat;
  return HARK_OK;
}

static void destroy(hark_instance* instance) { (void)instance; }

static const struct bench_handlers handlers = {tally, agree, verify, checks, time_it, verify_payload, time_payload};

static const void* extension(const struct hark_plugin* plugin, const char* id) {
  (void)plugin;
  return strcmp(id, BENCH_HANDLERS) == 0 ? &handlers : NULL;
}

#ifndef BENCH_HANDLE
#define BENCH_HANDLE tally
#endif
#define CAPS (HARK_CAP_SUBSCRIBER | HARK_CAP_INLINE)
HARK_DECLARE_NOTE("dev.hark.bench.callee", "0.1.0", 0, 0, CAPS);

static const hark_plugin plugin = {.size = sizeof plugin,
                                   .caps = CAPS,
                                   .threads = HARK_THREADS_CONCURRENT,
                                   .id = "dev.hark.bench.callee",
                                   .name = "callee",
                                   .version = "0.1.0",
                                   .create = create,
                                   .handle = BENCH_HANDLE,
                                   .destroy = destroy,
                                   .extension = extension};
static const hark_module module = {sizeof module, HARK_ABI_MAJOR, HARK_ABI_MINOR, 0, 0, 0, &plugin};

HARK_EXPORT const hark_module* HARK_CALL hark_entry_v1(const hark_loader* loader, hark_error* error) {
  (void)loader;
  (void)error;
  return &module;
}
