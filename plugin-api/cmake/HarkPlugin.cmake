# hark_add_plugin(NAME SOURCES file... [LINKS target...] [TYPED] [OUTPUT_DIRECTORY dir])
#
# Builds NAME.so from C or C++ files: the one way to build a Hark plugin, the bundled ones and strangers' alike.
#   LINKS             further libraries
#   TYPED             the plugin includes <hark/typed.hpp>: adds nlohmann/json (header-only, no run-time dependency)
#   OUTPUT_DIRECTORY  where NAME.so goes; else ${HARK_PLUGIN_OUTPUT_DIRECTORY}, else the current binary folder
#
# The result exports hark_entry_v1 and nothing else, needs every symbol at load time, and can be unloaded: symbols are
# hidden and a version script keeps templates of the standard library, which ignore visibility, inside; without
# -fno-gnu-unique dlclose() would silently keep the library.
include_guard(GLOBAL)

set(HARK_PLUGIN_VERSION_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/plugin.map CACHE INTERNAL "")

function(hark_add_plugin name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "TYPED" "OUTPUT_DIRECTORY" "SOURCES;LINKS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "hark_add_plugin(${name}): unknown argument: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT arg_SOURCES)
    message(FATAL_ERROR "hark_add_plugin(${name}): needs SOURCES file...")
  endif()
  if(NOT arg_OUTPUT_DIRECTORY)
    set(arg_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})
    if(HARK_PLUGIN_OUTPUT_DIRECTORY)
      set(arg_OUTPUT_DIRECTORY ${HARK_PLUGIN_OUTPUT_DIRECTORY})
    endif()
  endif()

  add_library(${name} MODULE ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE hark::plugin_api ${arg_LINKS})
  if(arg_TYPED)
    find_package(nlohmann_json 3.2 REQUIRED)
    target_link_libraries(${name} PRIVATE nlohmann_json::nlohmann_json)
  endif()
  get_property(languages GLOBAL PROPERTY ENABLED_LANGUAGES)
  if("CXX" IN_LIST languages AND NOT CMAKE_CXX_STANDARD)
    target_compile_features(${name} PRIVATE cxx_std_17)
  endif()
  set_target_properties(${name} PROPERTIES
    PREFIX "" SUFFIX ".so" LIBRARY_OUTPUT_DIRECTORY ${arg_OUTPUT_DIRECTORY}
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    LINK_DEPENDS ${HARK_PLUGIN_VERSION_SCRIPT})
  target_compile_options(${name} PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique>)
  target_link_options(${name} PRIVATE
    -Wl,--version-script=${HARK_PLUGIN_VERSION_SCRIPT} -Wl,-z,now -Wl,--build-id)
  # clang leaves the sanitizers' run-time to the executable, so that a plugin built with one has undefined symbols.
  get_directory_property(options LINK_OPTIONS)
  if(NOT ("${CMAKE_C_COMPILER_ID}${CMAKE_CXX_COMPILER_ID}" MATCHES "Clang" AND
          "${CMAKE_C_FLAGS} ${CMAKE_CXX_FLAGS} ${CMAKE_MODULE_LINKER_FLAGS} ${options}" MATCHES "-fsanitize"))
    target_link_options(${name} PRIVATE -Wl,--no-undefined)
  endif()
  set_property(GLOBAL APPEND PROPERTY HARK_PLUGINS ${name})  # for tests that look at each
endfunction()
