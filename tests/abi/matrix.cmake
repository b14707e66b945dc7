# Plugins of each minor up to the next one, and a host of the next one, all with the header that grow.cmake makes.
set(header ${api}/include/hark/plugin.h)
set(grown ${CMAKE_CURRENT_BINARY_DIR}/next/include)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${header} ${CMAKE_CURRENT_SOURCE_DIR}/grow.cmake)
execute_process(COMMAND ${CMAKE_COMMAND} -DFROM=${header} -DTO=${grown}/hark/plugin.h
  -P ${CMAKE_CURRENT_SOURCE_DIR}/grow.cmake COMMAND_ERROR_IS_FATAL ANY)
file(STRINGS ${grown}/hark/plugin.h next REGEX "#define HARK_ABI_MINOR [0-9]+u")
string(REGEX REPLACE "^.* ([0-9]+)u.*$" "\\1" next "${next}")

function(hark_matrix_plugin name source minor min_host)
  hark_add_plugin(${name} SOURCES matrix/${source} OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests/plugins)
  target_include_directories(${name} BEFORE PRIVATE ${grown})
  target_compile_definitions(${name} PRIVATE
    HARK_ABI_MINOR=${minor}u NEXT_MINOR=${next}u MIN_HOST_MINOR=${min_host}u)
endfunction()
foreach(minor RANGE ${next})
  hark_matrix_plugin(abi_c_${minor} in_c.c ${minor} 0)
  hark_matrix_plugin(abi_sdk_${minor} with_sdk.cpp ${minor} 0)
endforeach()
hark_matrix_plugin(abi_c_needs_next in_c.c ${next} ${next})
hark_matrix_plugin(abi_sdk_needs_next with_sdk.cpp ${next} ${next})

add_executable(abi_matrix_tests
  matrix_test.cpp ../e2e/process.cpp ../e2e/ledger.cpp ../e2e/events.cpp ../e2e/host.cpp)
find_package(simdjson 3.0 REQUIRED)
target_link_libraries(abi_matrix_tests PRIVATE
  hark::plugin_api simdjson::simdjson Catch2::Catch2WithMain Threads::Threads hark_build_flags)
target_precompile_headers(abi_matrix_tests PRIVATE <catch2/catch.hpp>)
target_compile_definitions(abi_matrix_tests PRIVATE
  HARK_BINARY="$<TARGET_FILE:hark>" HARK_ZOO="${PROJECT_BINARY_DIR}/tests/plugins")
add_dependencies(abi_matrix_tests hark stdin log-file abi_c_needs_next abi_sdk_needs_next)
foreach(minor RANGE ${next})
  add_dependencies(abi_matrix_tests abi_c_${minor} abi_sdk_${minor})
endforeach()

# The next host is all of the runtime once more, as the longer structs are everywhere in it; without optimisation, so that
# it is built in a minute. Not with the sanitizers: plugins that end at the edge of their memory find the same. It links to
# the layers for their libraries' sake: nothing is left undefined for which the linker would take a file of theirs.
if(NOT HARK_SANITIZE)
  add_executable(hark_next)
  target_include_directories(hark_next BEFORE PRIVATE ${grown})
  foreach(layer core topic flow store bus host config app admin cli)
    if(TARGET hark_${layer})
      set(target hark_${layer})
      target_link_libraries(hark_next PRIVATE ${target})
    elseif(layer STREQUAL cli)
      set(target hark)
    else()
      continue()
    endif()
    get_target_property(sources ${target} SOURCES)
    list(TRANSFORM sources PREPEND ${PROJECT_SOURCE_DIR}/runtime/${layer}/)
    target_sources(hark_next PRIVATE ${sources})
    target_include_directories(hark_next PRIVATE $<TARGET_PROPERTY:${target},INCLUDE_DIRECTORIES>)
    target_compile_definitions(hark_next PRIVATE $<TARGET_PROPERTY:${target},COMPILE_DEFINITIONS>)
  endforeach()
  target_compile_options(hark_next PRIVATE -O0 -g0)
  add_dependencies(abi_matrix_tests hark_next)
  target_compile_definitions(abi_matrix_tests PRIVATE HARK_NEXT_BINARY="$<TARGET_FILE:hark_next>")
endif()

catch_discover_tests(abi_matrix_tests EXTRA_ARGS --warn NoTests TEST_PREFIX "abi: " PROPERTIES TIMEOUT 240)
