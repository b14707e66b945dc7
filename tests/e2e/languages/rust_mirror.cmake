# cmake -DCC=cc -DRUSTC=rustc -DINCLUDE=dir -DMIRROR=hark.rs -DWORK=dir -P rust_mirror.cmake
#
# A program in C and one in Rust print the size of each struct that hark.rs has, the place of each field, and the value of
# each constant; what they say must be the same.
cmake_minimum_required(VERSION 3.25)
file(STRINGS ${MIRROR} lines)
set(c "")
set(rust "")
set(facts 0)
macro(fact name in_c in_rust)
  string(APPEND c "  printf(\"%s %lld\\n\", \"${name}\", (long long)(${in_c}));\n")
  string(APPEND rust "  println!(\"{} {}\", \"${name}\", (${in_rust}) as i64);\n")
  math(EXPR facts "${facts} + 1")
endmacro()

set(struct "")
foreach(line IN LISTS lines)
  if(line MATCHES "^pub const (HARK_[A-Z0-9_]+):")
    fact(${CMAKE_MATCH_1} ${CMAKE_MATCH_1} ${CMAKE_MATCH_1})
  endif()
  if(line MATCHES "^    struct (hark_[a-z_]+) \\([0-9]+\\)")
    set(struct ${CMAKE_MATCH_1})
    fact("size of ${struct}" "sizeof(${struct})" "std::mem::size_of::<${struct}>()")
    string(REGEX REPLACE "^[^{]*{" "" line "${line}")
  endif()
  if(line MATCHES "^}")
    set(struct "")
  endif()
  if(struct)
    string(REGEX MATCHALL "[a-z0-9_#]+ \\([0-9]+\\):" fields "${line}")
    foreach(field ${fields})
      string(REGEX REPLACE " .*" "" field "${field}")
      string(REPLACE "r#" "" name ${field})
      fact("${struct}.${name}" "offsetof(${struct}, ${name})" "offset!(${struct}, ${field})")
    endforeach()
  endif()
endforeach()
if(facts LESS 150)
  message(FATAL_ERROR "only ${facts} structs, fields and constants found in ${MIRROR}: it, or this script, has changed")
endif()

file(MAKE_DIRECTORY ${WORK})
file(WRITE ${WORK}/in_c.c "#include <hark/plugin.h>\n#include <stdio.h>\nint main(void) {\n${c}  return 0;\n}\n")
file(WRITE ${WORK}/in_rust.rs "#[path = \"${MIRROR}\"]
mod hark;
use hark::*;
macro_rules! offset { ($type:ty, $field:ident) => {{
  let whole = std::mem::MaybeUninit::<$type>::uninit();
  let field = unsafe { std::ptr::addr_of!((*whole.as_ptr()).$field) };
  field as usize - whole.as_ptr() as usize
}} }
fn main() {\n${rust}}\n")
execute_process(COMMAND ${CC} -std=c99 -I${INCLUDE} -o ${WORK}/in_c ${WORK}/in_c.c COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${RUSTC} --edition 2021 -C linker=${CC} -o ${WORK}/in_rust ${WORK}/in_rust.rs COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${WORK}/in_c OUTPUT_VARIABLE in_c COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${WORK}/in_rust OUTPUT_VARIABLE in_rust COMMAND_ERROR_IS_FATAL ANY)
if(in_c STREQUAL in_rust)
  message(STATUS "${facts} structs, fields and constants are the same in C and Rust")
  return()
endif()
string(REGEX MATCHALL "[^\n]+" in_c "${in_c}")
string(REGEX MATCHALL "[^\n]+" in_rust "${in_rust}")
foreach(a b IN ZIP_LISTS in_c in_rust)
  if(NOT a STREQUAL b)
    message(SEND_ERROR "plugin.h: ${a}; hark.rs: ${b}")
  endif()
endforeach()
