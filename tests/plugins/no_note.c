/* A library with the entry symbol and no ELF note. */
#include "zoo.h"

static hark_result handle(hark_instance* i, const hark_delivery* d, hark_error* err) {
  return (void)i, (void)d, (void)err, HARK_OK;
}

ZOO_TABLE("zoo.no-note", HARK_CAP_SUBSCRIBER, .create = zoo_create, .handle = handle, .destroy = zoo_destroy);
ZOO_ENTRY()
