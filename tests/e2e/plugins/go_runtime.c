/* Looks like a plugin written in Go: it has the section that Go's linker leaves behind. Its entry aborts. */
#include "../../plugins/zoo.h"

__attribute__((section(".go.buildinfo"), used)) static const char build_info[32] = "\xff Go buildinf:";

ZOO_NOTE("e2e.go-runtime", HARK_NOTE_FENCED, HARK_CAP_SUBSCRIBER);

HARK_EXPORT const hark_module* HARK_CALL hark_entry_v1(const hark_loader* loader, hark_error* err) {
  (void)loader;
  (void)err;
  abort();
}
