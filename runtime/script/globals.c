/*
 * globals - the table of globals (sandbox.md 3): the basic functions in our
 * versions, the core libraries, and the modules, each made when a script first
 * names it. Nothing else can be reached.
 */
#include "script/sandbox.h"

static const char SNAPSHOTS_KEY = 0; /* registry: original -> snapshot */
static const char ORIGINAL_KEY = 0;  /* in a snapshot: the script's own table */
static const char CACHE_KEY = 0;

/* --- as Lua has them ------------------------------------------------------------------ */

static int base_assert(lua_State *L)
{
    if (lua_toboolean(L, 1))
        return lua_gettop(L);
    luaL_checkany(L, 1);
    lua_remove(L, 1);
    lua_pushliteral(L, "assertion failed!");
    lua_settop(L, 1);
    if (lua_type(L, 1) == LUA_TSTRING) {
        luaL_where(L, 1);
        lua_insert(L, 1);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

static int base_error(lua_State *L)
{
    int level = (int)luaL_optinteger(L, 2, 1);

    lua_settop(L, 1);
    if (lua_islightuserdata(L, 1))
        lua_pushliteral(L, "null"); /* never what a limit looks like */
    if (lua_type(L, -1) == LUA_TSTRING && level > 0) {
        luaL_where(L, level);
        lua_insert(L, -2);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

static int ipairs_next(lua_State *L)
{
    lua_Integer i = (lua_Integer)((lua_Unsigned)luaL_checkinteger(L, 2) + 1);

    lua_pushinteger(L, i);
    return lua_geti(L, 1, i) == LUA_TNIL ? 1 : 2;
}

static int base_ipairs(lua_State *L)
{
    luaL_checkany(L, 1);
    lua_pushcfunction(L, ipairs_next);
    lua_pushvalue(L, 1);
    lua_pushinteger(L, 0);
    return 3;
}

static int base_next(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 2);
    if (lua_next(L, 1))
        return 2;
    lua_pushnil(L);
    return 1;
}

static int base_pairs(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_pushcfunction(L, base_next);
    lua_pushvalue(L, 1);
    lua_pushnil(L);
    return 3;
}

static int base_rawequal(lua_State *L)
{
    luaL_checkany(L, 1);
    luaL_checkany(L, 2);
    lua_pushboolean(L, lua_rawequal(L, 1, 2));
    return 1;
}

static int base_rawlen(lua_State *L)
{
    int t = lua_type(L, 1);

    luaL_argexpected(L, t == LUA_TTABLE || t == LUA_TSTRING, 1,
                     "table or string");
    lua_pushinteger(L, (lua_Integer)lua_rawlen(L, 1));
    return 1;
}

static int base_type(lua_State *L)
{
    struct cell *c = cell_test(L, 1);

    luaL_checkany(L, 1);
    if (c)
        lua_pushstring(L, cell_kind_name(c->kind));
    else
        lua_pushstring(L, luaL_typename(L, 1));
    return 1;
}

/* Digits of `base` with a sign, spaces around; false otherwise. */
static bool in_base(struct str s, int base, lua_Integer *out)
{
    lua_Unsigned v = 0;
    bool minus = false;

    s = str_trim(s);
    if (s.n > 0 && (s.p[0] == '-' || s.p[0] == '+')) {
        minus = s.p[0] == '-';
        s = str_sub(s, 1, s.n);
    }
    if (s.n == 0)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'z' ? c - 'a' + 10
                    : c >= 'A' && c <= 'Z' ? c - 'A' + 10
                                           : 99;
        if (digit >= base)
            return false;
        v = v * (lua_Unsigned)base + (lua_Unsigned)digit;
    }
    *out = (lua_Integer)(minus ? 0 - v : v);
    return true;
}

static int base_tonumber(lua_State *L)
{
    struct str s;
    lua_Integer base, v;

    if (lua_isnoneornil(L, 2)) {
        luaL_checkany(L, 1);
        if (lua_type(L, 1) == LUA_TNUMBER) {
            lua_settop(L, 1);
            return 1;
        }
        if (lua_type(L, 1) == LUA_TSTRING) {
            s.p = lua_tolstring(L, 1, &s.n);
            sandbox_working(L, s.n);
            if (lua_stringtonumber(L, s.p) == s.n + 1)
                return 1;
        }
        lua_pushnil(L);
        return 1;
    }
    base = luaL_checkinteger(L, 2);
    luaL_checktype(L, 1, LUA_TSTRING);
    luaL_argcheck(L, base >= 2 && base <= 36, 2, "base out of range");
    s.p = lua_tolstring(L, 1, &s.n);
    sandbox_working(L, s.n);
    if (in_base(s, (int)base, &v))
        lua_pushinteger(L, v);
    else
        lua_pushnil(L);
    return 1;
}

/* --- ours ------------------------------------------------------------------------------- */

/* After a protected call: goes on dying when the run is to end. */
static void not_if_killed(lua_State *L, int status)
{
    struct sandbox *s = sandbox_of(L);

    if (s->killed)
        sandbox_die(L, s->killed);
    if (status == LUA_ERRMEM)
        sandbox_die(L, KILL_MEMORY);
    if (status == LUA_ERRERR)
        sandbox_die(L, KILL_STEPS);
}

static int base_pcall(lua_State *L)
{
    int status;

    luaL_checkany(L, 1);
    status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
    not_if_killed(L, status);
    luaL_checkstack(L, 1, NULL);
    lua_pushboolean(L, status == LUA_OK);
    lua_insert(L, 1);
    return lua_gettop(L);
}

/* try(f, on_error, ...): on_error runs after everything is unwound. */
static int base_try(lua_State *L)
{
    int status;

    luaL_checktype(L, 1, LUA_TFUNCTION);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_pushvalue(L, 1);
    lua_replace(L, 1);
    lua_pushvalue(L, 2); /* f on_error args.. on_error */
    lua_insert(L, 1);    /* on_error f on_error args */
    lua_remove(L, 3);
    status = lua_pcall(L, lua_gettop(L) - 2, LUA_MULTRET, 0);
    not_if_killed(L, status);
    if (status == LUA_OK)
        return lua_gettop(L) - 1;
    lua_call(L, 1, LUA_MULTRET);
    return lua_gettop(L);
}

static int base_select(lua_State *L)
{
    int n = lua_gettop(L);
    lua_Integer i;

    sandbox_step(L, sandbox_of(L), n);
    if (lua_type(L, 1) == LUA_TSTRING && *lua_tostring(L, 1) == '#') {
        lua_pushinteger(L, n - 1);
        return 1;
    }
    i = luaL_checkinteger(L, 1);
    if (i < 0)
        i = n + i;
    else if (i > n)
        i = n;
    luaL_argcheck(L, 1 <= i, 1, "index out of range");
    return n - (int)i;
}

static int base_tostring(lua_State *L)
{
    luaL_checkany(L, 1);
    sandbox_tostring(L, 1, NULL);
    return 1;
}

static void push_registry_table(lua_State *L, const char *key)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, key) == LUA_TTABLE)
        return;
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, key);
}

/* A private copy of the script's metatable: what it adds to its own later is
   not seen, so __gc and __mode never come in by the back door. */
static void push_snapshot(lua_State *L, int original)
{
    static const char *const COPIED[] = {
        "__index", "__newindex", "__call",   "__tostring", "__len",  "__eq",
        "__lt",    "__le",       "__concat", "__unm",      "__add",  "__sub",
        "__mul",   "__div",      "__mod",    "__pow",      "__idiv", "__name"};
    static const char *const REFUSED[] = {"__gc", "__mode", "__close",
                                          "__metatable"};

    push_registry_table(L, &SNAPSHOTS_KEY);
    lua_pushvalue(L, original);
    if (lua_rawget(L, -2) == LUA_TTABLE) {
        lua_remove(L, -2);
        return;
    }
    lua_pop(L, 1);
    for (size_t i = 0; i < sizeof REFUSED / sizeof REFUSED[0]; i++) {
        lua_pushstring(L, REFUSED[i]);
        if (lua_rawget(L, original) != LUA_TNIL)
            sandbox_raise(L, "E_TYPE", "A metatable may not have %s.",
                          REFUSED[i]);
        lua_pop(L, 1);
    }
    lua_newtable(L);
    for (size_t i = 0; i < sizeof COPIED / sizeof COPIED[0]; i++) {
        lua_pushstring(L, COPIED[i]);
        lua_pushvalue(L, -1);
        if (lua_rawget(L, original) == LUA_TNIL)
            lua_pop(L, 2);
        else
            lua_rawset(L, -3);
    }
    lua_pushvalue(L, original);
    lua_rawsetp(L, -2, &ORIGINAL_KEY);
    lua_pushvalue(L, original);
    lua_pushvalue(L, -2);
    lua_rawset(L, -4);
    lua_remove(L, -2);
}

static int base_setmetatable(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    sandbox_step(L, sandbox_of(L), 8);
    if (lua_getmetatable(L, 1))
        return sandbox_raise(L, "E_TYPE",
                             "This table has a metatable already.");
    push_snapshot(L, 2);
    lua_setmetatable(L, 1);
    lua_settop(L, 1);
    return 1;
}

static int base_getmetatable(lua_State *L)
{
    luaL_checkany(L, 1);
    if (lua_type(L, 1) != LUA_TTABLE && luaL_getmetafield(L, 1, "__name")) {
        lua_pushboolean(L, 0);
        return 1;
    }
    if (!lua_getmetatable(L, 1)) {
        lua_pushnil(L);
        return 1;
    }
    if (lua_type(L, 1) != LUA_TTABLE ||
        lua_rawgetp(L, -1, &ORIGINAL_KEY) == LUA_TNIL)
        lua_pushboolean(L, 0); /* texts, errors, _G */
    return 1;
}

static int base_cache(lua_State *L)
{
    int type = lua_type(L, 1);

    luaL_argexpected(L, type == LUA_TSTRING || type == LUA_TNUMBER, 1,
                     "string or number");
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 2);
    push_registry_table(L, &CACHE_KEY);
    lua_pushvalue(L, 1);
    if (lua_rawget(L, 3) != LUA_TNIL)
        return 1;
    lua_pop(L, 1);
    lua_pushvalue(L, 2);
    lua_call(L, 0, 1);
    lua_pushvalue(L, 1);
    lua_pushvalue(L, -2);
    lua_rawset(L, 3);
    return 1;
}

static bool is_code(const char *code, size_t n)
{
    return n > 2 && n < ERR_CODE_BYTES && memcmp(code, "E_", 2) == 0 &&
           strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") == n;
}

static int base_fail(lua_State *L)
{
    size_t n;
    const char *code = luaL_checklstring(L, 1, &n);

    luaL_checkstring(L, 2);
    luaL_argcheck(L, is_code(code, n), 1, "a code like \"E_VALIDATION\"");
    luaL_argcheck(
        L, strcmp(code, "E_LIMIT") != 0 && strcmp(code, "E_CANCELLED") != 0, 1,
        "this code is the platform's");
    if (!lua_isnoneornil(L, 3))
        luaL_checktype(L, 3, LUA_TTABLE);
    lua_createtable(L, 0, 5);
    lua_pushvalue(L, 1);
    lua_setfield(L, -2, "code");
    lua_pushvalue(L, 2);
    lua_setfield(L, -2, "message");
    if (lua_istable(L, 3)) {
        lua_pushnil(L);
        while (lua_next(L, 3)) {
            const char *key =
                lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";

            if (strcmp(key, "field") == 0)
                luaL_argcheck(L, lua_type(L, -1) == LUA_TSTRING, 3,
                              "field must be a text");
            else if (strcmp(key, "details") != 0)
                luaL_argerror(L, 3, "options are field and details");
            lua_setfield(L, 4, key);
        }
    }
    return sandbox_raise_table(L);
}

static int base_print(lua_State *L)
{
    int n = lua_gettop(L);

    for (int i = 1; i <= n; i++) {
        if (i > 1)
            lua_pushliteral(L, "\t");
        sandbox_tostring(L, i, NULL);
        luaL_checkstack(L, 4, NULL);
    }
    if (n == 0)
        lua_pushliteral(L, "");
    else
        lua_concat(L, 2 * n - 1);
    sandbox_log(L, SCRIPT_LOG_INFO, lua_gettop(L), 0);
    return 0;
}

#define GLOBAL(name, signature, text, example)                                 \
    {                                                                          \
#name, signature, SCRIPT_ALL, 0, text, example, base_##name, NULL      \
    }
#define base_import sandbox_import

static const struct script_fn FNS[] = {
    GLOBAL(assert, "assert(value, message?, ...) -> value, ...",
           "Raises `message` when `value` is false or nil; answers its "
           "arguments otherwise.",
           "assert(assert(5) == 5)"),
    GLOBAL(cache, "cache(key, fn) -> value",
           "What `fn()` answered when `key` was first asked for in this run.",
           "local n = 0\n"
           "local function slow() n = n + 1 return n end\n"
           "cache('k', slow)\n"
           "assert(cache('k', slow) == 1)"),
    GLOBAL(error, "error(value, level?)",
           "Raises `value`; to a text it adds where. For people use `fail`.",
           "assert(pcall(error, 'no') == false)"),
    GLOBAL(fail, "fail(code, message, options?)",
           "Raises an error that people see: `message`, at `options.field` of "
           "the form when given. `code` is like E_VALIDATION; "
           "`options.details` is any value.",
           "local ok, e = pcall(fail, 'E_VALIDATION', 'Too late.', "
           "{field = 'due_on'})\n"
           "assert(e.code == 'E_VALIDATION' and e.field == 'due_on')\n"
           "assert(tostring(e) == 'Too late.')"),
    GLOBAL(getmetatable, "getmetatable(value) -> table|false|nil",
           "The metatable that the script gave to a table; false for texts "
           "and objects of the platform.",
           "assert(getmetatable('') == false)"),
    GLOBAL(import, "import(name) -> module",
           "What a module of this package (\"scoring\"), or one that a package "
           "it depends on exports (\"acme.rental:pricing\"), returns. Each is "
           "run once. Raises E_NOT_FOUND, and E_CYCLE for a module that "
           "imports itself.",
           "assert(not pcall(import, 'nowhere'))"),
    GLOBAL(ipairs, "ipairs(table) -> iterator",
           "For loops over 1, 2, 3 ... up to the first nil.",
           "for i, v in ipairs({'a'}) do assert(i == 1 and v == 'a') end"),
    GLOBAL(next, "next(table, key?) -> key, value",
           "The member after `key`, or the first.", "assert(next({}) == nil)"),
    GLOBAL(pairs, "pairs(table) -> iterator",
           "For loops over all members, in no order.",
           "for k, v in pairs({a = 1}) do assert(k == 'a' and v == 1) end"),
    GLOBAL(pcall, "pcall(fn, ...) -> ok, ...",
           "Calls `fn`; true and its results, or false and the error. A limit "
           "that is used up is not caught.",
           "local ok, e = pcall(error, {code = 'E_X'})\n"
           "assert(not ok and e.code == 'E_X')"),
    GLOBAL(print, "print(...)", "Writes its arguments to the run's log.",
           "print('stage', 5)"),
    GLOBAL(rawequal, "rawequal(a, b) -> bool",
           "Whether both are the same, without `__eq`.",
           "assert(rawequal(1, 1))"),
    GLOBAL(rawlen, "rawlen(value) -> integer",
           "The length of a table or text, without `__len`.",
           "assert(rawlen({1, 2}) == 2)"),
    GLOBAL(select, "select(n, ...) -> ...",
           "The arguments from the n-th on; with '#' how many there are.",
           "assert(select('#', nil, nil) == 2)"),
    GLOBAL(setmetatable, "setmetatable(table, metatable) -> table",
           "Gives a table its metatable, once. The metatable is copied: what "
           "is added to it afterwards is not seen. It may not have __gc, "
           "__mode, __close or __metatable.",
           "local t = setmetatable({}, {__index = {x = 1}})\n"
           "assert(t.x == 1)"),
    GLOBAL(tonumber, "tonumber(value, base?) -> number|nil",
           "A number from its text.", "assert(tonumber('ff', 16) == 255)"),
    GLOBAL(tostring, "tostring(value) -> text",
           "As text; tables and functions as the name of their type.",
           "assert(tostring({}) == 'table')"),
    GLOBAL(try, "try(fn, on_error, ...) -> ...",
           "Calls `fn(...)` and answers its results; when it raises, what "
           "`on_error(error)` answers, after everything is unwound.",
           "assert(try(error, function(e) return 'caught' end, 'x') == "
           "'caught')"),
    GLOBAL(type, "type(value) -> text",
           "nil boolean number string table function userdata; exact values "
           "are dec money date datetime time dur.",
           "assert(type(dec.new(1)) == 'dec')"),
};

const struct script_module script_module_globals = {
    .name = "",
    .doc = "What every script has without a module's name.",
    .fns = FNS,
    .n = sizeof FNS / sizeof FNS[0],
};

/* --- the table ------------------------------------------------------------------------- */

static int no_new_global(lua_State *L)
{
    size_t n;
    const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "?";

    n = strlen(name);
    return sandbox_raise(L, "E_TYPE",
                         "\"%s\" is not declared: write `local %s`.",
                         n < 100 ? name : "?", n < 100 ? name : "?");
}

/* A module, when it is first named. */
static int find_module(lua_State *L)
{
    const struct script_module *m;

    if (lua_type(L, 2) != LUA_TSTRING || *lua_tostring(L, 2) == '\0')
        return 0;
    m = sandbox_module(L, lua_tostring(L, 2));
    if (!m)
        return 0;
    lua_newtable(L);
    sandbox_set_fns(L, m);
    if (m->open)
        m->open(L);
    lua_pushnil(L);
    if (lua_next(L, -2) == 0)
        return 0; /* it has nothing but methods */
    lua_pop(L, 2);
    lua_pushvalue(L, 2);
    lua_pushvalue(L, -2);
    lua_rawset(L, 1);
    return 1;
}

/* The metatable of texts: ("x"):upper(). */
static void open_string(lua_State *L)
{
    lua_createtable(L, 0, 15);
    sandbox_set_fns(L, &script_module_string);
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, "string");
    lua_pushliteral(L, "");
    lua_createtable(L, 0, 3);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pushliteral(L, "string");
    lua_setfield(L, -2, "__name");
    lua_setmetatable(L, -2);
    lua_pop(L, 2);
}

void sandbox_open_globals(lua_State *L)
{
    luaL_checkstack(L, 10, NULL);
    lua_createtable(L, 0, 40);
    sandbox_set_fns(L, &script_module_globals);
    lua_pushliteral(L, "Perigee Lua 1");
    lua_setfield(L, -2, "_VERSION");
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "_G");
    open_string(L);
    lua_createtable(L, 0, 3);
    lua_pushcfunction(L, find_module);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, no_new_global);
    lua_setfield(L, -2, "__newindex");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
}
