/* Built for ABI 2, by its note and its module. The host must not run a line of it: the entry aborts. */
#include "zoo.h"

HARK_NOTE_PLACE_ static const hark_note note = {4,
                                                sizeof(hark_note) - 16,
                                                1,
                                                {'H', 'R', 'K', 0},
                                                2,
                                                0,
                                                0,
                                                HARK_NOTE_FENCED,
                                                HARK_CAP_SUBSCRIBER,
                                                "zoo.wrong-major",
                                                "1.0.0"};

HARK_EXPORT const hark_module* HARK_CALL hark_entry_v1(const hark_loader* loader, hark_error* err) {
  (void)loader;
  (void)err;
  abort();
}
