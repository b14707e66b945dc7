# cmake -DFROM=plugin.h -DTO=plugin.h -P grow.cmake
#
# The header as the next minor may make it: HARK_ABI_MINOR is one higher, and each growable struct (R1) has one more
# field at its end, which -DHARK_ABI_MINOR=N of the old minor hides again.
cmake_minimum_required(VERSION 3.25)
file(READ ${FROM} text)
if(NOT text MATCHES "#define HARK_ABI_MINOR ([0-9]+)u")
  message(FATAL_ERROR "${FROM} does not define HARK_ABI_MINOR")
endif()
math(EXPR next "${CMAKE_MATCH_1} + 1")
string(REPLACE "#define HARK_ABI_MINOR ${CMAKE_MATCH_1}u" "#define HARK_ABI_MINOR ${next}u" text "${text}")

string(REGEX MATCHALL "struct hark_[a-z_]+ {" structs "${text}")
foreach(begin ${structs})
  string(FIND "${text}" "${begin}" at)
  string(SUBSTRING "${text}" 0 ${at} before)
  string(SUBSTRING "${text}" ${at} -1 after)
  if(after MATCHES "^${begin}[ \n]*(/\\*[^*]*\\*/)?[ \n]*uint32_t +size")
    string(FIND "${after}" "}" at)
    string(SUBSTRING "${after}" 0 ${at} fields)
    string(SUBSTRING "${after}" ${at} -1 after)
    set(text "${before}${fields}\n#if HARK_ABI_MINOR >= ${next}u\n    uint64_t grown;\n#endif\n${after}")
  endif()
endforeach()
file(CONFIGURE OUTPUT ${TO} CONTENT "${text}" @ONLY)  # touches TO only where it differs
