/*
 * date - dates, instants, times of day and durations, on base/time. What is
 * local is local to the workspace's zone: its offset now came with the run,
 * other moments and zones are asked of the server, once a run and two years.
 */
#include "script/cell.h"
#include "script/date.h"

#define DAY_MS INT64_C(86400000)

static const char ZONES_KEY =
    0; /* registry: zone -> {from, to, since, offset ..} */

static const struct script_fn *zone_fn(void);

/* --- zones ------------------------------------------------------------------------------ */

int64_t date_floor(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static bool is_utc(struct str zone)
{
    return zone.n == 0 || str_is(zone, "UTC");
}

/* The spans around `ms` of a zone, as a table on the stack. */
static void push_spans(lua_State *L, struct str zone, int64_t ms)
{
    luaL_checkstack(L, 10, NULL);
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &ZONES_KEY) != LUA_TTABLE) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &ZONES_KEY);
    }
    lua_pushlstring(L, zone.p, zone.n);
    if (lua_rawget(L, -2) == LUA_TTABLE) {
        bool covers;

        lua_rawgeti(L, -1, 1);
        lua_rawgeti(L, -2, 2);
        covers = ms >= lua_tointeger(L, -2) && ms < lua_tointeger(L, -1);
        lua_pop(L, 2);
        if (covers) {
            lua_remove(L, -2);
            return;
        }
    }
    lua_pop(L, 1);
    lua_pushlstring(L, zone.p, zone.n);
    lua_pushinteger(L, ms);
    sandbox_call_host(L, zone_fn(), 2);
    if (!lua_istable(L, -1))
        sandbox_die(L, KILL_WIRE);
    lua_pushlstring(L, zone.p, zone.n);
    lua_pushvalue(L, -2);
    lua_rawset(L, -4);
    lua_remove(L, -2);
}

static int64_t offset_at(lua_State *L, struct str zone, int64_t ms)
{
    const struct wire_run *job = sandbox_of(L)->job;
    int64_t offset = 0;
    lua_Integer n;

    if (is_utc(zone))
        return 0;
    if (ms == job->now_ms && str_eq(zone, job->zone))
        return job->offset_ms;
    push_spans(L, zone, ms);
    n = (lua_Integer)lua_rawlen(L, -1);
    for (lua_Integer i = 3; i + 1 <= n; i += 2) {
        lua_rawgeti(L, -1, i);
        lua_rawgeti(L, -2, i + 1);
        if (lua_tointeger(L, -2) <= ms)
            offset = lua_tointeger(L, -1);
        lua_pop(L, 2);
    }
    lua_pop(L, 1);
    return offset;
}

struct str date_zone_of(lua_State *L)
{
    return sandbox_of(L)->job->zone;
}

int64_t date_local(lua_State *L, struct str zone, int64_t ms)
{
    return ms + offset_at(L, zone, ms);
}

/* A wall clock's time as an instant; of two the first, in a gap after it. */
int64_t date_from_local(lua_State *L, struct str zone, int64_t local)
{
    int64_t guess = local - offset_at(L, zone, local);

    return local - offset_at(L, zone, guess);
}

/* --- making ------------------------------------------------------------------------------ */

static int out_of_years(lua_State *L)
{
    return sandbox_raise(L, "E_TYPE",
                         "The date is outside the years 1 to "
                         "9999.");
}

int date_push_day(lua_State *L, int64_t days)
{
    if (days < DATE_MIN || days > DATE_MAX)
        return out_of_years(L);
    cell_push(L, &(struct cell){.kind = SCRIPT_DATE, .i = days});
    return 1;
}

int date_push_instant(lua_State *L, int64_t ms)
{
    if (ms < INSTANT_MIN || ms > INSTANT_MAX)
        return out_of_years(L);
    cell_push(L, &(struct cell){.kind = SCRIPT_INSTANT, .i = ms});
    return 1;
}

int date_push_dur(lua_State *L, int64_t ms, int64_t months)
{
    if (months > 120000 || months < -120000 || ms > DAY_MS * 3660000 ||
        ms < -DAY_MS * 3660000)
        return sandbox_raise(L, "E_TYPE", "The duration is too long.");
    cell_push(L, &(struct cell){
                     .kind = SCRIPT_DUR, .i = ms, .months = (int32_t)months});
    return 1;
}

/* --- operators ---------------------------------------------------------------------------- */

static const struct cell *kind_at(lua_State *L, int index,
                                  enum script_kind kind)
{
    const struct cell *c = cell_test(L, index);

    return c && c->kind == kind ? c : NULL;
}

static int no_sense(lua_State *L)
{
    return sandbox_raise(L, "E_TYPE",
                         "These dates and durations cannot be combined so.");
}

/* A date, datetime plus a duration, `sign` times. */
static int shift(lua_State *L, const struct cell *at, const struct cell *by,
                 int sign)
{
    int64_t days;

    if (at->kind == SCRIPT_DATE) {
        if (by->i % DAY_MS != 0)
            return sandbox_raise(L, "E_TYPE",
                                 "A date takes whole days; use a datetime.");
        if (!date_add_months(at->i, sign * by->months, &days))
            return out_of_years(L);
        return date_push_day(L, days + sign * (by->i / DAY_MS));
    }
    return date_push_instant(
        L,
        date_add_local(L, at->i, sign * (int64_t)by->months, 0) + sign * by->i);
}

static int op_add(lua_State *L)
{
    const struct cell *a = cell_test(L, 1);
    const struct cell *b = cell_test(L, 2);

    if (!a || !b)
        return no_sense(L);
    if (a->kind == SCRIPT_DUR && b->kind == SCRIPT_DUR)
        return date_push_dur(L, a->i + b->i, (int64_t)a->months + b->months);
    if (b->kind == SCRIPT_DUR &&
        (a->kind == SCRIPT_DATE || a->kind == SCRIPT_INSTANT))
        return shift(L, a, b, 1);
    if (a->kind == SCRIPT_DUR &&
        (b->kind == SCRIPT_DATE || b->kind == SCRIPT_INSTANT))
        return shift(L, b, a, 1);
    return no_sense(L);
}

static int op_sub(lua_State *L)
{
    const struct cell *a = cell_test(L, 1);
    const struct cell *b = cell_test(L, 2);

    if (!a || !b)
        return no_sense(L);
    if (a->kind == SCRIPT_DUR && b->kind == SCRIPT_DUR)
        return date_push_dur(L, a->i - b->i, (int64_t)a->months - b->months);
    if (b->kind == SCRIPT_DUR &&
        (a->kind == SCRIPT_DATE || a->kind == SCRIPT_INSTANT))
        return shift(L, a, b, -1);
    if (a->kind == SCRIPT_DATE && b->kind == SCRIPT_DATE)
        return date_push_dur(L, (a->i - b->i) * DAY_MS, 0);
    if (a->kind == SCRIPT_INSTANT && b->kind == SCRIPT_INSTANT)
        return date_push_dur(L, a->i - b->i, 0);
    return no_sense(L);
}

static int op_mul(lua_State *L)
{
    const struct cell *a = kind_at(L, 1, SCRIPT_DUR);
    int other = a ? 2 : 1;
    int64_t n, ms;

    if (!a)
        a = kind_at(L, 2, SCRIPT_DUR);
    if (!a || !lua_isinteger(L, other))
        return no_sense(L);
    n = lua_tointeger(L, other);
    if (n > 1000000 || n < -1000000 || __builtin_mul_overflow(a->i, n, &ms))
        return no_sense(L);
    return date_push_dur(L, ms, a->months * n);
}

static int op_unm(lua_State *L)
{
    const struct cell *a = cell_check(L, 1, SCRIPT_DUR);

    return date_push_dur(L, -a->i, -(int64_t)a->months);
}

static int op_eq(lua_State *L)
{
    const struct cell *a = cell_test(L, 1);
    const struct cell *b = cell_test(L, 2);

    lua_pushboolean(L, a && b && a->kind == b->kind && a->i == b->i &&
                           a->months == b->months);
    return 1;
}

/* How long a month is depends on which: months and days have no order. */
static int compare(lua_State *L)
{
    const struct cell *a = cell_test(L, 1);
    const struct cell *b = cell_test(L, 2);

    if (!a || !b || a->kind != b->kind)
        return sandbox_raise(L, "E_TYPE", "A %s and a %s cannot be compared.",
                             a ? cell_kind_name(a->kind) : luaL_typename(L, 1),
                             b ? cell_kind_name(b->kind) : luaL_typename(L, 2));
    if (a->months != b->months)
        return sandbox_raise(L, "E_TYPE",
                             "Months and days cannot be compared.");
    return (a->i > b->i) - (a->i < b->i);
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

static bool push_part_of_day(lua_State *L, const char *key, int64_t day)
{
    struct ymd d = date_to_ymd(day);

    if (strcmp(key, "year") == 0)
        lua_pushinteger(L, d.year);
    else if (strcmp(key, "month") == 0)
        lua_pushinteger(L, d.month);
    else if (strcmp(key, "day") == 0)
        lua_pushinteger(L, d.day);
    else if (strcmp(key, "weekday") == 0)
        lua_pushinteger(L, date_weekday(day));
    else
        return false;
    return true;
}

static bool push_part_of_time(lua_State *L, const char *key, int64_t minutes)
{
    if (strcmp(key, "hour") == 0)
        lua_pushinteger(L, minutes / 60);
    else if (strcmp(key, "minute") == 0)
        lua_pushinteger(L, minutes % 60);
    else
        return false;
    return true;
}

static bool push_part_of_instant(lua_State *L, const char *key, int64_t ms)
{
    int64_t local, day;

    if (strcmp(key, "ms") == 0) {
        lua_pushinteger(L, ms);
        return true;
    }
    local = date_local(L, date_zone_of(L), ms);
    day = date_floor(local, DAY_MS);
    local -= day * DAY_MS;
    if (strcmp(key, "date") == 0)
        return date_push_day(L, day) == 1;
    if (strcmp(key, "time") == 0) {
        cell_push(L, &(struct cell){.kind = SCRIPT_TIME, .i = local / 60000});
        return true;
    }
    if (strcmp(key, "second") == 0) {
        lua_pushinteger(L, local / 1000 % 60);
        return true;
    }
    return push_part_of_day(L, key, day) ||
           push_part_of_time(L, key, local / 60000);
}

static int date_index(lua_State *L)
{
    const struct cell *c = cell_test(L, 1);
    const char *key;
    bool found = false;

    if (!c || lua_type(L, 2) != LUA_TSTRING)
        return 0;
    key = lua_tostring(L, 2);
    if (c->kind == SCRIPT_DATE)
        found = push_part_of_day(L, key, c->i);
    else if (c->kind == SCRIPT_INSTANT)
        found = push_part_of_instant(L, key, c->i);
    else if (c->kind == SCRIPT_TIME)
        found = push_part_of_time(L, key, c->i);
    else if (strcmp(key, "ms") == 0 || strcmp(key, "months") == 0) {
        lua_pushinteger(L, key[2] ? c->months : c->i);
        found = true;
    }
    return found ? 1 : 0;
}

void date_operators(lua_State *L, enum script_kind kind)
{
    static const struct cell_operator OPS[] = {
        {"__add", op_add}, {"__sub", op_sub}, {"__mul", op_mul},
        {"__eq", op_eq},   {"__lt", op_lt},   {"__le", op_le},
        {"__unm", op_unm}};
    size_t n = sizeof OPS / sizeof OPS[0];

    cell_set_operators(L, OPS, kind == SCRIPT_DUR ? n : n - 1);
    cell_set_index(L, "date");
}

static const struct script_fn *zone_fn(void)
{
    for (size_t i = 0; i < script_module_date.n; i++)
        if (script_module_date.fns[i].host)
            return &script_module_date.fns[i];
    return NULL;
}

const struct script_module script_module_date = {
    .name = "date",
    .doc =
        "Dates (no zone), datetimes (instants), times of day, durations. "
        "`date + dur`, `date - date` and comparisons work. Fields: of a date "
        "`year month day weekday`, of a datetime these and `hour minute "
        "second date time ms`, of a time `hour minute`, of a duration `ms "
        "months`. Local means the workspace's zone. A `unit` is min, hour, "
        "day, week, month, quarter or year, or its plural.",
    .fns = date_fns,
    .n = DATE_FNS,
    .index = date_index,
};
