/* Says that it is a subscriber and has no handle(). */
#include "zoo.h"

ZOO_NOTE("zoo.broken-table", HARK_NOTE_FENCED, HARK_CAP_SUBSCRIBER);
ZOO_TABLE("zoo.broken-table", HARK_CAP_SUBSCRIBER, .create = zoo_create, .destroy = zoo_destroy);
ZOO_ENTRY()
