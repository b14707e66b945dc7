/* Compiled as C11. */
#include <hark/plugin.h>
#define SIZE(type, n) _Static_assert(sizeof(type) == (n), "size of " #type);
#define AT(type, field, n) _Static_assert(offsetof(type, field) == (n), "offset of " #type "." #field);
#include "layout.inc"

int hark_layout_in_c(const hark_event* e);
int hark_layout_in_c(const hark_event* e) { return HARK_HAS(e, hark_event, data); }
