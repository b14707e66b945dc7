cmake_minimum_required(VERSION 3.25)
# cmake -DBUILD=build -DTEMPLATE=dir -DWORK=dir -DC=cc -DCXX=c++ -DGENERATOR=name -P stranger.cmake
#
# What a stranger does: install the component `plugin-api`, copy the template, build it against the installed package, run
# its test. And once more as a project in C.
file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK})

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${ARGN}\n${output}")
  endif()
endfunction()

function(build_and_test project)
  run(${CMAKE_COMMAND} -S ${project} -B ${project}/build -G ${GENERATOR} -DCMAKE_PREFIX_PATH=${WORK}/prefix
    -DCMAKE_C_COMPILER=${C} -DCMAKE_CXX_COMPILER=${CXX})
  run(${CMAKE_COMMAND} --build ${project}/build)
  run(${CMAKE_CTEST_COMMAND} --test-dir ${project}/build --output-on-failure --no-tests=error)
endfunction()

run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix --component plugin-api)
file(COPY ${TEMPLATE}/ DESTINATION ${WORK}/greet)
build_and_test(${WORK}/greet)

file(WRITE ${WORK}/in_c/quiet.c [[
#include <hark/plugin.h>
HARK_DECLARE_NOTE("test.quiet", "1.0.0", 0, HARK_NOTE_FENCED, HARK_CAP_SUBSCRIBER);
HARK_EXPORT const hark_module *HARK_CALL hark_entry_v1(const hark_loader *loader, hark_error *err) {
  return (void)loader, (void)err, (const hark_module *)0;
}
]])
file(WRITE ${WORK}/in_c/CMakeLists.txt [[
cmake_minimum_required(VERSION 3.22)
project(quiet LANGUAGES C)
find_package(hark-plugin 1.0 CONFIG REQUIRED)
hark_add_plugin(quiet SOURCES quiet.c)
enable_testing()
add_test(NAME quiet COMMAND ${CMAKE_COMMAND} -E compare_files $<TARGET_FILE:quiet> ${CMAKE_BINARY_DIR}/quiet.so)
]])
build_and_test(${WORK}/in_c)
