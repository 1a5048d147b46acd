/*
 * error - errors that scripts catch: {code, message, field, details, where}
 * with a closed metatable; and reading error values without running anything.
 */
#include "base/utf8.h"
#include "script/sandbox.h"

static const char ERROR_KEY = 0; /* registry: the metatable of errors */

static int error_tostring(lua_State *L)
{
    if (!sandbox_is_error(L, 1))
        return luaL_argerror(L, 1, "an error expected");
    lua_pushliteral(L, "message");
    lua_rawget(L, 1);
    if (lua_type(L, -1) != LUA_TSTRING)
        lua_pushliteral(L, "error");
    return 1;
}

static void push_metatable(lua_State *L)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &ERROR_KEY) == LUA_TTABLE)
        return;
    lua_pop(L, 1);
    lua_createtable(L, 0, 3);
    lua_pushcfunction(L, error_tostring);
    lua_setfield(L, -2, "__tostring");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pushliteral(L, "error");
    lua_setfield(L, -2, "__name");
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &ERROR_KEY);
}

int sandbox_raise_table(lua_State *L)
{
    luaL_checkstack(L, 4, NULL);
    luaL_where(L, 1);
    lua_setfield(L, -2, "where");
    push_metatable(L);
    lua_setmetatable(L, -2);
    return lua_error(L);
}

int sandbox_raise(lua_State *L, const char *code, const char *fmt, ...)
{
    va_list args;

    luaL_checkstack(L, 6, NULL);
    lua_createtable(L, 0, 4);
    lua_pushstring(L, code);
    lua_setfield(L, -2, "code");
    va_start(args, fmt);
    lua_pushvfstring(L, fmt, args);
    va_end(args);
    lua_setfield(L, -2, "message");
    return sandbox_raise_table(L);
}

bool sandbox_is_error(lua_State *L, int index)
{
    bool is;

    if (!lua_istable(L, index) || !lua_checkstack(L, 3) ||
        !lua_getmetatable(L, index))
        return false;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &ERROR_KEY);
    is = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return is;
}

struct str sandbox_error_text(lua_State *L, int index)
{
    struct str s;
    ptrdiff_t bad;

    /* Numbers are left: converting one in place could fail for memory. */
    if (lua_type(L, index) != LUA_TSTRING)
        return STR("The script raised an error that is no text.");
    s.p = lua_tolstring(L, index, &s.n);
    s = str_sub(s, 0, WIRE_TEXT_BYTES);
    if (s.n > 0 && memchr(s.p, 0, s.n))
        s.n = strlen(s.p);
    bad = utf8_invalid(s);
    return bad < 0 ? s : str_sub(s, 0, (size_t)bad);
}

/* By type: lua_Number and lua_Integer as Lua writes them. */
static void push_number(lua_State *L, int index)
{
    lua_pushvalue(L, index); /* lua_tolstring converts in place */
    lua_tolstring(L, -1, NULL);
}

const char *sandbox_tostring(lua_State *L, int index, size_t *n)
{
    int top = lua_gettop(L);
    struct cell *cell;
    char text[64];

    index = lua_absindex(L, index);
    luaL_checkstack(L, 6, NULL);
    cell = cell_test(L, index);
    if (cell) {
        lua_pushlstring(L, text, cell_text(L, cell, text));
    } else if (luaL_callmeta(L, index, "__tostring")) {
        if (lua_type(L, -1) != LUA_TSTRING)
            luaL_error(L, "'__tostring' must return a string");
    } else {
        switch (lua_type(L, index)) {
        case LUA_TNUMBER:
            push_number(L, index);
            break;
        case LUA_TSTRING:
            lua_pushvalue(L, index);
            break;
        case LUA_TBOOLEAN:
            lua_pushstring(L, lua_toboolean(L, index) ? "true" : "false");
            break;
        case LUA_TLIGHTUSERDATA:
            lua_pushliteral(L, "null");
            break;
        default: /* never an address */
            if (luaL_getmetafield(L, index, "__name") == LUA_TSTRING)
                break;
            lua_settop(L, top);
            lua_pushstring(L, luaL_typename(L, index));
            break;
        }
    }
    return lua_tolstring(L, -1, n);
}

lua_Integer sandbox_list_arg(lua_State *L, int arg)
{
    luaL_checktype(L, arg, LUA_TTABLE);
    return (lua_Integer)lua_rawlen(L, arg);
}
