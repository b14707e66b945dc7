/* The least there can be: no start, no stop, no optional function. Logs each event. */
#include "zoo.h"

static hark_result handle(hark_instance* i, const hark_delivery* d, hark_error* err) {
  (void)err;
  const hark_host* host = *(const hark_host**)i;
  host->log(host, HARK_LOG_INFO, d->ticket, d->event->type, NULL, 0);
  return HARK_OK;
}

ZOO_NOTE("zoo.minimal", HARK_NOTE_FENCED, HARK_CAP_SUBSCRIBER);
ZOO_TABLE("zoo.minimal", HARK_CAP_SUBSCRIBER, .create = zoo_create, .handle = handle, .destroy = zoo_destroy);
ZOO_ENTRY()
