/*
 * cell - exact values in Lua: dec, money, date, datetime, time, dur. Userdata
 * with a closed metatable; immutable; operators never lose a digit silently.
 */
#include <inttypes.h>

#include "base/decimal.h"
#include "script/cell.h"

static const char *const KIND_NAMES[] = {
    [SCRIPT_DEC] = "dec",   [SCRIPT_MONEY] = "money",
    [SCRIPT_DATE] = "date", [SCRIPT_INSTANT] = "datetime",
    [SCRIPT_TIME] = "time", [SCRIPT_DUR] = "dur",
    [SCRIPT_MAP] = NULL};

const char *cell_kind_name(enum script_kind kind)
{
    return KIND_NAMES[kind];
}

/* Its metatable, made at first need, in the registry by the kind's name. */
static void push_metatable(lua_State *L, enum script_kind kind)
{
    const char *name = KIND_NAMES[kind];

    luaL_checkstack(L, 10, NULL);
    lua_pushlightuserdata(L, (void *)(uintptr_t)name);
    if (lua_rawget(L, LUA_REGISTRYINDEX) == LUA_TTABLE)
        return;
    lua_pop(L, 1);
    lua_createtable(L, 0, 14);
    lua_pushstring(L, name);
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    if (kind == SCRIPT_DEC)
        dec_operators(L);
    else if (kind == SCRIPT_MONEY)
        money_operators(L);
    else
        date_operators(L, kind);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, name);
}

void cell_push(lua_State *L, const struct cell *c)
{
    struct cell *own = lua_newuserdatauv(L, sizeof *own, 0);

    *own = *c;
    push_metatable(L, c->kind);
    lua_setmetatable(L, -2);
}

struct cell *cell_test(lua_State *L, int index)
{
    struct cell *c;

    if (lua_type(L, index) != LUA_TUSERDATA ||
        lua_rawlen(L, index) != sizeof *c || !lua_getmetatable(L, index))
        return NULL;
    c = lua_touserdata(L, index < 0 ? index - 1 : index);
    /* Only ours is registered under the name of its kind. */
    if (c->kind < SCRIPT_DEC || c->kind > SCRIPT_DUR) {
        lua_pop(L, 1);
        return NULL;
    }
    lua_rawgetp(L, LUA_REGISTRYINDEX, KIND_NAMES[c->kind]);
    if (!lua_rawequal(L, -1, -2))
        c = NULL;
    lua_pop(L, 2);
    return c;
}

struct cell *cell_check(lua_State *L, int arg, enum script_kind kind)
{
    struct cell *c = cell_test(L, arg);

    if (!c || c->kind != kind) {
        sandbox_raise(L, "E_TYPE", "Argument %d must be a %s, not a %s.", arg,
                      KIND_NAMES[kind],
                      c ? KIND_NAMES[c->kind] : luaL_typename(L, arg));
    }
    return c;
}

/* PT1H30M, P1M2D, -PT5M, PT0S. */
static size_t dur_text(const struct cell *c, char out[64])
{
    uint64_t ms = c->i < 0 ? (uint64_t)0 - (uint64_t)c->i : (uint64_t)c->i;
    bool minus = c->i < 0 || c->months < 0;
    uint64_t days = ms / 86400000;
    int months = c->months < 0 ? -c->months : c->months;
    size_t n = (size_t)snprintf(out, 64, "%sP", minus ? "-" : "");

    if (months)
        n += (size_t)snprintf(out + n, 64 - n, "%dM", months);
    if (days)
        n += (size_t)snprintf(out + n, 64 - n, "%" PRIu64 "D", days);
    ms %= 86400000;
    if (ms || (!months && !days)) {
        n += (size_t)snprintf(out + n, 64 - n, "T");
        if (ms / 3600000)
            n += (size_t)snprintf(out + n, 64 - n, "%dH", (int)(ms / 3600000));
        if (ms / 60000 % 60)
            n += (size_t)snprintf(out + n, 64 - n, "%dM",
                                  (int)(ms / 60000 % 60));
        if (ms % 60000 % 1000)
            n += (size_t)snprintf(out + n, 64 - n, "%d.%03dS",
                                  (int)(ms % 60000 / 1000), (int)(ms % 1000));
        else if (ms % 60000 || ms == 0)
            n += (size_t)snprintf(out + n, 64 - n, "%dS",
                                  (int)(ms % 60000 / 1000));
    }
    return n;
}

size_t cell_text(lua_State *L, const struct cell *c, char out[64])
{
    size_t n;

    (void)L;
    switch (c->kind) {
    case SCRIPT_DEC:
        return decimal_format(c->i, c->scale, out);
    case SCRIPT_MONEY:
        n = decimal_format(c->i, c->scale, out);
        return n + (size_t)snprintf(out + n, 64 - n, " %s", c->cur);
    case SCRIPT_DATE:
        return date_format(c->i, out);
    case SCRIPT_INSTANT:
        return instant_format(c->i, out);
    case SCRIPT_TIME:
        return (size_t)snprintf(out, 64, "%02d:%02d", (int)(c->i / 60),
                                (int)(c->i % 60));
    case SCRIPT_DUR:
        return dur_text(c, out);
    case SCRIPT_NIL:
    case SCRIPT_BOOL:
    case SCRIPT_INT:
    case SCRIPT_FLOAT:
    case SCRIPT_TEXT:
    case SCRIPT_NULL:
    case SCRIPT_OBJECT:
    case SCRIPT_LIST:
    case SCRIPT_MAP:
        break;
    }
    return 0;
}

int cell_concat(lua_State *L)
{
    sandbox_tostring(L, 1, NULL);
    sandbox_tostring(L, 2, NULL);
    lua_concat(L, 2);
    return 1;
}

void cell_set_operators(lua_State *L, const struct cell_operator *ops, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        lua_pushcfunction(L, ops[i].f);
        lua_setfield(L, -2, ops[i].name);
    }
    lua_pushcfunction(L, cell_concat);
    lua_setfield(L, -2, "__concat");
}

/* __index of `m` with its methods, into the metatable at the top. */
void cell_set_index(lua_State *L, const char *module)
{
    const struct script_module *m = sandbox_module(L, module);

    if (!m)
        return;
    sandbox_object_metatable(L, m);
    lua_pushliteral(L, "__index");
    lua_rawget(L, -2);
    lua_remove(L, -2);
    lua_setfield(L, -2, "__index");
}
