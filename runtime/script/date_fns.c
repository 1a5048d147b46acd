/*
 * date_fns - the functions of `date`.
 */
#include "script/cell.h"
#include "script/date.h"

#define DAY_MS INT64_C(86400000)
enum { RANGE_MAX = 10000, FORMAT_BYTES = 100 };

enum unit { MINUTE, HOUR, DAY, WEEK, MONTH, QUARTER, YEAR };

static enum unit unit_arg(lua_State *L, int arg)
{
    static const struct {
        const char *name;
        enum unit unit;
    } UNITS[] = {
        {"min", MINUTE},      {"minute", MINUTE},    {"minutes", MINUTE},
        {"h", HOUR},          {"hour", HOUR},        {"hours", HOUR},
        {"day", DAY},         {"days", DAY},         {"week", WEEK},
        {"weeks", WEEK},      {"month", MONTH},      {"months", MONTH},
        {"quarter", QUARTER}, {"quarters", QUARTER}, {"year", YEAR},
        {"years", YEAR}};
    const char *name = luaL_checkstring(L, arg);

    for (size_t i = 0; i < sizeof UNITS / sizeof UNITS[0]; i++)
        if (strcmp(UNITS[i].name, name) == 0)
            return UNITS[i].unit;
    luaL_argerror(L, arg, "a unit: min, hour, day, week, month, quarter, year");
    return DAY;
}

static int months_of(enum unit unit)
{
    return unit == MONTH ? 1 : unit == QUARTER ? 3 : unit == YEAR ? 12 : 0;
}

/* Of units of a fixed length; 0 for the others. */
static int64_t ms_of(enum unit unit)
{
    switch (unit) {
    case MINUTE:
        return 60000;
    case HOUR:
        return 3600000;
    case DAY:
        return DAY_MS;
    case WEEK:
        return 7 * DAY_MS;
    case MONTH:
    case QUARTER:
    case YEAR:
        break;
    }
    return 0;
}

/* A date or datetime. */
static const struct cell *when_arg(lua_State *L, int arg)
{
    const struct cell *c = cell_test(L, arg);

    if (!c || (c->kind != SCRIPT_DATE && c->kind != SCRIPT_INSTANT))
        sandbox_raise(L, "E_TYPE",
                      "Argument %d must be a date or a datetime, not a %s.",
                      arg, c ? cell_kind_name(c->kind) : luaL_typename(L, arg));
    return c;
}

/* The day of a date, or the local one of an instant. */
static int64_t day_arg(lua_State *L, int arg)
{
    const struct cell *c = when_arg(L, arg);

    if (c->kind == SCRIPT_DATE)
        return c->i;
    return date_floor(date_local(L, date_zone_of(L), c->i), DAY_MS);
}

static int64_t amount_arg(lua_State *L, int arg)
{
    lua_Integer n = luaL_checkinteger(L, arg);

    luaL_argcheck(L, n >= -100000000 && n <= 100000000, arg, "too large");
    return n;
}

/* --- making --------------------------------------------------------------------------------- */

static int date_today(lua_State *L)
{
    const struct wire_run *job = sandbox_of(L)->job;

    return date_push_day(L, date_floor(job->now_ms + job->offset_ms, DAY_MS));
}

static int date_now(lua_State *L)
{
    return date_push_instant(L, sandbox_of(L)->job->now_ms);
}

static int date_new(lua_State *L)
{
    lua_Integer y = luaL_checkinteger(L, 1);
    lua_Integer m = luaL_checkinteger(L, 2);
    lua_Integer d = luaL_checkinteger(L, 3);

    if (y < 1 || y > 9999 || m < 1 || m > 12 || d < 1 || d > 31 ||
        !date_valid((int)y, (int)m, (int)d))
        return sandbox_raise(L, "E_TYPE", "There is no such day.");
    return date_push_day(L, date_from_ymd((int)y, (int)m, (int)d));
}

static bool parse_time(struct str s, int64_t *minutes)
{
    if (s.n != 5 || s.p[2] != ':' || s.p[0] < '0' || s.p[0] > '2' ||
        s.p[1] < '0' || s.p[1] > '9' || s.p[3] < '0' || s.p[3] > '5' ||
        s.p[4] < '0' || s.p[4] > '9')
        return false;
    *minutes = ((s.p[0] - '0') * 10 + s.p[1] - '0') * 60 + (s.p[3] - '0') * 10 +
               s.p[4] - '0';
    return *minutes < 24 * 60;
}

static int date_parse_(lua_State *L)
{
    struct str s, pattern;
    int64_t v;

    s.p = luaL_checklstring(L, 1, &s.n);
    s = str_trim(s);
    if (!lua_isnoneornil(L, 2)) {
        pattern.p = luaL_checklstring(L, 2, &pattern.n);
        if (s.n <= FORMAT_BYTES && pattern.n <= FORMAT_BYTES &&
            date_parse_pattern(s, pattern, &v))
            return date_push_day(L, v);
    } else if (date_parse(s, &v)) {
        return date_push_day(L, v);
    } else if (parse_time(s, &v)) {
        cell_push(L, &(struct cell){.kind = SCRIPT_TIME, .i = v});
        return 1;
    } else if (instant_parse(s, &v)) {
        return date_push_instant(L, v);
    }
    lua_pushnil(L);
    return 1;
}

static int date_at(lua_State *L)
{
    int64_t day = cell_check(L, 1, SCRIPT_DATE)->i;
    const struct cell *time = cell_test(L, 2);
    int64_t minutes = 0;
    struct str s;

    if (time && time->kind == SCRIPT_TIME) {
        minutes = time->i;
    } else {
        s.p = luaL_checklstring(L, 2, &s.n);
        if (!parse_time(s, &minutes))
            return luaL_argerror(L, 2, "a time like \"08:30\"");
    }
    return date_push_instant(
        L, date_from_local(L, date_zone_of(L), day * DAY_MS + minutes * 60000));
}

static int date_dur(lua_State *L)
{
    int64_t n = amount_arg(L, 1);
    enum unit unit = unit_arg(L, 2);

    return date_push_dur(L, n * ms_of(unit), n * months_of(unit));
}

/* --- reckoning ------------------------------------------------------------------------------- */

int64_t date_add_local(lua_State *L, int64_t ms, int64_t months, int64_t days)
{
    int64_t local, day, moved;

    if (months == 0 && days == 0)
        return ms;
    local = date_local(L, date_zone_of(L), ms);
    day = date_floor(local, DAY_MS);
    if (!date_add_months(day, months, &moved))
        sandbox_raise(L, "E_TYPE", "The date is outside the years 1 to 9999.");
    local += (moved - day + days) * DAY_MS;
    if (local < INSTANT_MIN || local > INSTANT_MAX)
        sandbox_raise(L, "E_TYPE", "The date is outside the years 1 to 9999.");
    return date_from_local(L, date_zone_of(L), local);
}

static int date_add(lua_State *L)
{
    const struct cell *c = when_arg(L, 1);
    int64_t n = amount_arg(L, 2);
    enum unit unit = unit_arg(L, 3);
    int64_t days = unit == DAY ? n : unit == WEEK ? 7 * n : 0;
    int64_t moved;

    if (c->kind == SCRIPT_INSTANT) {
        if (unit == MINUTE || unit == HOUR)
            return date_push_instant(L, c->i + n * ms_of(unit));
        return date_push_instant(
            L, date_add_local(L, c->i, n * months_of(unit), days));
    }
    if (unit == MINUTE || unit == HOUR)
        return sandbox_raise(L, "E_TYPE",
                             "A date takes whole days; use a datetime.");
    if (!date_add_months(c->i, n * months_of(unit), &moved))
        return sandbox_raise(L, "E_TYPE",
                             "The date is outside the years 1 to 9999.");
    return date_push_day(L, moved + days);
}

/* Whole months from a to b, toward zero. */
static int64_t months_between(int64_t a, int64_t b)
{
    struct ymd x = date_to_ymd(a);
    struct ymd y = date_to_ymd(b);
    int64_t n = (y.year - x.year) * 12 + y.month - x.month;
    int64_t at = a;

    if (date_add_months(a, n, &at)) {
        if (b >= a && at > b)
            n--;
        else if (b < a && at < b)
            n++;
    }
    return n;
}

static int date_diff(lua_State *L)
{
    const struct cell *a = when_arg(L, 1);
    const struct cell *b = when_arg(L, 2);
    enum unit unit = unit_arg(L, 3);

    if (a->kind != b->kind)
        return sandbox_raise(L, "E_TYPE",
                             "A date and a datetime have no difference.");
    if (months_of(unit) > 0) {
        int64_t day_a = day_arg(L, 1);
        int64_t day_b = day_arg(L, 2);

        lua_pushinteger(L, months_between(day_a, day_b) / months_of(unit));
    } else {
        int64_t ms =
            a->kind == SCRIPT_DATE ? (b->i - a->i) * DAY_MS : b->i - a->i;

        lua_pushinteger(L, ms / ms_of(unit));
    }
    return 1;
}

/* The first day of the unit a day lies in, `after` units later. */
static int64_t unit_start(lua_State *L, int64_t day, enum unit unit, int after)
{
    struct ymd d = date_to_ymd(day);
    int64_t start;

    if (unit == MINUTE || unit == HOUR)
        return sandbox_raise(L, "E_TYPE", "A date has no hours.");
    if (unit == DAY)
        return day + after;
    if (unit == WEEK)
        return day - date_weekday(day) + 1 + (int64_t)7 * after;
    if (unit == QUARTER)
        d.month -= (d.month - 1) % 3;
    else if (unit == YEAR)
        d.month = 1;
    start = date_from_ymd(d.year, d.month, 1);
    if (!date_add_months(start, (int64_t)after * months_of(unit), &start))
        return DATE_MAX + 1;
    return start;
}

static int edge(lua_State *L, int after)
{
    const struct cell *c = when_arg(L, 1);
    enum unit unit = unit_arg(L, 2);
    int64_t local, day;

    if (c->kind == SCRIPT_DATE)
        return date_push_day(L, unit_start(L, c->i, unit, after) - after);
    if (unit == MINUTE || unit == HOUR)
        return date_push_instant(
            L, (date_floor(c->i, ms_of(unit)) + after) * ms_of(unit) - after);
    local = date_local(L, date_zone_of(L), c->i);
    day = unit_start(L, date_floor(local, DAY_MS), unit, after);
    if (day < DATE_MIN || day > DATE_MAX)
        return date_push_day(L, day);
    return date_push_instant(
        L, date_from_local(L, date_zone_of(L), day * DAY_MS) - after);
}

static int date_start_of(lua_State *L)
{
    return edge(L, 0);
}

static int date_end_of(lua_State *L)
{
    return edge(L, 1);
}

static int date_weekday_(lua_State *L)
{
    lua_pushinteger(L, date_weekday(day_arg(L, 1)));
    return 1;
}

static int date_iso_week_(lua_State *L)
{
    lua_pushinteger(L, date_iso_week(day_arg(L, 1)));
    return 1;
}

static int date_range(lua_State *L)
{
    int64_t a = cell_check(L, 1, SCRIPT_DATE)->i;
    int64_t b = cell_check(L, 2, SCRIPT_DATE)->i;
    enum unit unit = lua_isnoneornil(L, 3) ? DAY : unit_arg(L, 3);
    lua_Integer n = 0;
    int64_t at = a;

    if (unit == MINUTE || unit == HOUR)
        return sandbox_raise(L, "E_TYPE", "A date has no hours.");
    lua_newtable(L);
    while (at <= b) {
        if (++n > RANGE_MAX)
            return sandbox_raise(L, "E_TYPE", "More than %d dates.", RANGE_MAX);
        sandbox_step(L, sandbox_of(L), 1);
        date_push_day(L, at);
        lua_rawseti(L, -2, n);
        if (months_of(unit) == 0)
            at += unit == WEEK ? 7 : 1;
        else if (!date_add_months(a, n * months_of(unit), &at))
            break;
        if (at > DATE_MAX)
            break;
    }
    return 1;
}

static int date_tz(lua_State *L)
{
    int64_t ms = cell_check(L, 1, SCRIPT_INSTANT)->i;
    struct str zone;
    int64_t local, day;

    zone.p = luaL_checklstring(L, 2, &zone.n);
    local = date_local(L, zone, ms);
    day = date_floor(local, DAY_MS);
    lua_createtable(L, 0, 3);
    date_push_day(L, day);
    lua_setfield(L, -2, "date");
    cell_push(L, &(struct cell){.kind = SCRIPT_TIME,
                                .i = (local - day * DAY_MS) / 60000});
    lua_setfield(L, -2, "time");
    lua_pushinteger(L, (local - ms) / 60000);
    lua_setfield(L, -2, "offset");
    return 1;
}

/* --- format ---------------------------------------------------------------------------------- */

static const char *const MONTHS[2][12] = {
    {"January", "February", "March", "April", "May", "June", "July", "August",
     "September", "October", "November", "December"},
    {"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August",
     "September", "Oktober", "November", "Dezember"}};
static const char *const DAYS[2][7] = {
    {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
     "Sunday"},
    {"Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag",
     "Sonntag"}};

struct moment {
    int64_t day, ms; /* of the day */
    int lang;
};

/* The first letters of a name; März is five bytes. */
static void add_short(struct buf *b, const char *name, size_t points)
{
    for (size_t i = 0; name[i]; i++) {
        if (((unsigned char)name[i] & 0xC0) != 0x80 && points-- == 0)
            return;
        buf_addc(b, name[i]);
    }
}

/* One run of a letter; false when it means nothing. */
static bool add_field(struct buf *b, const struct moment *m, char letter,
                      size_t n)
{
    struct ymd d = date_to_ymd(m->day);
    int weekday = date_weekday(m->day) - 1;

    if (letter == 'Y' && (n == 4 || n == 2))
        buf_addf(b, n == 4 ? "%04d" : "%02d", n == 4 ? d.year : d.year % 100);
    else if (letter == 'M' && n == 4)
        buf_adds(b, MONTHS[m->lang][d.month - 1]);
    else if (letter == 'M' && n == 3)
        add_short(b, MONTHS[m->lang][d.month - 1], 3);
    else if (letter == 'M' && n <= 2)
        buf_addf(b, n == 2 ? "%02d" : "%d", d.month);
    else if (letter == 'D' && n <= 2)
        buf_addf(b, n == 2 ? "%02d" : "%d", d.day);
    else if (letter == 'd' && n == 4)
        buf_adds(b, DAYS[m->lang][weekday]);
    else if (letter == 'd' && n == 3)
        add_short(b, DAYS[m->lang][weekday], m->lang == 1 ? 2 : 3);
    else if (letter == 'H' && n <= 2)
        buf_addf(b, n == 2 ? "%02d" : "%d", (int)(m->ms / 3600000));
    else if (letter == 'm' && n == 2)
        buf_addf(b, "%02d", (int)(m->ms / 60000 % 60));
    else if (letter == 's' && n == 2)
        buf_addf(b, "%02d", (int)(m->ms / 1000 % 60));
    else
        return false;
    return true;
}

static bool add_formatted(struct buf *b, const struct moment *m, struct str f)
{
    size_t i = 0;

    while (i < f.n) {
        size_t n = 1;

        if (f.p[i] == '\'') {
            for (i++; i < f.n && f.p[i] != '\''; i++)
                buf_addc(b, f.p[i]);
            i++;
            continue;
        }
        while (i + n < f.n && f.p[i + n] == f.p[i])
            n++;
        if ((f.p[i] >= 'A' && f.p[i] <= 'Z') ||
            (f.p[i] >= 'a' && f.p[i] <= 'z')) {
            if (!add_field(b, m, f.p[i], n))
                return false;
        } else {
            buf_add(b, str_of(f.p + i, n));
        }
        i += n;
    }
    return true;
}

static int date_format_(lua_State *L)
{
    struct sandbox *s = sandbox_of(L);
    const struct cell *c = cell_test(L, 1);
    struct str lang = s->job->lang;
    struct str f = {"YYYY-MM-DD", 10};
    struct moment m = {0};

    if (!c || c->kind < SCRIPT_DATE || c->kind > SCRIPT_TIME)
        return sandbox_raise(L, "E_TYPE",
                             "Only dates and times are formatted.");
    if (c->kind == SCRIPT_DATE) {
        m.day = c->i;
    } else if (c->kind == SCRIPT_TIME) {
        m.ms = c->i * 60000;
        f = STR("HH:mm");
    } else {
        int64_t local = date_local(L, date_zone_of(L), c->i);

        m.day = date_floor(local, DAY_MS);
        m.ms = local - m.day * DAY_MS;
        f = STR("YYYY-MM-DD HH:mm");
    }
    if (!lua_isnoneornil(L, 2))
        f.p = luaL_checklstring(L, 2, &f.n);
    if (!lua_isnoneornil(L, 3))
        lang.p = luaL_checklstring(L, 3, &lang.n);
    luaL_argcheck(L, f.n <= FORMAT_BYTES, 2, "at most 100 bytes");
    m.lang = str_starts(lang, STR("de"));
    buf_reset(&s->out);
    if (!add_formatted(&s->out, &m, f))
        return luaL_argerror(L, 2,
                             "letters are YYYY YY MMMM MMM MM M DD D dddd ddd "
                             "HH H mm ss; others go into '...'");
    if (s->out.failed)
        sandbox_die(L, KILL_MEMORY);
    lua_pushlstring(L, s->out.p, s->out.n);
    return 1;
}

/* --- declarations ------------------------------------------------------------------------------ */

#define FN(name, f, signature, text, example)                                  \
    {                                                                          \
        "date." #name, signature, SCRIPT_ALL, 0, text, example, f, NULL        \
    }

const struct script_fn date_fns[DATE_FNS] = {
    FN(add, date_add, "date.add(when, n, unit) -> date|datetime",
       "n units later (earlier when negative). Months end where shorter ones "
       "do; days and longer keep the time of day.",
       "assert(date.add(date.new(2026, 1, 31), 1, 'month') == "
       "date.new(2026, 2, 28))"),
    FN(at, date_at, "date.at(date, time) -> datetime",
       "A date at a local time of day, a time or a text like \"08:30\".",
       "assert(date.at(date.new(2026, 3, 1), '08:30').hour == 8)"),
    FN(diff, date_diff, "date.diff(a, b, unit) -> integer",
       "Whole units from a to b.",
       "assert(date.diff(date.new(2026, 1, 1), date.new(2026, 3, 1), 'days') "
       "== 59)"),
    FN(dur, date_dur, "date.dur(n, unit) -> dur", "A duration.",
       "assert(date.new(2026, 1, 1) + date.dur(2, 'weeks') == "
       "date.new(2026, 1, 15))"),
    FN(end_of, date_end_of, "date.end_of(when, unit) -> date|datetime",
       "The last day, or millisecond, of the unit it lies in.",
       "assert(date.end_of(date.new(2026, 2, 3), 'month') == "
       "date.new(2026, 2, 28))"),
    FN(format, date_format_, "date.format(when, format?, lang?) -> text",
       "By letters: YYYY YY MMMM MMM MM M DD D dddd ddd HH H mm ss; text in "
       "single quotes stays. Names in English or German.",
       "assert(date.format(date.new(2026, 3, 1), 'dddd, D. MMMM YYYY', 'de') "
       "== 'Sonntag, 1. März 2026')"),
    FN(iso_week, date_iso_week_, "date.iso_week(when) -> integer",
       "Its week of the year, 1 to 53.",
       "assert(date.iso_week(date.new(2026, 1, 1)) == 1)"),
    FN(new, date_new, "date.new(year, month, day) -> date",
       "A date; raises E_TYPE when there is no such day.",
       "assert(date.new(2026, 12, 31).weekday == 4)"),
    FN(now, date_now, "date.now() -> datetime",
       "When the run began; it stays the same during the run.",
       "assert(date.now() == date.now())"),
    FN(parse, date_parse_, "date.parse(s, pattern?) -> date|datetime|time|nil",
       "From ISO 8601: \"2026-03-01\", \"08:30\", \"2026-03-01T08:30:00Z\"; "
       "with a pattern of Y M D (\"DD.MM.YYYY\") a date. Nil when it is none.",
       "assert(date.parse('01.03.2026', 'DD.MM.YYYY') == date.new(2026, 3, "
       "1))"),
    FN(range, date_range, "date.range(a, b, unit?) -> list",
       "The dates from a to b, a day or `unit` apart; at most 10,000.",
       "assert(#date.range(date.new(2026, 1, 1), date.new(2026, 1, 7)) == 7)"),
    FN(start_of, date_start_of, "date.start_of(when, unit) -> date|datetime",
       "The first day, or instant, of the unit it lies in; weeks begin on "
       "Monday.",
       "assert(date.start_of(date.new(2026, 5, 20), 'quarter') == "
       "date.new(2026, 4, 1))"),
    FN(today, date_today, "date.today() -> date",
       "The local day on which the run began.",
       "assert(date.today() == date.now().date)"),
    FN(tz, date_tz, "date.tz(when, zone) -> table",
       "`date`, `time` and `offset` (minutes) of an instant in a zone like "
       "\"Asia/Tokyo\". Raises E_NOT_FOUND for no zone.",
       "local t = date.tz(date.parse('2026-03-01T20:00:00Z'), 'Asia/Tokyo')\n"
       "assert(t.date == date.new(2026, 3, 2) and t.offset == 540)"),
    FN(weekday, date_weekday_, "date.weekday(when) -> integer",
       "1 Monday to 7 Sunday.",
       "assert(date.weekday(date.new(2026, 3, 1)) == 7)"),
    {"date.zone_", "date.zone_(zone, ms) -> list", SCRIPT_ALL, 20, NULL, NULL,
     NULL, date_zone_host},
};
