cmake_minimum_required(VERSION 3.25)
# cmake -DC=cc -DCXX=c++ -DINCLUDE=dirs -DWORK=dir -P headers.cmake
#
# Every public header compiles alone, in every version of its language that it promises, without a warning.
string(REPLACE "," ";" INCLUDE "${INCLUDE}")
list(TRANSFORM INCLUDE PREPEND -I)
set(strict -Wall -Wextra -pedantic -Werror -fsyntax-only)
file(MAKE_DIRECTORY ${WORK})

function(compile compiler language standard header)
  set(file ${WORK}/one.${language})
  file(WRITE ${file} "#include <${header}>\n")
  execute_process(COMMAND ${compiler} -std=${standard} ${strict} ${ARGN} ${INCLUDE} ${file}
    RESULT_VARIABLE result ERROR_VARIABLE errors)
  if(NOT result EQUAL 0)
    message(SEND_ERROR "${header} as ${standard} with ${compiler}:\n${errors}")
  endif()
endfunction()

foreach(standard c99 c11 c17)
  compile(${C} c ${standard} hark/plugin.h -Wpadded)
endforeach()
foreach(standard c++11 c++14 c++17 c++20 c++23)
  compile(${CXX} cpp ${standard} hark/plugin.h -Wpadded)
endforeach()
set(sdk -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Wcast-qual -Wnon-virtual-dtor)
foreach(standard c++17 c++20 c++23)
  foreach(header hark/plugin.hpp hark/sdk/fields.hpp hark/typed.hpp hark/testing/bare_host.hpp
          hark/testing/hostile_host.hpp)
    compile(${CXX} cpp ${standard} ${header} ${sdk})
  endforeach()
endforeach()

# plugin.h and plugin.hpp need nothing but the language's own headers; only typed.hpp may know the JSON library.
file(WRITE ${WORK}/one.cpp "#include <hark/plugin.hpp>\n")
execute_process(COMMAND ${CXX} -std=c++17 -M ${INCLUDE} ${WORK}/one.cpp OUTPUT_VARIABLE needed
  COMMAND_ERROR_IS_FATAL ANY)
if(needed MATCHES "nlohmann|hark/typed|hark/sdk/json|boost|fmt")
  message(SEND_ERROR "hark/plugin.hpp includes ${CMAKE_MATCH_0}")
endif()
