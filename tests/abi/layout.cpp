// Compiled as C++, where nothing may differ.
#include <hark/plugin.h>

#include <type_traits>
#define SIZE(type, n)                                   \
  static_assert(sizeof(type) == (n), "size of " #type); \
  static_assert(std::is_standard_layout_v<type> && std::is_trivially_copyable_v<type>, #type);
#define AT(type, field, n) static_assert(offsetof(type, field) == (n), "offset of " #type "." #field);
#include "layout.inc"

extern "C" int hark_layout_in_cpp(const hark_event* e);
extern "C" int hark_layout_in_cpp(const hark_event* e) { return HARK_HAS(e, hark_event, data) ? 1 : 0; }
