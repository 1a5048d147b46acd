/*
 * money - amounts of a currency in its minor units. Rates belong to the
 * server: converting is not here.
 */
#include "base/decimal.h"

#include "script/cell.h"

static void push_money(lua_State *L, int64_t minor, const struct cell *like)
{
    struct cell c = *like;

    c.kind = SCRIPT_MONEY;
    c.i = minor;
    cell_push(L, &c);
}

static int other_currency(lua_State *L, const struct cell *a,
                          const struct cell *b)
{
    return sandbox_raise(L, "E_TYPE",
                         "%s and %s cannot be added or compared without a "
                         "rate.",
                         a->cur, b->cur);
}

/* Both money, of one currency. */
static void pair(lua_State *L, const struct cell **a, const struct cell **b)
{
    *a = cell_check(L, 1, SCRIPT_MONEY);
    *b = cell_check(L, 2, SCRIPT_MONEY);
    if (strcmp((*a)->cur, (*b)->cur) != 0)
        other_currency(L, *a, *b);
}

static int op_add(lua_State *L)
{
    const struct cell *a, *b;
    int64_t v;

    pair(L, &a, &b);
    if (!decimal_add(a->i, b->i, &v))
        return dec_overflow(L);
    push_money(L, v, a);
    return 1;
}

static int op_sub(lua_State *L)
{
    const struct cell *a, *b;
    int64_t v;

    pair(L, &a, &b);
    if (!decimal_sub(a->i, b->i, &v))
        return dec_overflow(L);
    push_money(L, v, a);
    return 1;
}

static int op_mul(lua_State *L)
{
    const struct cell *a = cell_test(L, 1);
    struct cell by;
    int64_t v;

    if (!a || a->kind != SCRIPT_MONEY)
        lua_insert(L, 1); /* 2 * price */
    lua_settop(L, 2);
    if (cell_test(L, 1) && cell_test(L, 2) &&
        cell_test(L, 2)->kind == SCRIPT_MONEY &&
        cell_test(L, 1)->kind == SCRIPT_MONEY)
        return sandbox_raise(L, "E_TYPE", "Money times money is nothing.");
    a = cell_check(L, 1, SCRIPT_MONEY);
    by = dec_arg(L, 2);
    if (!decimal_mul(a->i, a->scale, by.i, by.scale, a->scale, &v))
        return dec_overflow(L);
    push_money(L, v, a);
    return 1;
}

static int op_div(lua_State *L)
{
    const struct cell *a = cell_check(L, 1, SCRIPT_MONEY);
    const struct cell *other = cell_test(L, 2);
    struct cell by;
    int64_t v;

    if (other && other->kind == SCRIPT_MONEY) {
        pair(L, &a, &other);
        if (other->i == 0)
            return sandbox_raise(L, "E_TYPE", "Money was divided by zero.");
        if (!decimal_div(a->i, a->scale, other->i, other->scale, 6, &v))
            return dec_overflow(L);
        dec_push(L, v, 6);
        return 1;
    }
    by = dec_arg(L, 2);
    if (by.i == 0)
        return sandbox_raise(L, "E_TYPE", "Money was divided by zero.");
    if (!decimal_div(a->i, a->scale, by.i, by.scale, a->scale, &v))
        return dec_overflow(L);
    push_money(L, v, a);
    return 1;
}

static int op_unm(lua_State *L)
{
    const struct cell *a = cell_check(L, 1, SCRIPT_MONEY);
    int64_t v;

    if (!decimal_sub(0, a->i, &v))
        return dec_overflow(L);
    push_money(L, v, a);
    return 1;
}

static int op_eq(lua_State *L)
{
    const struct cell *a = cell_test(L, 1);
    const struct cell *b = cell_test(L, 2);

    lua_pushboolean(L, a && b && a->kind == SCRIPT_MONEY &&
                           b->kind == SCRIPT_MONEY && a->i == b->i &&
                           strcmp(a->cur, b->cur) == 0);
    return 1;
}

static int op_lt(lua_State *L)
{
    const struct cell *a, *b;

    pair(L, &a, &b);
    lua_pushboolean(L, a->i < b->i);
    return 1;
}

static int op_le(lua_State *L)
{
    const struct cell *a, *b;

    pair(L, &a, &b);
    lua_pushboolean(L, a->i <= b->i);
    return 1;
}

void money_operators(lua_State *L)
{
    static const struct cell_operator OPS[] = {
        {"__add", op_add}, {"__sub", op_sub}, {"__mul", op_mul},
        {"__div", op_div}, {"__unm", op_unm}, {"__eq", op_eq},
        {"__lt", op_lt},   {"__le", op_le}};

    cell_set_operators(L, OPS, sizeof OPS / sizeof OPS[0]);
    cell_set_index(L, "money");
}

/* --- functions --------------------------------------------------------------------- */

static int money_new(lua_State *L)
{
    struct cell amount = dec_arg(L, 1);
    size_t n;
    const char *cur = luaL_checklstring(L, 2, &n);
    struct cell c = {.kind = SCRIPT_MONEY};
    int scale = -1;

    if (n == 3) {
        memcpy(c.cur, cur, 4);
        scale = currency_scale(c.cur);
    }
    if (scale < 0)
        return sandbox_raise(L, "E_TYPE", "\"%s\" is no currency.", cur);
    c.scale = (uint8_t)scale;
    if (!decimal_rescale(amount.i, amount.scale, scale, &c.i))
        return dec_overflow(L);
    cell_push(L, &c);
    return 1;
}

static int money_decimal(lua_State *L)
{
    const struct cell *c = cell_check(L, 1, SCRIPT_MONEY);

    dec_push(L, c->i, c->scale);
    return 1;
}

static int money_minor(lua_State *L)
{
    lua_pushinteger(L, cell_check(L, 1, SCRIPT_MONEY)->i);
    return 1;
}

static int64_t step_of(lua_State *L, const struct cell *c, int arg)
{
    struct cell to = {.kind = SCRIPT_DEC, .i = 1, .scale = c->scale};
    int64_t step = 0;

    if (!lua_isnoneornil(L, arg))
        to = dec_arg(L, arg);
    if (!decimal_rescale(to.i, to.scale, c->scale, &step) || step <= 0)
        luaL_argerror(L, arg, "a step above zero expected");
    return step;
}

static int money_round(lua_State *L)
{
    const struct cell *c = cell_check(L, 1, SCRIPT_MONEY);
    int64_t step = step_of(L, c, 2);
    int64_t v;

    if (!decimal_div(c->i, 0, step, 0, 0, &v) ||
        !decimal_mul(v, 0, step, 0, 0, &v))
        return dec_overflow(L);
    push_money(L, v, c);
    return 1;
}

static int money_split(lua_State *L)
{
    const struct cell *c = cell_check(L, 1, SCRIPT_MONEY);
    lua_Integer n = luaL_checkinteger(L, 2);
    int64_t rest;

    luaL_argcheck(L, n >= 1 && n <= 10000, 2, "1 to 10000 parts");
    sandbox_step(L, sandbox_of(L), n);
    rest = c->i % n;
    lua_createtable(L, (int)n, 0);
    for (lua_Integer i = 1; i <= n; i++) {
        int64_t more = rest > 0 && i <= rest    ? 1
                       : rest < 0 && i <= -rest ? -1
                                                : 0;

        push_money(L, c->i / n + more, c);
        lua_rawseti(L, -2, i);
    }
    return 1;
}

/* 1,234.50 EUR; a language that writes a comma says so. */
static int money_format(lua_State *L)
{
    const struct cell *c = cell_check(L, 1, SCRIPT_MONEY);
    struct str job = sandbox_of(L)->job->lang;
    char lang[3] = "en";
    char digits[DECIMAL_TEXT_BYTES];
    char out[64];
    size_t n = decimal_format(c->i, c->scale, digits);
    size_t at = 0;
    size_t whole = strcspn(digits, ".");
    bool comma;

    if (job.n >= 2)
        memcpy(lang, job.p, 2);
    if (!lua_isnoneornil(L, 2))
        snprintf(lang, sizeof lang, "%.2s", luaL_checkstring(L, 2));
    comma = strcmp(lang, "en") != 0;
    for (size_t i = 0; i < n; i++) {
        if (i < whole && i > 0 && (whole - i) % 3 == 0 && digits[i - 1] != '-')
            out[at++] = comma ? '.' : ',';
        out[at++] = i == whole ? (comma ? ',' : '.') : digits[i];
    }
    at += (size_t)snprintf(out + at, sizeof out - at, " %s", c->cur);
    lua_pushlstring(L, out, at);
    return 1;
}

static int money_index(lua_State *L)
{
    const struct cell *c = cell_test(L, 1);

    if (c && lua_type(L, 2) == LUA_TSTRING &&
        strcmp(lua_tostring(L, 2), "currency") == 0) {
        lua_pushstring(L, c->cur);
        return 1;
    }
    return 0;
}

static const struct script_fn FNS[] = {
    {"money.new", "money.new(amount, currency) -> money", SCRIPT_ALL, 0,
     "An amount of a currency (ISO 4217), from a text, an integer or a "
     "decimal, "
     "rounded to the currency's minor unit. Raises E_TYPE for a float and for "
     "no currency.",
     "local m = money.new('12.50', 'EUR')\n"
     "assert(m.currency == 'EUR' and m:minor() == 1250)",
     money_new, NULL},
    {"money.round", "money.round(amount, step?) -> money", SCRIPT_ALL, 0,
     "To the nearest multiple of `step` (a text or a decimal; the minor unit), "
     "half away from zero.",
     "assert(money.round(money.new('1.03', 'CHF'), '0.05') == "
     "money.new('1.05', 'CHF'))",
     money_round, NULL},
    {"money.split", "money.split(amount, parts) -> list", SCRIPT_ALL, 0,
     "`parts` amounts that differ by at most one minor unit and add up to the "
     "whole.",
     "local p = money.split(money.new(10, 'EUR'), 3)\n"
     "assert(p[1]:minor() == 334 and p[3]:minor() == 333)",
     money_split, NULL},
    {"money.format", "money.format(amount, lang?) -> text", SCRIPT_ALL, 0,
     "For people, in the language of the run or in `lang`.",
     "local m = money.new('1234.5', 'EUR')\n"
     "assert(money.format(m, 'en') == '1,234.50 EUR')\n"
     "assert(money.format(m, 'de') == '1.234,50 EUR')",
     money_format, NULL},
    {"money:decimal", "money:decimal() -> dec", SCRIPT_ALL, 0,
     "The amount without its currency.",
     "assert(money.new(5, 'EUR'):decimal() == dec.new('5.00'))", money_decimal,
     NULL},
    {"money:minor", "money:minor() -> integer", SCRIPT_ALL, 0,
     "The amount in minor units (cents).",
     "assert(money.new(5, 'JPY'):minor() == 5)", money_minor, NULL},
};

const struct script_module script_module_money = {
    .name = "money",
    .doc = "Amounts of a currency, exact to its minor unit. Money plus, minus "
           "and compared with money of the same currency; times and divided by "
           "a number; divided by money it is a decimal. Two currencies raise "
           "E_TYPE. `m.currency` is the currency's code.",
    .fns = FNS,
    .n = sizeof FNS / sizeof FNS[0],
    .index = money_index,
};
