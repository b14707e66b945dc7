/* Its entry declines, with a reason. */
#include "zoo.h"

ZOO_NOTE("zoo.decline", HARK_NOTE_FENCED, HARK_CAP_SUBSCRIBER);

HARK_EXPORT const hark_module* HARK_CALL hark_entry_v1(const hark_loader* loader, hark_error* err) {
  (void)loader;
  zoo_say(err, "no licence found");
  return NULL;
}
