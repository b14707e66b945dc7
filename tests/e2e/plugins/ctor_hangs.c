/* Its constructor never returns. */
#include <unistd.h>

#include "../../plugins/zoo.h"

__attribute__((constructor)) static void hang(void) {
  for (;;) pause();
}

static hark_result handle(hark_instance* i, const hark_delivery* d, hark_error* err) {
  return (void)i, (void)d, (void)err, HARK_OK;
}

ZOO_NOTE("e2e.ctor-hangs", HARK_NOTE_FENCED, HARK_CAP_SUBSCRIBER);
ZOO_TABLE("e2e.ctor-hangs", HARK_CAP_SUBSCRIBER, .create = zoo_create, .handle = handle, .destroy = zoo_destroy);
ZOO_ENTRY()
