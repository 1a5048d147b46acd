/*
 * list - functions over tables 1 .. n. They answer new tables; the script's
 * functions run in between, so nothing is held but what is on the stack.
 */
#include "script/sandbox.h"

static lua_Integer begin(lua_State *L, bool needs_function)
{
    lua_Integer n = sandbox_list_arg(L, 1);

    if (needs_function)
        luaL_checktype(L, 2, LUA_TFUNCTION);
    sandbox_step(L, sandbox_of(L), n);
    return n;
}

/* f(member i, i), onto the stack. */
static void call_with(lua_State *L, lua_Integer i)
{
    lua_pushvalue(L, 2);
    lua_rawgeti(L, 1, i);
    lua_pushinteger(L, i);
    lua_call(L, 2, 1);
}

static int list_map(lua_State *L)
{
    lua_Integer n = begin(L, true);
    lua_Integer k = 0;

    lua_settop(L, 2);
    lua_createtable(L, (int)n, 0);
    for (lua_Integer i = 1; i <= n; i++) {
        call_with(L, i);
        if (lua_isnil(L, -1))
            lua_pop(L, 1);
        else
            lua_rawseti(L, 3, ++k);
    }
    return 1;
}

static int list_filter(lua_State *L)
{
    lua_Integer n = begin(L, true);
    lua_Integer k = 0;

    lua_settop(L, 2);
    lua_newtable(L);
    for (lua_Integer i = 1; i <= n; i++) {
        call_with(L, i);
        if (lua_toboolean(L, -1)) {
            lua_rawgeti(L, 1, i);
            lua_rawseti(L, 3, ++k);
        }
        lua_pop(L, 1);
    }
    return 1;
}

static int list_reduce(lua_State *L)
{
    lua_Integer n = begin(L, true);
    lua_Integer i = 1;

    lua_settop(L, 3);
    if (lua_isnil(L, 3) && n > 0) {
        lua_rawgeti(L, 1, i++);
        lua_replace(L, 3);
    }
    for (; i <= n; i++) {
        lua_pushvalue(L, 2);
        lua_pushvalue(L, 3);
        lua_rawgeti(L, 1, i);
        lua_call(L, 2, 1);
        lua_replace(L, 3);
    }
    return 1;
}

static int list_first(lua_State *L)
{
    lua_Integer n = begin(L, false);

    if (lua_isnoneornil(L, 2)) {
        lua_rawgeti(L, 1, 1);
        return 1;
    }
    luaL_checktype(L, 2, LUA_TFUNCTION);
    for (lua_Integer i = 1; i <= n; i++) {
        call_with(L, i);
        if (lua_toboolean(L, -1)) {
            lua_rawgeti(L, 1, i);
            return 1;
        }
        lua_pop(L, 1);
    }
    return 0;
}

static int find_truth(lua_State *L, bool truth)
{
    lua_Integer n = begin(L, true);

    for (lua_Integer i = 1; i <= n; i++) {
        call_with(L, i);
        if (lua_toboolean(L, -1) == (int)truth) {
            lua_pushboolean(L, truth);
            return 1;
        }
        lua_pop(L, 1);
    }
    lua_pushboolean(L, !truth);
    return 1;
}

static int list_any(lua_State *L)
{
    return find_truth(L, true);
}

static int list_all(lua_State *L)
{
    return find_truth(L, false);
}

/* What stands for member i: f(member), or its field of that name. */
static void push_key(lua_State *L, lua_Integer i)
{
    if (lua_type(L, 2) == LUA_TFUNCTION) {
        call_with(L, i);
        return;
    }
    lua_rawgeti(L, 1, i);
    if (lua_type(L, 2) == LUA_TSTRING) {
        lua_pushvalue(L, 2);
        lua_gettable(L, -2);
        lua_remove(L, -2);
    }
}

static void check_key(lua_State *L, bool optional)
{
    int type = lua_type(L, 2);

    luaL_argexpected(L,
                     type == LUA_TFUNCTION || type == LUA_TSTRING ||
                         (optional && lua_isnoneornil(L, 2)),
                     2, "function or field name");
    lua_settop(L, 2);
}

static int list_sum(lua_State *L)
{
    lua_Integer n = begin(L, false);

    check_key(L, true);
    for (lua_Integer i = 1; i <= n; i++) {
        push_key(L, i);
        if (i > 1)
            lua_arith(L, LUA_OPADD);
    }
    if (n == 0)
        lua_pushinteger(L, 0);
    return 1;
}

static int list_group_by(lua_State *L)
{
    lua_Integer n = begin(L, false);

    check_key(L, false);
    lua_newtable(L);
    for (lua_Integer i = 1; i <= n; i++) {
        push_key(L, i);
        if (lua_isnil(L, -1)) {
            lua_pop(L, 1);
            continue;
        }
        lua_pushvalue(L, -1);
        if (lua_rawget(L, 3) == LUA_TNIL) {
            lua_pop(L, 1);
            lua_newtable(L);
            lua_pushvalue(L, -2);
            lua_pushvalue(L, -2);
            lua_rawset(L, 3);
        }
        lua_rawgeti(L, 1, i);
        lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
        lua_pop(L, 2);
    }
    return 1;
}

static int list_index_by(lua_State *L)
{
    lua_Integer n = begin(L, false);

    check_key(L, false);
    lua_newtable(L);
    for (lua_Integer i = 1; i <= n; i++) {
        push_key(L, i);
        if (lua_isnil(L, -1)) {
            lua_pop(L, 1);
            continue;
        }
        lua_rawgeti(L, 1, i);
        lua_rawset(L, 3);
    }
    return 1;
}

static int list_uniq(lua_State *L)
{
    lua_Integer n = begin(L, false);
    lua_Integer k = 0;

    check_key(L, true);
    lua_newtable(L);
    lua_newtable(L); /* seen; keys by their text where equality is ours */
    for (lua_Integer i = 1; i <= n; i++) {
        push_key(L, i);
        if (cell_test(L, -1)) {
            sandbox_tostring(L, -1, NULL);
            lua_remove(L, -2);
        }
        if (lua_isnil(L, -1)) {
            lua_pop(L, 1);
            continue;
        }
        lua_pushvalue(L, -1);
        if (lua_rawget(L, 4) != LUA_TNIL) {
            lua_pop(L, 2);
            continue;
        }
        lua_pop(L, 1);
        lua_pushboolean(L, 1);
        lua_rawset(L, 4);
        lua_rawgeti(L, 1, i);
        lua_rawseti(L, 3, ++k);
    }
    lua_settop(L, 3);
    return 1;
}

static int list_chunk(lua_State *L)
{
    lua_Integer n = begin(L, false);
    lua_Integer size = luaL_checkinteger(L, 2);

    luaL_argcheck(L, size >= 1, 2, "1 or more members");
    lua_settop(L, 1);
    lua_newtable(L);
    for (lua_Integer i = 1; i <= n; i++) {
        if ((i - 1) % size == 0) {
            lua_settop(L, 2);
            lua_newtable(L);
            lua_pushvalue(L, 3);
            lua_rawseti(L, 2, (i - 1) / size + 1);
        }
        lua_rawgeti(L, 1, i);
        lua_rawseti(L, 3, (i - 1) % size + 1);
    }
    lua_settop(L, 2);
    return 1;
}

/* table.sort over pairs {key, member}: the keys are asked for once. */
static int pair_before(lua_State *L)
{
    bool down = lua_toboolean(L, lua_upvalueindex(1));

    lua_rawgeti(L, 1, 1);
    lua_rawgeti(L, 2, 1);
    if (lua_isnil(L, -1) || lua_isnil(L, -2)) /* nil comes last */
        lua_pushboolean(L, !lua_isnil(L, -2) && lua_isnil(L, -1));
    else
        lua_pushboolean(L, down ? lua_compare(L, -1, -2, LUA_OPLT)
                                : lua_compare(L, -2, -1, LUA_OPLT));
    return 1;
}

static int list_sort_by(lua_State *L)
{
    static const char *const WAYS[] = {"up", "down", NULL};
    lua_Integer n = begin(L, false);
    int way = luaL_checkoption(L, 3, "up", WAYS);

    check_key(L, false);
    lua_createtable(L, (int)n, 0);
    for (lua_Integer i = 1; i <= n; i++) {
        lua_createtable(L, 2, 0);
        push_key(L, i);
        lua_rawseti(L, -2, 1);
        lua_rawgeti(L, 1, i);
        lua_rawseti(L, -2, 2);
        lua_rawseti(L, 3, i);
    }
    for (size_t i = 0; i < script_module_table.n; i++)
        if (strcmp(script_module_table.fns[i].name, "table.sort") == 0)
            sandbox_push_fn(L, &script_module_table.fns[i]);
    lua_pushvalue(L, 3);
    lua_pushboolean(L, way);
    lua_pushcclosure(L, pair_before, 1);
    lua_call(L, 2, 0);
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, 3, i);
        lua_rawgeti(L, -1, 2);
        lua_rawseti(L, 3, i);
        lua_pop(L, 1);
    }
    return 1;
}

#define FN(name, signature, text, example)                                     \
    {                                                                          \
        "list." #name, signature, SCRIPT_ALL, 0, text, example, list_##name,   \
            NULL                                                               \
    }

static const struct script_fn FNS[] = {
    FN(all, "list.all(list, fn) -> bool",
       "Whether `fn(member, i)` holds for every member.",
       "assert(list.all({2, 4}, function(n) return n % 2 == 0 end))"),
    FN(any, "list.any(list, fn) -> bool", "Whether it holds for one.",
       "assert(list.any({1, 2}, function(n) return n > 1 end))"),
    FN(chunk, "list.chunk(list, n) -> list",
       "Lists of `n` members; the last may be shorter.",
       "assert(#list.chunk({1, 2, 3}, 2) == 2)"),
    FN(filter, "list.filter(list, fn) -> list",
       "The members for which `fn(member, i)` holds.",
       "assert(#list.filter({1, 2, 3}, function(n) return n > 1 end) == 2)"),
    FN(first, "list.first(list, fn?) -> value|nil",
       "The first member, or the first for which `fn` holds.",
       "assert(list.first({1, 2}, function(n) return n > 1 end) == 2)"),
    FN(group_by, "list.group_by(list, key) -> table",
       "Lists of members by what `key` (a field's name or a function) answers; "
       "members without one are left out.",
       "local g = list.group_by({{k = 'a'}, {k = 'b'}, {k = 'a'}}, 'k')\n"
       "assert(#g.a == 2 and #g.b == 1)"),
    FN(index_by, "list.index_by(list, key) -> table",
       "The members by their key; of equal keys the last.",
       "assert(list.index_by({{id = 7}}, 'id')[7].id == 7)"),
    FN(map, "list.map(list, fn) -> list",
       "What `fn(member, i)` answers for each; nil is left out.",
       "assert(list.map({1, 2}, function(n) return n * 2 end)[2] == 4)"),
    FN(reduce, "list.reduce(list, fn, start?) -> value",
       "`fn(so_far, member)` over all members, from `start` or the first.",
       "assert(list.reduce({1, 2, 3}, function(a, b) return a + b end) == 6)"),
    FN(sort_by, "list.sort_by(list, key, way?) -> list",
       "In the order of their keys, \"up\" or \"down\"; those without come "
       "last. The list itself stays as it is.",
       "local t = list.sort_by({{n = 2}, {n = 1}}, 'n')\n"
       "assert(t[1].n == 1)"),
    FN(sum, "list.sum(list, key?) -> number|dec|money",
       "All members added, or what `key` answers for each; 0 when empty.",
       "assert(list.sum({dec.new('0.10'), dec.new('0.20')}) == "
       "dec.new('0.3'))"),
    FN(uniq, "list.uniq(list, key?) -> list",
       "Without members that came before; exact values by what they say.",
       "assert(#list.uniq({1, 2, 1}) == 2)"),
};

const struct script_module script_module_list = {
    .name = "list",
    .doc = "Lists: tables with members 1 to n. A `key` is the name of a field "
           "or a function of the member.",
    .fns = FNS,
    .n = sizeof FNS / sizeof FNS[0],
};
