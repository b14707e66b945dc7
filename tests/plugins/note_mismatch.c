/* The note says one id, the module another. */
#include "zoo.h"

static hark_result handle(hark_instance* i, const hark_delivery* d, hark_error* err) {
  return (void)i, (void)d, (void)err, HARK_OK;
}

ZOO_NOTE("zoo.says-this", HARK_NOTE_FENCED, HARK_CAP_SUBSCRIBER);
ZOO_TABLE("zoo.is-that", HARK_CAP_SUBSCRIBER, .create = zoo_create, .handle = handle, .destroy = zoo_destroy);
ZOO_ENTRY()
