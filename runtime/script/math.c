/*
 * math - numbers. Random ones come from the run's seed, so that a run can be
 * repeated.
 */
#include <math.h>

#include "script/sandbox.h"

static int push_float_or_integer(lua_State *L, lua_Number f)
{
    lua_Integer n;

    if (lua_numbertointeger(f, &n))
        lua_pushinteger(L, n);
    else
        lua_pushnumber(L, f);
    return 1;
}

static int math_abs(lua_State *L)
{
    if (lua_isinteger(L, 1)) {
        lua_Integer n = lua_tointeger(L, 1);

        lua_pushinteger(L, n < 0 ? (lua_Integer)(0 - (lua_Unsigned)n) : n);
    } else {
        lua_pushnumber(L, fabs(luaL_checknumber(L, 1)));
    }
    return 1;
}

static int math_ceil(lua_State *L)
{
    if (!lua_isinteger(L, 1))
        return push_float_or_integer(L, ceil(luaL_checknumber(L, 1)));
    lua_settop(L, 1);
    return 1;
}

static int math_floor(lua_State *L)
{
    if (!lua_isinteger(L, 1))
        return push_float_or_integer(L, floor(luaL_checknumber(L, 1)));
    lua_settop(L, 1);
    return 1;
}

static int math_fmod(lua_State *L)
{
    if (lua_isinteger(L, 1) && lua_isinteger(L, 2)) {
        lua_Integer d = lua_tointeger(L, 2);

        luaL_argcheck(L, d != 0, 2, "zero");
        lua_pushinteger(L, d == -1 ? 0 : lua_tointeger(L, 1) % d);
    } else {
        lua_pushnumber(L, fmod(luaL_checknumber(L, 1), luaL_checknumber(L, 2)));
    }
    return 1;
}

static int extreme(lua_State *L, bool largest)
{
    int n = lua_gettop(L);
    int best = 1;

    luaL_checknumber(L, 1);
    sandbox_step(L, sandbox_of(L), n);
    for (int i = 2; i <= n; i++) {
        luaL_checknumber(L, i);
        if (largest ? lua_compare(L, best, i, LUA_OPLT)
                    : lua_compare(L, i, best, LUA_OPLT))
            best = i;
    }
    lua_pushvalue(L, best);
    return 1;
}

static int math_max(lua_State *L)
{
    return extreme(L, true);
}

static int math_min(lua_State *L)
{
    return extreme(L, false);
}

static int math_modf(lua_State *L)
{
    lua_Number f, whole;

    if (lua_isinteger(L, 1)) {
        lua_settop(L, 1);
        lua_pushnumber(L, 0.0);
        return 2;
    }
    f = luaL_checknumber(L, 1);
    whole = f < 0 ? ceil(f) : floor(f);
    lua_pushnumber(L, whole);
    lua_pushnumber(L, isinf(f) ? 0.0 : f - whole);
    return 2;
}

static int math_sqrt(lua_State *L)
{
    lua_pushnumber(L, sqrt(luaL_checknumber(L, 1)));
    return 1;
}

static int math_exp(lua_State *L)
{
    lua_pushnumber(L, exp(luaL_checknumber(L, 1)));
    return 1;
}

static int math_log(lua_State *L)
{
    lua_Number x = luaL_checknumber(L, 1);
    lua_Number base;

    if (lua_isnoneornil(L, 2)) {
        lua_pushnumber(L, log(x));
        return 1;
    }
    base = luaL_checknumber(L, 2);
    if (base >= 2.0 && base <= 2.0)
        lua_pushnumber(L, log2(x));
    else if (base >= 10.0 && base <= 10.0)
        lua_pushnumber(L, log10(x));
    else
        lua_pushnumber(L, log(x) / log(base));
    return 1;
}

static int math_tointeger(lua_State *L)
{
    int ok;
    lua_Integer n = lua_tointegerx(L, 1, &ok);

    luaL_checkany(L, 1);
    if (ok)
        lua_pushinteger(L, n);
    else
        lua_pushnil(L);
    return 1;
}

static int math_type(lua_State *L)
{
    luaL_checkany(L, 1);
    if (lua_type(L, 1) != LUA_TNUMBER)
        lua_pushnil(L);
    else
        lua_pushstring(L, lua_isinteger(L, 1) ? "integer" : "float");
    return 1;
}

static int math_ult(lua_State *L)
{
    lua_pushboolean(L, (lua_Unsigned)luaL_checkinteger(L, 1) <
                           (lua_Unsigned)luaL_checkinteger(L, 2));
    return 1;
}

static uint64_t turn(uint64_t x, int n)
{
    return x << n | x >> (64 - n);
}

static uint64_t next_random(uint64_t s[4])
{
    uint64_t result = turn(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = turn(s[3], 45);
    return result;
}

/* Without bias: what is above the last whole multiple is drawn again. */
static uint64_t below(uint64_t s[4], uint64_t n)
{
    uint64_t least = (0 - n) % n;
    uint64_t r;

    do
        r = next_random(s);
    while (r < least);
    return r % n;
}

static int math_random(lua_State *L)
{
    uint64_t *s = sandbox_of(L)->random;
    lua_Integer low = 1;
    lua_Integer high;

    if (lua_gettop(L) == 0) {
        lua_pushnumber(L, (lua_Number)(next_random(s) >> 11) * 0x1p-53);
        return 1;
    }
    high = luaL_checkinteger(L, lua_gettop(L) == 1 ? 1 : 2);
    if (lua_gettop(L) > 1)
        low = luaL_checkinteger(L, 1);
    luaL_argcheck(L, low <= high, lua_gettop(L), "interval is empty");
    if ((lua_Unsigned)high - (lua_Unsigned)low == UINT64_MAX)
        lua_pushinteger(L, (lua_Integer)next_random(s));
    else
        lua_pushinteger(L, (lua_Integer)((lua_Unsigned)low +
                                         below(s, (lua_Unsigned)high -
                                                      (lua_Unsigned)low + 1)));
    return 1;
}

static void math_open(lua_State *L)
{
    lua_pushnumber(L, 3.141592653589793);
    lua_setfield(L, -2, "pi");
    lua_pushnumber(L, (lua_Number)INFINITY);
    lua_setfield(L, -2, "huge");
    lua_pushinteger(L, LUA_MAXINTEGER);
    lua_setfield(L, -2, "maxinteger");
    lua_pushinteger(L, LUA_MININTEGER);
    lua_setfield(L, -2, "mininteger");
}

#define FN(name, signature, text, example)                                     \
    {                                                                          \
        "math." #name, signature, SCRIPT_ALL, 0, text, example, math_##name,   \
            NULL                                                               \
    }

static const struct script_fn FNS[] = {
    FN(abs, "math.abs(x) -> number", "Without its sign.",
       "assert(math.abs(-3) == 3)"),
    FN(ceil, "math.ceil(x) -> integer", "The next integer up.",
       "assert(math.ceil(1.2) == 2)"),
    FN(exp, "math.exp(x) -> number", "e to the power of x.",
       "assert(math.exp(0) == 1.0)"),
    FN(floor, "math.floor(x) -> integer", "The next integer down.",
       "assert(math.floor(-1.2) == -2)"),
    FN(fmod, "math.fmod(x, y) -> number", "The remainder, rounded toward zero.",
       "assert(math.fmod(-5, 3) == -2)"),
    FN(log, "math.log(x, base?) -> number", "The logarithm (natural).",
       "assert(math.log(8, 2) == 3.0)"),
    FN(max, "math.max(x, ...) -> number", "The largest.",
       "assert(math.max(1, 3, 2) == 3)"),
    FN(min, "math.min(x, ...) -> number", "The smallest.",
       "assert(math.min(2, 1.5) == 1.5)"),
    FN(modf, "math.modf(x) -> number, number", "The whole part and the rest.",
       "local whole, rest = math.modf(1.5)\n"
       "assert(whole == 1 and rest == 0.5)"),
    FN(random, "math.random(m?, n?) -> number",
       "A float of [0, 1), an integer of 1 to m, or of m to n. The seed is "
       "the run's and is recorded: a replay draws the same.",
       "local n = math.random(6)\n"
       "assert(n >= 1 and n <= 6)"),
    FN(sqrt, "math.sqrt(x) -> number", "The square root.",
       "assert(math.sqrt(9) == 3)"),
    FN(tointeger, "math.tointeger(x) -> integer|nil",
       "The integer of the same value.", "assert(math.tointeger(3.0) == 3)"),
    FN(type, "math.type(x) -> text|nil", "integer, float, or nil.",
       "assert(math.type(1.0) == 'float')"),
    FN(ult, "math.ult(a, b) -> bool", "a < b without signs.",
       "assert(math.ult(1, -1))"),
};

const struct script_module script_module_math = {
    .name = "math",
    .doc = "Numbers; also `pi`, `huge`, `maxinteger`, `mininteger`. For "
           "amounts use `dec` and `money`: a float is not exact.",
    .fns = FNS,
    .n = sizeof FNS / sizeof FNS[0],
    .open = math_open,
};
