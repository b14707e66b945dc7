/* Needs a symbol that nobody has: loading must fail and name it. */
#include "zoo.h"

int zoo_no_such_function(void);

static hark_result handle(hark_instance* i, const hark_delivery* d, hark_error* err) {
  return (void)i, (void)d, (void)err, zoo_no_such_function();
}

ZOO_NOTE("zoo.missing-symbol", HARK_NOTE_FENCED, HARK_CAP_SUBSCRIBER);
ZOO_TABLE("zoo.missing-symbol", HARK_CAP_SUBSCRIBER, .create = zoo_create, .handle = handle, .destroy = zoo_destroy);
ZOO_ENTRY()
