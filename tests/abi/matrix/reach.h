/* What a plugin of minor HARK_ABI_MINOR finds of the newest minor's fields (see ../grow.cmake). */
#ifndef REACH_H
#define REACH_H
#include <hark/plugin.h>

/* 1: there, and zero as the host left it. 0: the host is older. -1: the plugin is older, it does not know the field. */
#if HARK_ABI_MINOR >= NEXT_MINOR
#define REACH(ptr, type) (HARK_HAS(ptr, type, grown) ? (ptr)->grown == 0 : 0)
#else
#define REACH(ptr, type) ((void)(ptr), -1)
#endif
#define REACH_FORMAT "{\"host_minor\":%d,\"host\":%d,\"delivery\":%d,\"event\":%d}"
#endif
