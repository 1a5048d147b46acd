/*
 * table - lists: raw length, raw members, charged before the loop runs.
 */
#include "script/sandbox.h"

enum { SORT_MAX = 100000, UNPACK_MAX = 250 };

/* concat(list, sep?, i?, j?) */
static int tab_concat(lua_State *L)
{
    struct sandbox *s = sandbox_of(L);
    lua_Integer n = sandbox_list_arg(L, 1);
    struct str sep = {"", 0};
    lua_Integer i, j;
    luaL_Buffer b;

    if (!lua_isnoneornil(L, 2))
        sep.p = luaL_checklstring(L, 2, &sep.n);
    i = luaL_optinteger(L, 3, 1);
    j = luaL_optinteger(L, 4, n);
    luaL_argcheck(L, i >= 1 && j <= n, 3, "outside the list");
    lua_settop(L, 4);
    if (j >= i)
        sandbox_step(L, s, j - i + 1);
    luaL_buffinit(L, &b);
    for (; i <= j; i++) {
        size_t length;
        const char *p;

        lua_rawgeti(L, 1, i);
        if (!lua_isstring(L, -1) && !cell_test(L, -1))
            return luaL_error(L,
                              "invalid value (a %s) at index %d in table for "
                              "'concat'",
                              luaL_typename(L, -1), (int)i);
        sandbox_tostring(L, -1, NULL);
        lua_replace(L, 4); /* the buffer wants its value on top */
        lua_pop(L, 1);
        p = lua_tolstring(L, 4, &length);
        if (luaL_bufflen(&b) + length + sep.n + 25 > (size_t)s->job->limits.one)
            sandbox_die(L, KILL_STRING);
        sandbox_copying(L, length + sep.n);
        luaL_addlstring(&b, p, length);
        if (i < j)
            luaL_addlstring(&b, sep.p, sep.n);
    }
    luaL_pushresult(&b);
    return 1;
}

static int tab_insert(lua_State *L)
{
    lua_Integer n = sandbox_list_arg(L, 1);
    lua_Integer at = n + 1;

    if (lua_gettop(L) == 3) {
        at = luaL_checkinteger(L, 2);
        luaL_argcheck(L, at >= 1 && at <= n + 1, 2, "position out of bounds");
        sandbox_step(L, sandbox_of(L), n + 1 - at + 1);
        for (lua_Integer i = n + 1; i > at; i--) {
            lua_rawgeti(L, 1, i - 1);
            lua_rawseti(L, 1, i);
        }
    } else if (lua_gettop(L) != 2) {
        return luaL_error(L, "wrong number of arguments to 'insert'");
    }
    lua_rawseti(L, 1, at);
    return 0;
}

static int tab_remove(lua_State *L)
{
    lua_Integer n = sandbox_list_arg(L, 1);
    lua_Integer at = luaL_optinteger(L, 2, n);

    if (lua_gettop(L) > 1)
        luaL_argcheck(L, (at >= 1 && at <= n + 1) || (n == 0 && at == 0), 2,
                      "position out of bounds");
    sandbox_step(L, sandbox_of(L), at < n ? n - at + 1 : 1);
    lua_rawgeti(L, 1, at);
    for (; at < n; at++) {
        lua_rawgeti(L, 1, at + 1);
        lua_rawseti(L, 1, at);
    }
    if (at >= 1 && at <= n) {
        lua_pushnil(L);
        lua_rawseti(L, 1, at);
    }
    return 1;
}

static int tab_unpack(lua_State *L)
{
    lua_Integer i = luaL_optinteger(L, 2, 1);
    lua_Integer j = lua_isnoneornil(L, 3) ? sandbox_list_arg(L, 1)
                                          : luaL_checkinteger(L, 3);

    luaL_checktype(L, 1, LUA_TTABLE);
    if (i > j)
        return 0;
    luaL_argcheck(L, (lua_Unsigned)j - (lua_Unsigned)i < UNPACK_MAX, 3,
                  "at most 250 results");
    sandbox_step(L, sandbox_of(L), j - i + 1);
    luaL_checkstack(L, (int)(j - i + 1), "too many results to unpack");
    for (lua_Integer k = i;; k++) { /* j may be the largest integer */
        lua_rawgeti(L, 1, k);
        if (k == j)
            break;
    }
    return (int)(j - i + 1);
}

/* --- sort: a merge sort, so that a comparison that lies costs n log n and no
   more, and equal members stay in order ---------------------------------------------------- */

/* b before a? Both are at the top: a, b; pops them. */
static bool goes_before(lua_State *L)
{
    bool before;

    sandbox_step(L, sandbox_of(L), 2);
    if (lua_isnil(L, 2)) {
        before = lua_compare(L, -1, -2, LUA_OPLT);
        lua_pop(L, 2);
        return before;
    }
    lua_pushvalue(L, 2);
    lua_insert(L, -3); /* f a b */
    lua_insert(L, -2); /* f b a */
    lua_call(L, 2, 1);
    before = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return before;
}

/* Two sorted runs of table `from` into table `to`: [i, mid) and [mid, end). */
static void merge(lua_State *L, int from, int to, lua_Integer i,
                  lua_Integer mid, lua_Integer end)
{
    lua_Integer a = i;
    lua_Integer b = mid;

    for (lua_Integer at = i; at < end; at++) {
        bool second = a >= mid;

        if (!second && b < end) {
            lua_rawgeti(L, from, a);
            lua_rawgeti(L, from, b);
            second = goes_before(L);
        }
        lua_rawgeti(L, from, second ? b++ : a++);
        lua_rawseti(L, to, at);
    }
}

static int tab_sort(lua_State *L)
{
    lua_Integer n = sandbox_list_arg(L, 1);
    int from = 3;
    int to = 4;

    luaL_argcheck(L, n <= SORT_MAX, 1, "at most 100000 members");
    luaL_argcheck(L, !lua_getmetatable(L, 1), 1,
                  "a table with a metatable is not sorted");
    if (!lua_isnoneornil(L, 2))
        luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 2);
    sandbox_step(L, sandbox_of(L), n);
    lua_createtable(L, (int)n, 0);
    lua_createtable(L, (int)n, 0);
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, 1, i);
        lua_rawseti(L, 3, i);
    }
    for (lua_Integer width = 1; width < n; width *= 2) {
        for (lua_Integer i = 1; i <= n; i += 2 * width) {
            lua_Integer mid = i + width <= n + 1 ? i + width : n + 1;
            lua_Integer end = mid + width <= n + 1 ? mid + width : n + 1;

            merge(L, from, to, i, mid, end);
        }
        from = 7 - from;
        to = 7 - to;
    }
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, from, i);
        lua_rawseti(L, 1, i);
    }
    return 0;
}

static const struct script_fn FNS[] = {
    {"table.concat", "table.concat(list, sep?, i?, j?) -> text", SCRIPT_ALL, 0,
     "The texts, numbers and exact values i to j, with `sep` between.",
     "assert(table.concat({1, 'b', dec.new('2.50')}, ',') == '1,b,2.50')",
     tab_concat, NULL},
    {"table.insert", "table.insert(list, pos?, value)", SCRIPT_ALL, 0,
     "At position `pos` (at the end), moving the others up.",
     "local t = {1, 3}\n"
     "table.insert(t, 2, 2)\n"
     "assert(t[2] == 2 and #t == 3)",
     tab_insert, NULL},
    {"table.remove", "table.remove(list, pos?) -> value", SCRIPT_ALL, 0,
     "Takes the member at `pos` (the last) out.",
     "local t = {1, 2}\n"
     "assert(table.remove(t, 1) == 1 and #t == 1)",
     tab_remove, NULL},
    {"table.sort", "table.sort(list, before?)", SCRIPT_ALL, 0,
     "In place, by `<` or by `before(a, b)`; equal members stay in order. At "
     "most 100,000 members, no metatable.",
     "local t = {3, 1, 2}\n"
     "table.sort(t, function(a, b) return a > b end)\n"
     "assert(t[1] == 3 and t[3] == 1)",
     tab_sort, NULL},
    {"table.unpack", "table.unpack(list, i?, j?) -> ...", SCRIPT_ALL, 0,
     "The members i to j as results, at most 250.",
     "assert(select('#', table.unpack({1, 2})) == 2)", tab_unpack, NULL},
};

const struct script_module script_module_table = {
    .name = "table",
    .doc = "Lists in tables. Lengths and members are raw: `__len`, `__index` "
           "and `__newindex` are not asked. `list` has more.",
    .fns = FNS,
    .n = sizeof FNS / sizeof FNS[0],
};
