# cmake -DWORK=dir -P layers_planted.cmake: layers.cmake accepts a clean small tree, and refuses it again with each of
# these includes planted into it.
cmake_minimum_required(VERSION 3.25)
set(clean
  "runtime/core/clock.h|<chrono>" "runtime/bus/bus.cpp|\"core/clock.h\"" "runtime/host/library.cpp|<boost/dll/shared_library.hpp>"
  "plugins/input/reader.h|<hark/plugin.h>" "plugins/stdin/stdin.cpp|\"input/reader.h\""
  "plugin-api/include/hark/plugin.h|<stdint.h>" "plugin-api/include/hark/plugin.hpp|<hark/sdk/event.hpp>"
  "plugin-api/include/hark/sdk/event.hpp|<string_view>" "plugin-api/include/hark/sdk/json.hpp|<nlohmann/json.hpp>")
set(planted
  "runtime/core/clock.h|\"bus/bus.h\""                     # upward
  "runtime/bus/bus.cpp|  \"host/instance.h\""
  "runtime/misc/all.h|<string>"                            # no layer
  "runtime/app/runtime.cpp|\"input/reader.h\""             # a plugin's
  "plugins/stdin/stdin.cpp|\"core/clock.h\""               # a plugin reaches into the runtime
  "plugins/stdin/stdin.cpp|<boost/dll/shared_library.hpp>" # libraries outside of their wrapper
  "runtime/host/instance.cpp|<boost/dll/shared_library.hpp>"
  "runtime/app/plan.cpp|<toml++/toml.h>"
  "runtime/bus/lane.cpp|<spdlog/spdlog.h>"
  "runtime/core/clock.h|<simdjson.h>"
  "plugin-api/include/hark/plugin.h|<stdbool.h>"           # the ABI
  "plugin-api/include/hark/plugin.hpp|<nlohmann/json.hpp>"
  "plugin-api/include/hark/sdk/event.hpp|<hark/sdk/json.hpp>") # by way of another header

function(plant entry)
  string(REGEX MATCH "^(.*)\\|(.*)$" _ "${entry}")
  file(APPEND ${WORK}/${CMAKE_MATCH_1} "#include ${CMAKE_MATCH_2}\n")
endfunction()

function(expect entry clean_tree)
  file(REMOVE_RECURSE ${WORK})
  foreach(line ${clean})
    plant("${line}")
  endforeach()
  if(entry)
    plant("${entry}")
  endif()
  execute_process(COMMAND ${CMAKE_COMMAND} -DROOT=${WORK} -P ${CMAKE_CURRENT_LIST_DIR}/layers.cmake
    RESULT_VARIABLE status OUTPUT_VARIABLE said ERROR_VARIABLE said)
  if(clean_tree AND NOT status EQUAL 0)
    message(FATAL_ERROR "refused a clean tree: ${said}")
  elseif(NOT clean_tree AND (status EQUAL 0 OR NOT said MATCHES "point the wrong way"))
    message(FATAL_ERROR "did not find ${entry}: ${said}")
  endif()
endfunction()

expect("" TRUE)
foreach(entry ${planted})
  expect("${entry}" FALSE)
endforeach()
file(REMOVE_RECURSE ${WORK})
