/* cell - what cell.c and the modules of its kinds share. */
#ifndef SCRIPT_CELL_H
#define SCRIPT_CELL_H

#include "script/sandbox.h"

struct cell_operator {
    const char *name;
    lua_CFunction f;
};
/* Into the metatable at the top. */
void cell_set_operators(lua_State *L, const struct cell_operator *ops,
                        size_t n);
void cell_set_index(lua_State *L, const char *module);
int cell_concat(lua_State *L);

void dec_operators(lua_State *L);
void money_operators(lua_State *L);
void date_operators(lua_State *L, enum script_kind kind);

static inline void dec_push(lua_State *L, int64_t v, int scale)
{
    cell_push(L, &(struct cell){
                     .kind = SCRIPT_DEC, .scale = (uint8_t)scale, .i = v});
}
/* dec, integer or (when `text`) the text of a number; false otherwise. */
bool dec_from(lua_State *L, int index, bool text, struct cell *out);
int dec_overflow(lua_State *L);

#endif
