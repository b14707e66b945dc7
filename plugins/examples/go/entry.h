/* What hark.go calls: Go can neither call through a pointer to a function nor hand over a struct of pointers. */
#ifndef TALLY_ENTRY_H
#define TALLY_ENTRY_H
#include <hark/plugin.h>

hark_result tally_publish(const hark_host* host, uint64_t cause, const char* type, size_t type_n, const char* data,
                          size_t data_n);
void tally_log(const hark_host* host, uint64_t ticket, const char* text, size_t text_n, const char* key, size_t key_n,
               const char* value, size_t value_n);
#endif
