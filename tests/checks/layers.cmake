# cmake -DROOT=dir -P layers.cmake: fails with every #include that points the wrong way.
#
# Rules:  1. a layer of runtime/ includes itself and the layers below it
#         2. plugins/ includes nothing of runtime/
#         3. hark/plugin.h includes two headers of C; hark/plugin.hpp, and all it includes, only the language's own
#         4. a library is known to the one layer, or file, that wraps it
cmake_minimum_required(VERSION 3.25)
set(layers core ipc topic flow store bus host worker config app admin cli)

# library (first part of the include), and the only places that may name it (regular expression on the file's path)
set(wrapped
  boost      "^runtime/(host/library\\.cpp|bus/thread_context\\.h)$"
  sha2.h     "^runtime/host/file_hash\\.cpp$"
  toml\\+\\+ "^runtime/config/"
  valijson   "^runtime/config/"
  spdlog     "^runtime/app/"
  fmt        "^runtime/app/"
  CLI        "^runtime/cli/"
  nlohmann   "^(runtime/config/|plugin-api/include/hark/sdk/json\\.hpp$)"
  simdjson.h "^(runtime/topic/|plugins/input/)"
  zlib.h     "^(plugins/log-file/|runtime/flow/spool_frame)")

set(faults)
macro(fault file include why)
  list(APPEND faults "${file}: #include ${include}: ${why}")
endmacro()

# All names between <> or "" that a file includes.
function(read_includes file out)
  file(STRINGS ${ROOT}/${file} lines REGEX "^[ \t]*#[ \t]*include[ \t]*[<\"]")
  list(TRANSFORM lines REPLACE "^[^<\"]*[<\"]([^>\"]*)[>\"].*" "\\1")
  set(${out} ${lines} PARENT_SCOPE)
endfunction()

function(sources_in out)
  set(patterns ${ARGN})
  list(TRANSFORM patterns REPLACE "(.+)" "${ROOT}/\\1/*.h;${ROOT}/\\1/*.hpp;${ROOT}/\\1/*.cpp;${ROOT}/\\1/*.c")
  file(GLOB_RECURSE found RELATIVE ${ROOT} ${patterns})
  set(${out} ${found} PARENT_SCOPE)
endfunction()

macro(check_layer file include)  # rule 1
  string(REGEX MATCH "^runtime/([^/]+)/" _ ${file})
  list(FIND layers "${CMAKE_MATCH_1}" own)
  string(REGEX MATCH "^([^/]+)/" _ ${include})
  list(FIND layers "${CMAKE_MATCH_1}" other)
  if(own EQUAL -1)
    fault(${file} ${include} "its folder is no layer: tests/checks/layers.cmake names them")
  elseif(other GREATER own)
    fault(${file} ${include} "points up, from ${file} to layer ${CMAKE_MATCH_1}")
  elseif(other EQUAL -1 AND EXISTS ${ROOT}/plugins/${include})
    fault(${file} ${include} "the runtime knows no plugin")
  endif()
endmacro()

macro(check_plugin file include)  # rule 2
  string(REGEX MATCH "^([^/]+)/" _ ${include})
  if("${CMAKE_MATCH_1}" IN_LIST layers AND NOT EXISTS ${ROOT}/plugins/${include})
    fault(${file} ${include} "a plugin knows plugin-api only, never runtime/")
  endif()
endmacro()

function(check_wrapped file include)  # rule 4
  set(rest ${wrapped})
  while(rest)
    list(POP_FRONT rest library places)
    if(include MATCHES "^${library}(/|$)" AND NOT file MATCHES "${places}")
      fault(${file} ${include} "only ${places} may")
    endif()
  endwhile()
  set(faults ${faults} PARENT_SCOPE)
endfunction()

function(check_public)  # rule 3
  set(todo hark/plugin.h hark/plugin.hpp)
  set(seen)
  while(todo)
    list(POP_FRONT todo header)
    list(APPEND seen ${header})
    read_includes(plugin-api/include/${header} includes)
    foreach(include ${includes})
      if(include MATCHES "^hark/")
        if(NOT include IN_LIST seen)
          list(APPEND todo ${include})
        endif()
      elseif(header STREQUAL "hark/plugin.h" AND NOT include MATCHES "^(stddef|stdint)\\.h$")
        fault(plugin-api/include/${header} ${include} "<stddef.h> and <stdint.h> are all that the ABI needs")
      elseif(NOT include MATCHES "^([a-z_]+|stddef\\.h|stdint\\.h|cxxabi\\.h)$")
        fault(plugin-api/include/${header} ${include} "not a header of the language's own, and hark/plugin.hpp includes it")
      endif()
    endforeach()
  endwhile()
  set(faults ${faults} PARENT_SCOPE)
endfunction()

sources_in(files runtime plugins plugin-api/include)
foreach(file ${files})
  read_includes(${file} includes)
  foreach(include ${includes})
    check_wrapped(${file} ${include})
    if(file MATCHES "^runtime/")
      check_layer(${file} ${include})
    elseif(file MATCHES "^plugins/")
      check_plugin(${file} ${include})
    endif()
  endforeach()
endforeach()
check_public()

list(LENGTH files checked)
if(faults)
  list(JOIN faults "\n  " text)
  message(FATAL_ERROR "includes that point the wrong way:\n  ${text}")
elseif(checked LESS 2)
  message(FATAL_ERROR "no source files below ${ROOT}")
endif()
message(STATUS "${checked} files, all includes point the right way")
