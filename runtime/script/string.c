/*
 * string - the library of texts. As Lua's, but every loop is charged before it
 * runs, sizes are checked before they are made, and there is no way to an
 * address or to compiled code: no dump, pack, unpack, %p, %a.
 */
#include "script/match.h"
#include "script/sandbox.h"
#include "script/string_parts.h"

static struct str text_arg(lua_State *L, int arg)
{
    struct str s;

    s.p = luaL_checklstring(L, arg, &s.n);
    return s;
}

/* 1-based, from the end when negative; what lies before 1 is 0. */
static size_t position(lua_Integer i, size_t n)
{
    if (i > 0)
        return (size_t)i;
    if (i == 0)
        return 0;
    return i < -(lua_Integer)n ? 0 : n + (size_t)i + 1;
}

static size_t begin_arg(lua_State *L, int arg, lua_Integer fallback, size_t n)
{
    size_t i = position(luaL_optinteger(L, arg, fallback), n);

    return i == 0 ? 1 : i;
}

static size_t end_arg(lua_State *L, int arg, lua_Integer fallback, size_t n)
{
    lua_Integer i = luaL_optinteger(L, arg, fallback);

    if (i > (lua_Integer)n)
        return n;
    return position(i, n);
}

static int str_byte(lua_State *L)
{
    struct str s = text_arg(L, 1);
    lua_Integer from = luaL_optinteger(L, 2, 1);
    size_t i = begin_arg(L, 2, 1, s.n);
    size_t j = end_arg(L, 3, (lua_Integer)position(from, s.n), s.n);
    size_t n;

    if (i > j)
        return 0;
    n = j - i + 1;
    luaL_argcheck(L, n <= 250, 3, "at most 250 bytes at once");
    sandbox_step(L, sandbox_of(L), (int64_t)n);
    luaL_checkstack(L, (int)n, NULL);
    for (size_t k = 0; k < n; k++)
        lua_pushinteger(L, (unsigned char)s.p[i - 1 + k]);
    return (int)n;
}

static int str_char(lua_State *L)
{
    int n = lua_gettop(L);
    luaL_Buffer b;
    char *p = luaL_buffinitsize(L, &b, (size_t)n);

    sandbox_step(L, sandbox_of(L), n);
    for (int i = 1; i <= n; i++) {
        lua_Integer c = luaL_checkinteger(L, i);

        luaL_argcheck(L, c >= 0 && c <= 255, i, "value out of range");
        p[i - 1] = (char)c;
    }
    luaL_pushresultsize(&b, (size_t)n);
    return 1;
}

static int str_len(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)text_arg(L, 1).n);
    return 1;
}

/* By bytes; text.lower and text.upper know every script. */
static int change_case(lua_State *L, int first, int last)
{
    struct str s = text_arg(L, 1);
    luaL_Buffer b;
    char *p;

    sandbox_text_size(L, s.n);
    sandbox_working(L, s.n);
    p = luaL_buffinitsize(L, &b, s.n);
    for (size_t i = 0; i < s.n; i++)
        p[i] =
            s.p[i] >= first && s.p[i] <= last ? (char)(s.p[i] ^ 0x20) : s.p[i];
    luaL_pushresultsize(&b, s.n);
    return 1;
}

static int str_lower(lua_State *L)
{
    return change_case(L, 'A', 'Z');
}

static int str_upper(lua_State *L)
{
    return change_case(L, 'a', 'z');
}

static int str_reverse(lua_State *L)
{
    struct str s = text_arg(L, 1);
    luaL_Buffer b;
    char *p;

    sandbox_text_size(L, s.n);
    sandbox_working(L, s.n);
    p = luaL_buffinitsize(L, &b, s.n);
    for (size_t i = 0; i < s.n; i++)
        p[i] = s.p[s.n - 1 - i];
    luaL_pushresultsize(&b, s.n);
    return 1;
}

static int str_rep(lua_State *L)
{
    struct str s = text_arg(L, 1);
    lua_Integer n = luaL_checkinteger(L, 2);
    struct str sep = {"", 0};
    size_t total, done;
    luaL_Buffer b;
    char *p;

    if (!lua_isnoneornil(L, 3))
        sep = text_arg(L, 3);
    if (n <= 0 || s.n + sep.n == 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    if (s.n + sep.n > (size_t)INT64_MAX / (size_t)n)
        sandbox_die(L, KILL_STRING);
    total = s.n * (size_t)n + sep.n * (size_t)(n - 1);
    if (total == 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    sandbox_text_size(L, total);
    p = luaL_buffinitsize(L, &b, total);
    done = s.n + sep.n < total ? s.n + sep.n : total;
    memcpy(p, s.p, s.n);
    if (done > s.n)
        memcpy(p + s.n, sep.p, sep.n);
    while (done < total) { /* twice as much each time */
        size_t more = done < total - done ? done : total - done;

        memcpy(p + done, p, more);
        done += more;
    }
    luaL_pushresultsize(&b, total);
    return 1;
}

static int str_sub_(lua_State *L)
{
    struct str s = text_arg(L, 1);
    size_t i = begin_arg(L, 2, 1, s.n);
    size_t j = end_arg(L, 3, -1, s.n);

    luaL_checkinteger(L, 2);
    if (i > j) {
        lua_pushliteral(L, "");
        return 1;
    }
    sandbox_copying(L, j - i + 1);
    lua_pushlstring(L, s.p + i - 1, j - i + 1);
    return 1;
}

/* --- patterns ------------------------------------------------------------------------ */

static void check_end(lua_State *L, const struct match *m)
{
    struct sandbox *s = sandbox_of(L);

    if (m->end == MATCH_SPENT)
        sandbox_die(L, KILL_STEPS);
    if (m->end == MATCH_BAD)
        luaL_error(L, "%s", m->why);
    s->until_look = 0; /* the matcher took steps by itself */
    sandbox_step(L, s, 1);
}

/* It counts down the run's own steps; the clocks are looked at afterwards. */
static void begin_match(lua_State *L, struct match *m, struct str s,
                        struct str p)
{
    match_init(m, s, p, &sandbox_of(L)->steps);
}

/* Captures, or the whole match when there are none. */
static int push_captures(lua_State *L, const struct match *m, size_t begin,
                         size_t end)
{
    int n = m->level ? m->level : 1;

    luaL_checkstack(L, n + 2, "too many captures");
    if (m->level == 0)
        lua_pushlstring(L, m->subject.p + begin, end - begin);
    for (int i = 0; i < m->level; i++) {
        if (m->capture[i].n == MATCH_POSITION) {
            lua_pushinteger(L, m->capture[i].at - m->subject.p + 1);
        } else {
            sandbox_copying(L, (size_t)m->capture[i].n);
            lua_pushlstring(L, m->capture[i].at, (size_t)m->capture[i].n);
        }
    }
    return n;
}

static int found_plain(lua_State *L, struct str s, struct str p, size_t from)
{
    const char *at;

    sandbox_working(L, s.n - from + p.n);
    /* In time n + m, whatever the texts. */
    at = p.n == 0 ? s.p + from : memmem(s.p + from, s.n - from, p.p, p.n);
    if (!at) {
        lua_pushnil(L);
        return 1;
    }
    lua_pushinteger(L, at - s.p + 1);
    lua_pushinteger(L, at - s.p + (lua_Integer)p.n);
    return 2;
}

static int find_or_match(lua_State *L, bool find)
{
    struct str s = text_arg(L, 1);
    struct str p = text_arg(L, 2);
    size_t from = begin_arg(L, 3, 1, s.n) - 1;
    size_t begin = from;
    size_t end = 0;
    bool anchored = p.n > 0 && p.p[0] == '^';
    enum match_end r;
    struct match m;
    int n = 0;

    if (from > s.n) {
        lua_pushnil(L);
        return 1;
    }
    if (find && (lua_toboolean(L, 4) || match_is_plain(p)))
        return found_plain(L, s, p, from);
    if (anchored)
        p = str_of(p.p + 1, p.n - 1);
    begin_match(L, &m, s, p);
    r = anchored ? match_at(&m, from, &end)
                 : match_find(&m, from, &begin, &end);
    check_end(L, &m);
    if (r != MATCH_YES) {
        lua_pushnil(L);
        return 1;
    }
    if (find) {
        lua_pushinteger(L, (lua_Integer)begin + 1);
        lua_pushinteger(L, (lua_Integer)end);
        n = 2;
        if (m.level == 0)
            return n;
    }
    return n + push_captures(L, &m, begin, end);
}

static int str_find_(lua_State *L)
{
    return find_or_match(L, true);
}

static int str_match(lua_State *L)
{
    return find_or_match(L, false);
}

/* Upvalues: subject, pattern, where to go on, the end of the last match. */
static int gmatch_next(lua_State *L)
{
    struct str s, p;
    size_t from = (size_t)lua_tointeger(L, lua_upvalueindex(3));
    lua_Integer last = lua_tointeger(L, lua_upvalueindex(4));
    size_t begin, end;
    struct match m;

    s.p = lua_tolstring(L, lua_upvalueindex(1), &s.n);
    p.p = lua_tolstring(L, lua_upvalueindex(2), &p.n);
    begin_match(L, &m, s, p);
    for (; from <= s.n; from++) {
        enum match_end r = match_find(&m, from, &begin, &end);

        check_end(L, &m);
        if (r != MATCH_YES)
            break;
        from = begin;
        if ((lua_Integer)end == last)
            continue; /* the empty one where the last ended */
        lua_pushinteger(L, (lua_Integer)end);
        lua_pushvalue(L, -1);
        lua_replace(L, lua_upvalueindex(3));
        lua_replace(L, lua_upvalueindex(4));
        return push_captures(L, &m, begin, end);
    }
    lua_pushinteger(L, (lua_Integer)s.n + 1);
    lua_replace(L, lua_upvalueindex(3));
    return 0;
}

static int str_gmatch(lua_State *L)
{
    struct str s = text_arg(L, 1);
    size_t from = begin_arg(L, 3, 1, s.n) - 1;

    text_arg(L, 2);
    lua_settop(L, 2);
    lua_pushinteger(L, (lua_Integer)(from > s.n ? s.n + 1 : from));
    lua_pushinteger(L, -1);
    lua_pushcclosure(L, gmatch_next, 4);
    return 1;
}

/* --- gsub -------------------------------------------------------------------------------- */

void string_add(lua_State *L, luaL_Buffer *b, const char *p, size_t n)
{
    if (luaL_bufflen(b) + n + 25 > (size_t)sandbox_of(L)->job->limits.one)
        sandbox_die(L, KILL_STRING);
    sandbox_copying(L, n);
    luaL_addlstring(b, p, n);
}

/* The text of capture i; raises for a position, which pushes one. */
static void add_capture(lua_State *L, luaL_Buffer *b, const struct match *m,
                        int i, struct str whole)
{
    char number[24];

    if (i >= (m->level ? m->level : 1))
        luaL_error(L, "invalid capture index %%%d in replacement string",
                   i + 1);
    if (m->level == 0) {
        string_add(L, b, whole.p, whole.n);
    } else if (m->capture[i].n == MATCH_POSITION) {
        int n = snprintf(number, sizeof number, "%td",
                         m->capture[i].at - m->subject.p + 1);
        string_add(L, b, number, (size_t)n);
    } else {
        string_add(L, b, m->capture[i].at, (size_t)m->capture[i].n);
    }
}

/* "%1 and %2": argument 3. */
static void add_template(lua_State *L, luaL_Buffer *b, const struct match *m,
                         struct str whole)
{
    size_t n;
    const char *t = lua_tolstring(L, 3, &n);

    for (size_t i = 0; i < n;) {
        const char *percent = memchr(t + i, '%', n - i);
        size_t plain = percent ? (size_t)(percent - t) - i : n - i;

        string_add(L, b, t + i, plain);
        i += plain;
        if (!percent)
            return;
        i++;
        if (i == n || (t[i] != '%' && !(t[i] >= '0' && t[i] <= '9')))
            luaL_error(L, "invalid use of '%%' in replacement string");
        if (t[i] == '%')
            string_add(L, b, "%", 1);
        else if (t[i] == '0')
            string_add(L, b, whole.p, whole.n);
        else
            add_capture(L, b, m, t[i] - '1', whole);
        i++;
    }
}

/* What a function or table says: false and nil keep the text as it was. */
static void add_answer(lua_State *L, luaL_Buffer *b, const struct match *m,
                       struct str whole, size_t begin, size_t end)
{
    size_t n;
    const char *p;

    if (lua_type(L, 3) == LUA_TFUNCTION) {
        lua_pushvalue(L, 3);
        n = (size_t)push_captures(L, m, begin, end);
        lua_call(L, (int)n, 1);
    } else {
        int got = push_captures(L, m, begin, end);

        lua_pop(L, got - 1);
        lua_gettable(L, 3);
    }
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        string_add(L, b, whole.p, whole.n);
        return;
    }
    if (!lua_isstring(L, -1))
        luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
    /* The buffer wants its own value on top of the stack: keep the text in
       slot 5 meanwhile. */
    lua_replace(L, 5);
    p = lua_tolstring(L, 5, &n);
    string_add(L, b, p, n);
}

static int str_gsub(lua_State *L)
{
    struct str s = text_arg(L, 1);
    struct str p = text_arg(L, 2);
    int type = lua_type(L, 3);
    lua_Integer most = luaL_optinteger(L, 4, (lua_Integer)s.n + 1);
    bool anchored = p.n > 0 && p.p[0] == '^';
    size_t at = 0;
    ptrdiff_t last = -1;
    lua_Integer n = 0;
    struct match m;
    luaL_Buffer b;

    luaL_argexpected(L,
                     type == LUA_TNUMBER || type == LUA_TSTRING ||
                         type == LUA_TFUNCTION || type == LUA_TTABLE,
                     3, "string/function/table");
    lua_settop(L, 5);
    if (type == LUA_TNUMBER)
        lua_tolstring(L, 3, NULL);
    if (anchored)
        p = str_of(p.p + 1, p.n - 1);
    luaL_buffinit(L, &b);
    while (n < most) {
        size_t end = 0;
        struct str whole;
        enum match_end r;

        begin_match(L, &m, s, p);
        r = match_at(&m, at, &end);
        check_end(L, &m);
        if (r == MATCH_YES && (ptrdiff_t)end != last) {
            n++;
            whole = str_of(s.p + at, end - at);
            if (type == LUA_TSTRING || type == LUA_TNUMBER)
                add_template(L, &b, &m, whole);
            else
                add_answer(L, &b, &m, whole, at, end);
            at = end;
            last = (ptrdiff_t)end;
        } else if (at < s.n) {
            string_add(L, &b, s.p + at, 1);
            at++;
        } else {
            break;
        }
        if (anchored)
            break;
    }
    string_add(L, &b, s.p + at, s.n - at);
    luaL_pushresult(&b);
    lua_pushinteger(L, n);
    return 2;
}

#define FN(name, f, signature, text, example)                                  \
    {                                                                          \
        "string." #name, signature, SCRIPT_ALL, 0, text, example, f, NULL      \
    }

static const struct script_fn FNS[] = {
    FN(byte, str_byte, "string.byte(s, i?, j?) -> integer, ...",
       "The bytes i to j (at most 250).", "assert(('A'):byte() == 65)"),
    FN(char, str_char, "string.char(...) -> text", "A text of these bytes.",
       "assert(string.char(72, 105) == 'Hi')"),
    FN(find, str_find_,
       "string.find(s, pattern, init?, plain?) -> begin, end, ...",
       "Where `pattern` first matches, and its captures; nil when nowhere. "
       "Each character tried costs a step.",
       "local b, e, year = ('due 2026'):find('(%d+)')\n"
       "assert(b == 5 and e == 8 and year == '2026')"),
    FN(format, string_format, "string.format(format, ...) -> text",
       "As in C: %d %i %u %c %x %X %o %e %f %g %s %q %%, at most 32 of them. "
       "No %p and no %a.",
       "assert(('%05.1f|%s'):format(3.14159, true) == '003.1|true')"),
    FN(gmatch, str_gmatch, "string.gmatch(s, pattern, init?) -> iterator",
       "For loops over all matches.",
       "local n = 0\n"
       "for word in ('one two'):gmatch('%a+') do n = n + #word end\n"
       "assert(n == 6)"),
    FN(gsub, str_gsub,
       "string.gsub(s, pattern, replacement, n?) -> text, count",
       "`s` with matches replaced by a text (%1 is a capture), by what a table "
       "has for the first capture, or by what a function answers.",
       "assert(('a-b'):gsub('-', '+') == 'a+b')\n"
       "assert(('x=1'):gsub('(%w)=(%w)', '%2=%1') == '1=x')"),
    FN(len, str_len, "string.len(s) -> integer",
       "Its bytes; utf8.len counts characters.", "assert(('abc'):len() == 3)"),
    FN(lower, str_lower, "string.lower(s) -> text",
       "A-Z as a-z; text.lower knows all letters.",
       "assert(('ABC'):lower() == 'abc')"),
    FN(match, str_match, "string.match(s, pattern, init?) -> text, ...",
       "The captures of the first match, or the match; nil without one.",
       "assert(('key = v'):match('^(%w+) = ') == 'key')"),
    FN(rep, str_rep, "string.rep(s, n, sep?) -> text",
       "n times, with `sep` "
       "between.",
       "assert(('ab'):rep(2, ',') == 'ab,ab')"),
    FN(reverse, str_reverse, "string.reverse(s) -> text",
       "Its bytes backwards.", "assert(('abc'):reverse() == 'cba')"),
    FN(sub, str_sub_, "string.sub(s, i, j?) -> text",
       "The bytes i to j; negative ones count from the end.",
       "assert(('hello'):sub(2, -2) == 'ell')"),
    FN(upper, str_upper, "string.upper(s) -> text",
       "a-z as A-Z; text.upper knows all letters.",
       "assert(('abc'):upper() == 'ABC')"),
};

const struct script_module script_module_string = {
    .name = "string",
    .doc = "Texts, by bytes. Methods of every text: `s:upper()`. Patterns are "
           "Lua's; each character they try costs a step of the run. For "
           "letters of all languages see `text` and `utf8`.",
    .fns = FNS,
    .n = sizeof FNS / sizeof FNS[0],
};
