# apps/, schemas/ and web/dist/ as data in the executable: one assembler file
# with an .incbin for each and a table sorted by path (runtime/app/embed.h).
# A changed file is assembled again, a new one configures again.

set(embed_root ${CMAKE_SOURCE_DIR})
file(GLOB_RECURSE embed_paths CONFIGURE_DEPENDS RELATIVE ${embed_root}
     ${embed_root}/apps/* ${embed_root}/schemas/* ${embed_root}/web/dist/*)
list(FILTER embed_paths EXCLUDE REGEX "(^|/)\\.|~$|\\.sw[a-z]$")
if(NOT EXISTS ${embed_root}/web/dist)
  message(STATUS "web/dist is missing: the web application is not embedded "
                 "(./dev build makes it)")
endif()

function(embed_type out path)
  set(type "application/octet-stream")
  foreach(row
      "html=text/html; charset=utf-8" "js=text/javascript; charset=utf-8"
      "mjs=text/javascript; charset=utf-8" "css=text/css; charset=utf-8"
      "json=application/json" "map=application/json"
      "webmanifest=application/manifest+json" "svg=image/svg+xml"
      "png=image/png" "jpg=image/jpeg" "webp=image/webp" "ico=image/x-icon"
      "woff2=font/woff2" "txt=text/plain; charset=utf-8"
      "md=text/markdown; charset=utf-8" "lua=text/plain; charset=utf-8"
      "csv=text/csv; charset=utf-8" "xml=application/xml"
      "xsd=application/xml")
    string(REGEX MATCH "^([a-z0-9]+)=(.*)$" whole "${row}")
    if(path MATCHES "\\.${CMAKE_MATCH_1}$")
      string(REGEX MATCH "^([a-z0-9]+)=(.*)$" whole "${row}")
      set(type "${CMAKE_MATCH_2}")
    endif()
  endforeach()
  set(${out} "${type}" PARENT_SCOPE)
endfunction()

# web/dist/x is served as web/x; x.gz and x.br belong to x.
set(embed_names "")
set(embed_files "")
foreach(path ${embed_paths})
  list(APPEND embed_files ${embed_root}/${path})
  if(path MATCHES "^web/dist/(.*)\\.(gz|br)$"
     AND EXISTS ${embed_root}/web/dist/${CMAKE_MATCH_1})
    continue()
  endif()
  string(REGEX REPLACE "^web/dist/" "web/" name "${path}")
  list(APPEND embed_names ${name})
endforeach()
list(SORT embed_names)

set(embed_data "")
set(embed_rows "")
set(embed_count 0)
foreach(name ${embed_names})
  string(REGEX REPLACE "^web/" "web/dist/" path "${name}")
  embed_type(type "${name}")
  set(i ${embed_count})
  string(APPEND embed_data
      "n${i}: .asciz \"${name}\"\nt${i}: .asciz \"${type}\"\n"
      "d${i}: .incbin \"${embed_root}/${path}\"\ne${i}: .byte 0\n")
  string(APPEND embed_rows ".8byte n${i}, t${i}, d${i}, e${i} - d${i}\n")
  foreach(kind gz br)
    if(path MATCHES "^web/" AND EXISTS ${embed_root}/${path}.${kind})
      string(APPEND embed_data "${kind}${i}: .incbin "
             "\"${embed_root}/${path}.${kind}\"\n${kind}e${i}: .byte 0\n")
      string(APPEND embed_rows
             ".8byte ${kind}${i}, ${kind}e${i} - ${kind}${i}\n")
    else()
      string(APPEND embed_rows ".8byte 0, 0\n")
    endif()
  endforeach()
  math(EXPR embed_count "${embed_count} + 1")
endforeach()

set(embed_asm ${CMAKE_BINARY_DIR}/embed_data.S)
file(CONFIGURE OUTPUT ${embed_asm} @ONLY CONTENT
"/* Written by runtime/embed.cmake: files inside the executable. */
.section .rodata
@embed_data@
.section .data.rel.ro.local,\"aw\"
.balign 8
.globl embed_rows
.hidden embed_rows
embed_rows:
@embed_rows@
.section .rodata
.balign 8
.globl embed_count
.hidden embed_count
embed_count: .8byte @embed_count@
.section .note.GNU-stack,\"\",%progbits
")
set_source_files_properties(${embed_asm} PROPERTIES
                            OBJECT_DEPENDS "${embed_files}")

add_library(embed_table STATIC app/embed.c ${embed_asm})
perigee_own(embed_table)
target_include_directories(embed_table PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
add_custom_target(embed DEPENDS embed_table)
