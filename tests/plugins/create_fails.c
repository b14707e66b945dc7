/* create() says why it cannot, or not (option `silent`). */
#include "zoo.h"

static hark_result create(const hark_host* host, const hark_create_info* info, hark_instance** out, hark_error* err) {
  (void)host;
  (void)out;
  if (zoo_number(info->options, "silent", 0) == 0) zoo_say(err, "cannot reach the database");
  return HARK_REJECT;
}
static hark_result handle(hark_instance* i, const hark_delivery* d, hark_error* err) {
  return (void)i, (void)d, (void)err, HARK_OK;
}

ZOO_NOTE("zoo.create-fails", HARK_NOTE_FENCED, HARK_CAP_SUBSCRIBER);
ZOO_TABLE("zoo.create-fails", HARK_CAP_SUBSCRIBER, .create = create, .handle = handle, .destroy = zoo_destroy);
ZOO_ENTRY()
