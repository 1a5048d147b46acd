/*
 * string_parts - between the files of the library of texts.
 */
#ifndef SCRIPT_STRING_PARTS_H
#define SCRIPT_STRING_PARTS_H

#include "script/sandbox.h"

/* n bytes into the buffer, charged; a text past the limit of one ends the run. */
void string_add(lua_State *L, luaL_Buffer *b, const char *p, size_t n);
/* string.format, by its row in string.c. */
int string_format(lua_State *L);

#endif
