# How our own code is compiled. `perigee_own(target)` makes a target ours.

set(PERIGEE_WARNINGS
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
    -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wformat=2
    -Wundef -Wvla -Wwrite-strings -Wcast-qual -Wcast-align -Wpointer-arith
    -Wimplicit-fallthrough -Wnull-dereference -Wdouble-promotion
    -Wswitch-enum)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  list(APPEND PERIGEE_WARNINGS -Wlogical-op -Wduplicated-cond
       -Wduplicated-branches -Wjump-misses-init)
endif()

# Compilers differ in what they say; Debian 12's decide, and a newer one's new
# opinion keeps nobody from building. A release is what users build: there a
# warning, which comes and goes with the optimiser, stops nobody either.
if(NOT CMAKE_BUILD_TYPE STREQUAL "Release" AND (
   (CMAKE_C_COMPILER_ID STREQUAL "GNU"
    AND CMAKE_C_COMPILER_VERSION VERSION_LESS 13)
   OR (CMAKE_C_COMPILER_ID STREQUAL "Clang"
       AND CMAKE_C_COMPILER_VERSION VERSION_LESS 15)))
  list(APPEND PERIGEE_WARNINGS -Werror)
endif()
# gcc 12 is often wrong about this one, each time elsewhere with other flags;
# `dev` and clang's analyzer hold us to it.
if(CMAKE_C_COMPILER_ID STREQUAL "GNU" AND NOT PERIGEE_SANITIZE MATCHES "address")
  list(APPEND PERIGEE_WARNINGS -Wno-error=maybe-uninitialized)
endif()

# Everything in the process, ours or not.
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options($<$<COMPILE_LANGUAGE:C>:-U_FORTIFY_SOURCE>
                      $<$<COMPILE_LANGUAGE:C>:-D_FORTIFY_SOURCE=2>
                      -fstack-protector-strong)
  add_link_options(LINKER:-z,relro,-z,now)
endif()
add_link_options(LINKER:--as-needed)

# Libraries get only the sanitizers that see our mistakes through them.
set(PERIGEE_SANITIZE_OWN "")
set(PERIGEE_SANITIZE_LIBS "")
if(PERIGEE_SANITIZE)
  set(PERIGEE_SANITIZE_OWN -fsanitize=${PERIGEE_SANITIZE}
      -fno-sanitize-recover=all -fno-omit-frame-pointer)
  if(PERIGEE_SANITIZE MATCHES "address|thread")
    set(PERIGEE_SANITIZE_LIBS -fsanitize=${CMAKE_MATCH_0}
        -fno-omit-frame-pointer)
  endif()
  add_link_options(-fsanitize=${PERIGEE_SANITIZE})
endif()
if(PERIGEE_FUZZ)
  list(APPEND PERIGEE_SANITIZE_OWN -fsanitize=fuzzer-no-link)
endif()
if(PERIGEE_COVERAGE)
  add_link_options(--coverage)
endif()

function(perigee_own target)
  # __FILE__ is a path of the tree, also when ccache names it from the build.
  file(RELATIVE_PATH up ${CMAKE_BINARY_DIR} ${CMAKE_SOURCE_DIR})
  string(REGEX REPLACE "/$" "" up "${up}")
  target_compile_options(${target} PRIVATE
      $<$<COMPILE_LANGUAGE:C>:${PERIGEE_WARNINGS}>
      $<$<COMPILE_LANGUAGE:C>:${PERIGEE_SANITIZE_OWN}>
      $<$<COMPILE_LANGUAGE:C>:-fmacro-prefix-map=${CMAKE_SOURCE_DIR}/=>
      $<$<COMPILE_LANGUAGE:C>:-fmacro-prefix-map=${up}/=>)
  target_compile_definitions(${target} PRIVATE _GNU_SOURCE
      PERIGEE_VERSION="${PROJECT_VERSION}")
  if(PERIGEE_FAULTS)
    target_compile_definitions(${target} PRIVATE PERIGEE_FAULTS=1)
  endif()
  if(PERIGEE_COVERAGE)
    target_compile_options(${target} PRIVATE
        $<$<COMPILE_LANGUAGE:C>:--coverage>)
  endif()
  if(EXISTS ${CMAKE_SOURCE_DIR}/core/base/banned.h)
    target_compile_options(${target} PRIVATE
        "$<$<COMPILE_LANGUAGE:C>:SHELL:-include ${CMAKE_SOURCE_DIR}/core/base/banned.h>")
  endif()
endfunction()

# A library needs one source; a folder may still be empty.
function(perigee_or_empty out)
  if(ARGN)
    set(${out} ${ARGN} PARENT_SCOPE)
  else()
    file(WRITE ${CMAKE_BINARY_DIR}/empty.c.new
         "extern const int perigee_empty;\nconst int perigee_empty = 0;\n")
    configure_file(${CMAKE_BINARY_DIR}/empty.c.new
                   ${CMAKE_BINARY_DIR}/empty.c COPYONLY)
    set(${out} ${CMAKE_BINARY_DIR}/empty.c PARENT_SCOPE)
  endif()
endfunction()
