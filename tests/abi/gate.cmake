# cmake [-DHEADERS=dir] [-DBASELINES=dir] [-DWORK=dir] [-DCC=cc] [-DREQUIRED=ON] [-DRENEW=ON] -P gate.cmake
#
# The ABI in hark/plugin.h against the baselines, of which each minor has one (abi-1.N.xml: types; .constants: macros):
#   - with -DHARK_ABI_MINOR=N the header is what baseline N says, whatever minors came after it;
#   - minor N is minor N-1 with fields at the end of growable structs, new structs and new constants, and nothing else.
# RENEW writes the baseline of the header's own minor where there is none. Without abidiff: skipped, an error if REQUIRED.
cmake_minimum_required(VERSION 3.25)
get_filename_component(root ${CMAKE_CURRENT_LIST_DIR}/../.. ABSOLUTE)
foreach(default HEADERS=${root}/plugin-api/include BASELINES=${root}/tests/abi/baseline WORK=${root}/build/abi-gate CC=cc)
  string(REGEX MATCH "^(.*)=(.*)$" _ "${default}")
  if(NOT ${CMAKE_MATCH_1})
    set(${CMAKE_MATCH_1} ${CMAKE_MATCH_2})
  endif()
endforeach()

find_program(ABIDIFF abidiff)
find_program(ABIDW abidw)
if(NOT ABIDIFF OR NOT ABIDW)
  if(REQUIRED)
    message(FATAL_ERROR "the ABI gate needs abidiff and abidw: apt-get install abigail-tools")
  endif()
  message("skipped: no abidiff here; apt-get install abigail-tools")
  return()
endif()

set(header ${HEADERS}/hark/plugin.h)
set(again "cmake -DRENEW=ON -P tests/abi/gate.cmake")

function(preprocess minor out)
  execute_process(COMMAND ${CC} -std=c99 -DHARK_ABI_MINOR=${minor}u -I${HEADERS} -E ${ARGN} ${header} OUTPUT_VARIABLE text
    COMMAND_ERROR_IS_FATAL ANY)
  set(${out} "${text}" PARENT_SCOPE)
endfunction()

# Into WORK: probe-N.c, from which everything that the header declares can be reached, its types, and its constants.
# Pointers, as g++ makes one of functions that do the same, and abidw then sees one of them.
function(describe minor)
  preprocess(${minor} text -P)
  string(REGEX MATCHALL "(struct|union|enum) hark_[a-z0-9_]+" types "${text}")
  string(REGEX MATCHALL "hark_[a-z0-9_]+\\(" functions "${text}")
  set(probe "#include <hark/plugin.h>\n")
  list(REMOVE_DUPLICATES types)
  foreach(type ${types})
    string(REPLACE " " "_" name "${type}")
    string(APPEND probe "const ${type}* probe_${name};\n")
  endforeach()
  foreach(function ${functions})
    string(REPLACE "(" "" function ${function})
    string(APPEND probe "__typeof__(${function})* probe_${function};\n")
  endforeach()
  file(WRITE ${WORK}/probe-${minor}.c "${probe}")
  execute_process(COMMAND ${CC} -std=c99 -g -O0 -shared -fPIC -DHARK_ABI_MINOR=${minor}u -I${HEADERS} probe-${minor}.c
    -o probe-${minor}.so WORKING_DIRECTORY ${WORK} COMMAND_ERROR_IS_FATAL ANY)
  # Nothing in it that depends on the place, the lines or the machine.
  execute_process(COMMAND ${ABIDW} --type-id-style hash --no-corpus-path --no-comp-dir-path --no-show-locs
    --no-architecture --no-elf-needed --no-write-default-sizes probe-${minor}.so --out-file abi-1.${minor}.xml
    WORKING_DIRECTORY ${WORK} COMMAND_ERROR_IS_FATAL ANY)

  preprocess(${minor} text -dM)
  string(REGEX MATCHALL "#define HARK_[A-Z0-9_]+ [^\n]+" constants "${text}")
  list(FILTER constants EXCLUDE REGEX "HARK_ABI_MINOR|__attribute__")
  list(TRANSFORM constants REPLACE "#define " "")
  list(SORT constants)
  list(JOIN constants "\n" constants)
  file(WRITE ${WORK}/abi-1.${minor}.constants "${constants}\n")
endfunction()

# Lines of the first file that the second has not.
function(missing_lines from in out)
  file(STRINGS ${from} lines)
  file(STRINGS ${in} others)
  list(REMOVE_ITEM lines ${others})
  set(${out} "${lines}" PARENT_SCOPE)
endfunction()

# With -DHARK_ABI_MINOR=N, N no newer than the header's own: nothing may differ.
function(check_same minor)
  set(base ${BASELINES}/abi-1.${minor})
  set(now ${WORK}/abi-1.${minor})
  execute_process(COMMAND ${ABIDIFF} --harmless --redundant ${base}.xml ${now}.xml
    RESULT_VARIABLE differs OUTPUT_VARIABLE report ERROR_VARIABLE report)
  missing_lines(${base}.constants ${now}.constants gone)
  missing_lines(${now}.constants ${base}.constants come)
  if(differs EQUAL 0 AND NOT gone AND NOT come)
    return()
  endif()
  if(NOT differs EQUAL 0)
    execute_process(COMMAND ${ABIDIFF} --harmless --leaf-changes-only --no-show-locs ${base}.xml ${now}.xml
      RESULT_VARIABLE brief OUTPUT_VARIABLE leaves ERROR_VARIABLE leaves)
    if(NOT brief EQUAL 0)
      set(report "${leaves}")  # each change once, and not at each way that leads to it
    endif()
    message(NOTICE "${report}")
  endif()
  list(TRANSFORM gone PREPEND "constant gone or changed, was: ")
  list(TRANSFORM come PREPEND "constant new or changed, is: ")
  foreach(line ${gone} ${come})
    message(NOTICE "${line}")
  endforeach()
  math(EXPR next "${current} + 1")
  message(SEND_ERROR "plugin ABI 1.${minor} is not what it was (above): plugins in the field that were built with it break, or do "
    "not build any more. Take the change back. Where it is no more than new fields at the end of growable structs, new "
    "structs or new constants, put them behind `#if HARK_ABI_MINOR >= ${next}u`, raise HARK_ABI_MINOR to ${next}u, and commit the "
    "baseline that `${again}` writes. A minor that no release has had yet may change: then remove its baseline first. See "
    "docs/development.md, Changing the plugin ABI.")
endfunction()

# From one minor to the next. What abidiff can be told to overlook is too much: 2.2 takes has_data_member_inserted_at for
# leave to change the types of other members too. So its report is read, and a line of it that is not known to be growth
# is refused.
function(check_growth old new)
  execute_process(COMMAND ${ABIDIFF} --harmless --leaf-changes-only --no-show-locs
    ${BASELINES}/abi-1.${old}.xml ${WORK}/abi-1.${new}.xml RESULT_VARIABLE status OUTPUT_VARIABLE report
    ERROR_VARIABLE report)
  preprocess(${new} text -P)
  string(REGEX MATCHALL "struct hark_[a-z0-9_]+ {[ \n]*uint32_t +size" growable "${text}")
  list(TRANSFORM growable REPLACE " {.*" "")
  set(broken "")
  if(NOT status MATCHES "^[04]$")
    string(APPEND broken "abidiff ended with ${status}\n")  # 4: something changed; more: something went, or it failed
  endif()
  set(end 0)
  string(REPLACE "\n" ";" lines "${report}")
  foreach(line ${lines})
    if(line MATCHES "^'(struct hark_[a-z0-9_]+)' changed:$")
      list(FIND growable "${CMAKE_MATCH_1}" grows)
    elseif(line MATCHES "^  type size changed from ([0-9]+) to [0-9]+ ")
      set(grows 0)
      set(end ${CMAKE_MATCH_1})
    elseif(line MATCHES "^    '.*', at offset ([0-9]+) \\(in bits\\)$")
      math(EXPR grows "${CMAKE_MATCH_1} - ${end}")
    elseif(line MATCHES "^[A-Za-z/ ]+ summary: |^  [0-9]+ data member insertions?:$|^[0-9]+ Added |^  \\[A\\] ")
      set(grows 0)
    else()
      set(grows -1)
    endif()
    if(grows LESS 0)
      string(APPEND broken "${line}\n")
    endif()
  endforeach()
  missing_lines(${BASELINES}/abi-1.${old}.constants ${WORK}/abi-1.${new}.constants gone)
  foreach(line ${gone})
    string(APPEND broken "constant gone or changed, was: ${line}\n")
  endforeach()
  if(broken)
    message(NOTICE "${report}\nWhat is no growth in it:\n${broken}")
    message(SEND_ERROR "plugin ABI 1.${new} breaks plugins and hosts of 1.${old} (above). A minor may append fields to growable structs "
      "(those that begin with `uint32_t size`), and add structs and constants. Take the rest back; what cannot be had "
      "otherwise waits for the next major, hark_entry_v2.")
  endif()
endfunction()

file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK})
file(STRINGS ${header} current REGEX "#define HARK_ABI_MINOR [0-9]+u")
string(REGEX REPLACE "^.* ([0-9]+)u.*$" "\\1" current "${current}")
foreach(minor RANGE ${current})
  describe(${minor})
  set(base ${BASELINES}/abi-1.${minor})
  if(RENEW AND minor EQUAL current AND NOT EXISTS ${base}.xml)
    file(COPY ${WORK}/abi-1.${minor}.xml ${WORK}/abi-1.${minor}.constants DESTINATION ${BASELINES})
    message(STATUS "wrote ${base}.xml and .constants: look at them, and commit them with the header")
  endif()
  if(EXISTS ${base}.xml)
    check_same(${minor})
  else()
    message(SEND_ERROR "plugin ABI 1.${minor} has no baseline: commit the one that `${again}` writes")
  endif()
  if(minor GREATER 0)
    math(EXPR old "${minor} - 1")
    check_growth(${old} ${minor})
  endif()
endforeach()
math(EXPR next "${current} + 1")
if(EXISTS ${BASELINES}/abi-1.${next}.xml)
  message(SEND_ERROR "${BASELINES} knows plugin ABI 1.${next}, the header only 1.${current}: a minor is never taken back")
endif()
message(STATUS "plugin ABI 1.${current} looked at")
