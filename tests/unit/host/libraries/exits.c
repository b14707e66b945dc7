/* Says why, and leaves with a status that looks like success. */
#include <stdio.h>
#include <stdlib.h>
__attribute__((constructor)) static void leave(void) {
  fputs("no licence\nfound\n", stderr);
  exit(0);
}
