# Libraries that are not ours. Each is found or named with the command that
# brings it; none is downloaded here.

# Where ./dev puts them; the environment wins over an earlier run's answer.
set(PERIGEE_THIRD_PARTY ${CMAKE_SOURCE_DIR}/build/third_party CACHE PATH
    "Where ./dev setup puts fetched sources")
if(DEFINED ENV{PERIGEE_THIRD_PARTY})
  set(PERIGEE_THIRD_PARTY $ENV{PERIGEE_THIRD_PARTY} CACHE PATH "" FORCE)
endif()
set(CIVETWEB_SOURCE_DIR "" CACHE PATH
    "CivetWeb instead: include/civetweb.h and src/civetweb.c")
set(SQLITE_SOURCE_DIR "" CACHE PATH "SQLite instead: sqlite3.h and sqlite3.c")
set(civetweb_dir ${PERIGEE_THIRD_PARTY}/civetweb)
if(CIVETWEB_SOURCE_DIR)
  set(civetweb_dir ${CIVETWEB_SOURCE_DIR})
endif()
set(sqlite_dir ${PERIGEE_THIRD_PARTY}/sqlite)
if(SQLITE_SOURCE_DIR)
  set(sqlite_dir ${SQLITE_SOURCE_DIR})
endif()

find_package(PkgConfig)
find_package(Threads REQUIRED)
set(missing "")

# perigee_find(<name> <pkg-config module> <Debian package>) -> perigee::<name>
function(perigee_find name module package)
  if(PKG_CONFIG_FOUND)
    pkg_check_modules(PG_${name} QUIET IMPORTED_TARGET GLOBAL ${module})
  endif()
  if(TARGET PkgConfig::PG_${name})
    add_library(perigee::${name} ALIAS PkgConfig::PG_${name})
  else()
    set(missing ${missing}
        "${name}: apt-get install pkg-config ${package}" PARENT_SCOPE)
  endif()
endfunction()

perigee_find(xml libxml-2.0 libxml2-dev)
perigee_find(jansson jansson libjansson-dev)
perigee_find(argon2 libargon2 libargon2-dev)
perigee_find(utf8proc libutf8proc libutf8proc-dev)
perigee_find(lua lua5.4 liblua5.4-dev)
if(PERIGEE_TESTS)
  perigee_find(cmocka cmocka libcmocka-dev)
endif()

# Debian 12 has no pkg-config file for mbedTLS.
find_path(MBEDTLS_INCLUDE mbedtls/ssl.h)
find_library(MBEDTLS_TLS mbedtls)
find_library(MBEDTLS_X509 mbedx509)
find_library(MBEDTLS_CRYPTO mbedcrypto)
if(MBEDTLS_INCLUDE AND MBEDTLS_TLS AND MBEDTLS_X509 AND MBEDTLS_CRYPTO)
  add_library(perigee_mbedtls INTERFACE)
  target_include_directories(perigee_mbedtls SYSTEM INTERFACE
                             ${MBEDTLS_INCLUDE})
  target_link_libraries(perigee_mbedtls INTERFACE
                        ${MBEDTLS_TLS} ${MBEDTLS_X509} ${MBEDTLS_CRYPTO})
  add_library(perigee::mbedtls ALIAS perigee_mbedtls)
else()
  list(APPEND missing "mbedTLS: apt-get install libmbedtls-dev")
endif()

# SQLite: the system's only where it has the fix of the WAL-reset bug.
if(PKG_CONFIG_FOUND)
  pkg_check_modules(SYSTEM_SQLITE QUIET IMPORTED_TARGET GLOBAL sqlite3)
endif()
set(v "${SYSTEM_SQLITE_VERSION}")
if(EXISTS ${sqlite_dir}/sqlite3.c)
  add_library(perigee_sqlite STATIC ${sqlite_dir}/sqlite3.c)
  target_include_directories(perigee_sqlite SYSTEM PUBLIC ${sqlite_dir})
  target_compile_definitions(perigee_sqlite PRIVATE
      SQLITE_ENABLE_FTS5 SQLITE_ENABLE_MATH_FUNCTIONS
      SQLITE_OMIT_LOAD_EXTENSION SQLITE_DQS=0 SQLITE_THREADSAFE=2
      SQLITE_DEFAULT_MEMSTATUS=0 SQLITE_LIKE_DOESNT_MATCH_BLOBS
      SQLITE_OMIT_DEPRECATED
      $<$<CONFIG:Debug>:SQLITE_ENABLE_STMT_SCANSTATUS>)
  # An optimised compile under a sanitizer takes minutes.
  target_compile_options(perigee_sqlite PRIVATE -w
                         $<$<CONFIG:Debug>:-O1> $<$<CONFIG:Debug>:-g0>
                         ${PERIGEE_SANITIZE_LIBS})
  target_link_libraries(perigee_sqlite PUBLIC Threads::Threads m)
  add_library(perigee::sqlite ALIAS perigee_sqlite)
elseif(v VERSION_GREATER_EQUAL 3.51.3
       OR (v VERSION_GREATER_EQUAL 3.50.7 AND v VERSION_LESS 3.51))
  add_library(perigee::sqlite ALIAS PkgConfig::SYSTEM_SQLITE)
else()
  list(APPEND missing "SQLite 3.51.3 or newer (found: ${v}): ./dev setup, \
or -DSQLITE_SOURCE_DIR=<folder with sqlite3.c>")
endif()

# CivetWeb: the distribution's source, compiled with our options. The stock
# library fails on its first HTTPS request.
if(EXISTS ${civetweb_dir}/src/civetweb.c)
  if(TARGET perigee_mbedtls)
    add_library(perigee_civetweb STATIC ${civetweb_dir}/src/civetweb.c)
    target_include_directories(perigee_civetweb SYSTEM PUBLIC
                               ${civetweb_dir}/include)
    target_compile_definitions(perigee_civetweb PRIVATE
        USE_IPV6 USE_MBEDTLS NO_SSL NO_CGI NO_FILES NO_CACHING
        USE_X_DOM_SOCKET _GNU_SOURCE)
    target_compile_options(perigee_civetweb PRIVATE -w
                           ${PERIGEE_SANITIZE_LIBS})
    target_link_libraries(perigee_civetweb PUBLIC
                          perigee::mbedtls Threads::Threads)
    add_library(perigee::civetweb ALIAS perigee_civetweb)
  endif()
else()
  list(APPEND missing "CivetWeb's source: ./dev setup, \
or -DCIVETWEB_SOURCE_DIR=<folder with src/civetweb.c>")
endif()

if(missing)
  list(JOIN missing "\n  " missing)
  message(FATAL_ERROR "Something is missing; ./dev setup brings all of it.\n"
                      "  ${missing}")
endif()
