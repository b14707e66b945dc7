/* Writes through a null pointer within the publisher's call. */
#include <signal.h>

#include "../../plugins/zoo.h"

__attribute__((no_sanitize("undefined"))) static hark_result handle(hark_instance* i, const hark_delivery* d,
                                                                    hark_error* err) {
  volatile int* volatile nowhere = NULL;
  (void)i;
  (void)d;
  (void)err;
  *nowhere = 1;
  raise(SIGSEGV);
  return HARK_OK;
}

ZOO_TABLE("zoo.inline_crash", HARK_CAP_SUBSCRIBER | HARK_CAP_INLINE, .threads = HARK_THREADS_CONCURRENT,
          .create = zoo_create, .destroy = zoo_destroy, .handle = handle);
ZOO_ENTRY()
ZOO_NOTE("zoo.inline_crash", HARK_NOTE_FENCED, HARK_CAP_SUBSCRIBER | HARK_CAP_INLINE);
