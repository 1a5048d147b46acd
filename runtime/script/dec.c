/*
 * dec - exact decimals: base/decimal with Lua's operators.
 */
#include "base/decimal.h"

#include "script/cell.h"

enum { QUOTIENT_SCALE = 6 }; /* as in fx */

int dec_overflow(lua_State *L)
{
    return sandbox_raise(L, "E_TYPE", "The result is too large for a decimal.");
}

/* Of a text: as many digits behind the point as it has. */
static bool from_text(struct str s, struct cell *out)
{
    s = str_trim(s);
    for (int scale = 0; scale <= DECIMAL_MAX_SCALE; scale++) {
        int64_t v;
        enum decimal_parse r = decimal_parse(s, scale, &v);
        ptrdiff_t point = str_chr(s, '.');

        /* "1.50" keeps both of its digits. */
        if (r == DECIMAL_INEXACT ||
            (r == DECIMAL_OK && point >= 0 && scale < DECIMAL_MAX_SCALE &&
             (ptrdiff_t)s.n - point - 1 > scale && str_chr(s, 'e') < 0 &&
             str_chr(s, 'E') < 0))
            continue;
        if (r != DECIMAL_OK)
            return false;
        *out =
            (struct cell){.kind = SCRIPT_DEC, .scale = (uint8_t)scale, .i = v};
        return true;
    }
    return false;
}

bool dec_from(lua_State *L, int index, bool text, struct cell *out)
{
    const struct cell *c = cell_test(L, index);
    struct str s;

    if (c && c->kind == SCRIPT_DEC) {
        *out = *c;
        return true;
    }
    if (lua_isinteger(L, index)) {
        *out = (struct cell){.kind = SCRIPT_DEC, .i = lua_tointeger(L, index)};
        return true;
    }
    if (!text || lua_type(L, index) != LUA_TSTRING)
        return false;
    s.p = lua_tolstring(L, index, &s.n);
    return s.n <= 64 && from_text(s, out);
}

struct cell dec_arg(lua_State *L, int arg)
{
    struct cell c = {.kind = SCRIPT_DEC};

    if (!dec_from(L, arg, true, &c))
        sandbox_raise(L, "E_TYPE",
                      lua_isnumber(L, arg)
                          ? "Argument %d is a float, which is not exact: "
                            "write it as text, dec.new(\"0.2\")."
                          : "Argument %d must be a decimal, an integer or the "
                            "text of a number.",
                      arg);
    return c;
}

/* Both operands; the message names what to do with a float. */
static void operands(lua_State *L, struct cell *a, struct cell *b)
{
    *a = dec_arg(L, 1);
    *b = dec_arg(L, 2);
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

static bool align(struct cell *a, struct cell *b)
{
    int scale = larger(a->scale, b->scale);

    if (!decimal_rescale(a->i, a->scale, scale, &a->i) ||
        !decimal_rescale(b->i, b->scale, scale, &b->i))
        return false;
    a->scale = b->scale = (uint8_t)scale;
    return true;
}

static int op_add(lua_State *L)
{
    struct cell a, b;
    int64_t v;

    operands(L, &a, &b);
    if (!align(&a, &b) || !decimal_add(a.i, b.i, &v))
        return dec_overflow(L);
    dec_push(L, v, a.scale);
    return 1;
}

static int op_sub(lua_State *L)
{
    struct cell a, b;
    int64_t v;

    operands(L, &a, &b);
    if (!align(&a, &b) || !decimal_sub(a.i, b.i, &v))
        return dec_overflow(L);
    dec_push(L, v, a.scale);
    return 1;
}

static int op_mul(lua_State *L)
{
    struct cell a, b;
    const struct cell *money = cell_test(L, 2);
    int scale;
    int64_t v;

    if (money && money->kind == SCRIPT_MONEY) { /* 2 * price */
        lua_insert(L, 1);
        lua_arith(L, LUA_OPMUL);
        return 1;
    }
    operands(L, &a, &b);
    scale = a.scale + b.scale;
    if (scale > DECIMAL_MAX_SCALE)
        scale = DECIMAL_MAX_SCALE;
    if (!decimal_mul(a.i, a.scale, b.i, b.scale, scale, &v))
        return dec_overflow(L);
    dec_push(L, v, scale);
    return 1;
}

static int op_div(lua_State *L)
{
    struct cell a, b;
    int scale;
    int64_t v;

    operands(L, &a, &b);
    if (b.i == 0)
        return sandbox_raise(L, "E_TYPE", "A decimal was divided by zero.");
    scale = larger(QUOTIENT_SCALE, larger(a.scale, b.scale));
    if (!decimal_div(a.i, a.scale, b.i, b.scale, scale, &v))
        return dec_overflow(L);
    dec_push(L, v, scale);
    return 1;
}

/* The remainder has the sign of the divisor, as Lua's. */
static int op_mod(lua_State *L)
{
    struct cell a, b;
    int64_t r;

    operands(L, &a, &b);
    if (b.i == 0)
        return sandbox_raise(L, "E_TYPE", "A decimal was divided by zero.");
    if (!align(&a, &b))
        return dec_overflow(L);
    r = b.i == -1 ? 0 : a.i % b.i;
    if (r != 0 && (r < 0) != (b.i < 0))
        r += b.i;
    dec_push(L, r, a.scale);
    return 1;
}

static int op_unm(lua_State *L)
{
    struct cell a = dec_arg(L, 1);
    int64_t v;

    if (!decimal_sub(0, a.i, &v))
        return dec_overflow(L);
    dec_push(L, v, a.scale);
    return 1;
}

static int compare(lua_State *L)
{
    struct cell a, b;

    operands(L, &a, &b);
    return decimal_cmp(a.i, a.scale, b.i, b.scale);
}

static int op_eq(lua_State *L)
{
    struct cell a, b;

    lua_pushboolean(L, dec_from(L, 1, false, &a) && dec_from(L, 2, false, &b) &&
                           decimal_cmp(a.i, a.scale, b.i, b.scale) == 0);
    return 1;
}

static int op_lt(lua_State *L)
{
    lua_pushboolean(L, compare(L) < 0);
    return 1;
}

static int op_le(lua_State *L)
{
    lua_pushboolean(L, compare(L) <= 0);
    return 1;
}

void dec_operators(lua_State *L)
{
    static const struct cell_operator OPS[] = {
        {"__add", op_add}, {"__sub", op_sub}, {"__mul", op_mul},
        {"__div", op_div}, {"__mod", op_mod}, {"__unm", op_unm},
        {"__eq", op_eq},   {"__lt", op_lt},   {"__le", op_le}};

    cell_set_operators(L, OPS, sizeof OPS / sizeof OPS[0]);
    cell_set_index(L, "dec");
}

/* --- functions ----------------------------------------------------------------------- */

static int scale_arg(lua_State *L, int arg, int fallback)
{
    lua_Integer n = luaL_optinteger(L, arg, fallback);

    luaL_argcheck(L, n >= 0 && n <= DECIMAL_MAX_SCALE, arg,
                  "a scale is 0 to 9");
    return (int)n;
}

static int dec_new(lua_State *L)
{
    struct cell c = dec_arg(L, 1);
    int scale = scale_arg(L, 2, c.scale);
    int64_t v;

    if (!decimal_rescale(c.i, c.scale, scale, &v))
        return dec_overflow(L);
    dec_push(L, v, scale);
    return 1;
}

/* v / 10^(from - to), by mode. */
static bool round_to(int64_t v, int from, int to, const char *mode,
                     int64_t *out)
{
    int64_t power = 1;
    int64_t down;
    int64_t rest;

    if (to >= from || strcmp(mode, "half_up") == 0)
        return decimal_rescale(v, from, to, out);
    for (int i = to; i < from; i++)
        power *= 10;
    down = v / power; /* toward zero */
    rest = v % power;
    if (strcmp(mode, "up") == 0)
        down += rest == 0 ? 0 : v < 0 ? -1 : 1;
    else if (strcmp(mode, "floor") == 0)
        down -= rest < 0;
    else if (strcmp(mode, "ceil") == 0)
        down += rest > 0;
    else if (strcmp(mode, "half_even") == 0) {
        int64_t twice = rest < 0 ? -rest * 2 : rest * 2;

        if (twice > power || (twice == power && down % 2 != 0))
            down += v < 0 ? -1 : 1;
    }
    *out = down;
    return true;
}

static int dec_round(lua_State *L)
{
    static const char *const MODES[] = {"half_up", "half_even", "up", "down",
                                        "floor",   "ceil",      NULL};
    const struct cell *c = cell_check(L, 1, SCRIPT_DEC);
    int scale = scale_arg(L, 2, 0);
    int mode = luaL_checkoption(L, 3, "half_up", MODES);
    int64_t v;

    if (!round_to(c->i, c->scale, scale, MODES[mode], &v))
        return dec_overflow(L);
    dec_push(L, v, scale);
    return 1;
}

static int dec_integer(lua_State *L)
{
    const struct cell *c = cell_check(L, 1, SCRIPT_DEC);
    int64_t v = 0;

    round_to(c->i, c->scale, 0, "down", &v);
    lua_pushinteger(L, v);
    return 1;
}

static int dec_float(lua_State *L)
{
    const struct cell *c = cell_check(L, 1, SCRIPT_DEC);
    char text[DECIMAL_TEXT_BYTES];

    decimal_format(c->i, c->scale, text);
    lua_pushnumber(L, strtod(text, NULL));
    return 1;
}

static int dec_abs(lua_State *L)
{
    const struct cell *c = cell_check(L, 1, SCRIPT_DEC);
    int64_t v = c->i;

    if (v < 0 && !decimal_sub(0, v, &v))
        return dec_overflow(L);
    dec_push(L, v, c->scale);
    return 1;
}

static int dec_index(lua_State *L)
{
    const struct cell *c = cell_test(L, 1);

    if (c && lua_type(L, 2) == LUA_TSTRING &&
        strcmp(lua_tostring(L, 2), "scale") == 0) {
        lua_pushinteger(L, c->scale);
        return 1;
    }
    return 0;
}

static const struct script_fn FNS[] = {
    {"dec.new", "dec.new(value, scale?) -> dec", SCRIPT_ALL, 0,
     "An exact decimal from a text, an integer or another decimal, with "
     "`scale` "
     "digits behind the point (0 to 9; as many as the text has). Rounds half "
     "away from zero. Raises E_TYPE for what is no number, and for a float, "
     "which is not exact.",
     "assert(dec.new('1.10') + dec.new('2.20') == dec.new('3.3'))\n"
     "assert(tostring(dec.new('2.345', 2)) == '2.35')",
     dec_new, NULL},
    {"dec:round", "dec:round(scale?, mode?) -> dec", SCRIPT_ALL, 0,
     "Rounded to `scale` digits (0). `mode` is half_up (half away from zero), "
     "half_even, up, down, floor or ceil.",
     "local d = dec.new('2.5')\n"
     "assert(d:round() == dec.new(3))\n"
     "assert(d:round(0, 'half_even') == dec.new(2))",
     dec_round, NULL},
    {"dec:abs", "dec:abs() -> dec", SCRIPT_ALL, 0, "Without its sign.",
     "assert(dec.new('-1.5'):abs() == dec.new('1.5'))", dec_abs, NULL},
    {"dec:integer", "dec:integer() -> integer", SCRIPT_ALL, 0,
     "The whole part, toward zero.", "assert(dec.new('-1.9'):integer() == -1)",
     dec_integer, NULL},
    {"dec:float", "dec:float() -> number", SCRIPT_ALL, 0,
     "The nearest float: for charts and statistics, not for money.",
     "assert(dec.new('0.5'):float() == 0.5)", dec_float, NULL},
};

const struct script_module script_module_dec = {
    .name = "dec",
    .doc = "Exact decimals: a 64-bit integer and up to 9 digits behind the "
           "point. `+ - * / % == < <=` work between decimals and integers; `+ "
           "-` keep the longer scale, `*` adds the scales (at most 9), `/` "
           "gives 6 digits, rounded half away from zero. A float raises "
           "E_TYPE. A decimal and an integer are never `==`: compare with "
           "`dec.new(3)`.",
    .fns = FNS,
    .n = sizeof FNS / sizeof FNS[0],
    .index = dec_index,
};
