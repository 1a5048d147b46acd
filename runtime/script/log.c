/*
 * log - the run's log: lines that a person reads in a terminal or a page, so
 * control characters are escaped and a run has a cap.
 */
#include "base/utf8.h"

#include "script/sandbox.h"

enum { LINE_BYTES = 4096, DATA_BYTES = 4096 };
static const char CUT[] = "... the log is full";

/* One line, whatever the script wrote. */
static void add_escaped(struct buf *b, struct str s)
{
    ptrdiff_t bad = utf8_invalid(s);

    if (bad >= 0)
        s = str_sub(s, 0, (size_t)bad);
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (c == '\n')
            buf_adds(b, "\\n");
        else if (c == '\t')
            buf_addc(b, ' ');
        else if (c < 0x20 || c == 0x7f)
            buf_addf(b, "\\x%02x", c);
        else if (c == 0xC2 && i + 1 < s.n &&
                 (unsigned char)s.p[i + 1] < 0xA0) { /* C1: also escapes */
            i++;
            buf_addf(b, "\\x%02x", (unsigned char)s.p[i]);
        } else
            buf_addc(b, s.p[i]);
    }
}

static struct str cut_to(struct str s, size_t n)
{
    if (s.n <= n)
        return s;
    while (n > 0 && ((unsigned char)s.p[n] & 0xC0) == 0x80)
        n--;
    return str_of(s.p, n);
}

void sandbox_log(lua_State *L, enum script_log_level level, int text, int data)
{
    static const struct script_caps CAPS = {DATA_BYTES, 200};
    struct sandbox *s = sandbox_of(L);
    struct arena_mark mark = arena_mark(&s->scratch);
    struct str line, encoded = {"", 0};

    if (s->log_cut || !s->log)
        return;
    if (data != 0 && !lua_isnoneornil(L, data)) {
        buf_reset(&s->out);
        sandbox_encode(L, data, &CAPS);
        encoded = str_copy(&s->scratch, buf_view(&s->out));
    }
    line.p = lua_tolstring(L, text, &line.n);
    line = cut_to(line, LINE_BYTES);
    sandbox_working(L, line.n + encoded.n);
    buf_reset(&s->out);
    add_escaped(&s->out, line);
    if (s->out.failed || !encoded.p)
        sandbox_die(L, KILL_MEMORY);
    s->log_left -= (int64_t)(s->out.n + encoded.n) + 16;
    if (s->log_left < 0) {
        s->log_cut = true;
        s->log(s->arg, level, str_c(CUT), STR(""));
    } else {
        s->log(s->arg, level, buf_view(&s->out), encoded);
    }
    arena_rewind(&s->scratch, mark);
}

static int write_line(lua_State *L, enum script_log_level level)
{
    luaL_checkany(L, 1);
    lua_settop(L, 2);
    sandbox_tostring(L, 1, NULL);
    sandbox_log(L, level, 3, 2);
    return 0;
}

static int log_debug(lua_State *L)
{
    return write_line(L, SCRIPT_LOG_DEBUG);
}

static int log_info_(lua_State *L)
{
    return write_line(L, SCRIPT_LOG_INFO);
}

static int log_warn_(lua_State *L)
{
    return write_line(L, SCRIPT_LOG_WARN);
}

static int log_error_(lua_State *L)
{
    return write_line(L, SCRIPT_LOG_ERROR);
}

/* log.span(name, fn): what fn answers, and a line with how long it took. */
static int log_span(lua_State *L)
{
    struct sandbox *s = sandbox_of(L);
    int64_t begin = sandbox_now_us();
    int64_t steps = s->steps;

    luaL_checkstring(L, 1);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 2);
    lua_pushvalue(L, 2);
    lua_call(L, 0, LUA_MULTRET);
    luaL_checkstack(L, 4, NULL);
    lua_pushfstring(L, "%s: %d us, %d steps", lua_tostring(L, 1),
                    (int)(sandbox_now_us() - begin), (int)(steps - s->steps));
    sandbox_log(L, SCRIPT_LOG_DEBUG, lua_gettop(L), 0);
    lua_pop(L, 1);
    return lua_gettop(L) - 2;
}

#define FN(name, f, signature, text, example)                                  \
    {                                                                          \
        "log." #name, signature, SCRIPT_ALL, 0, text, example, f, NULL         \
    }

static const struct script_fn FNS[] = {
    FN(debug, log_debug, "log.debug(msg, data?)",
       "A line for whoever looks for a mistake.",
       "log.debug('so far', {n = 1})"),
    FN(error, log_error_, "log.error(msg, data?)", "Something failed.",
       "log.error('the sync failed')"),
    FN(info, log_info_, "log.info(msg, data?)", "Something happened.",
       "log.info('3 tasks made')"),
    FN(span, log_span, "log.span(name, fn) -> ...",
       "What `fn()` answers, with a line that says how long it took.",
       "assert(log.span('sum', function() return 1 + 1 end) == 2)"),
    FN(warn, log_warn_, "log.warn(msg, data?)", "Something is odd.",
       "log.warn('no owner', {rule = 'assign'})"),
};

const struct script_module script_module_log = {
    .name = "log",
    .doc = "The run's log, in the trace of the rule. Lines are one line, at "
           "most 4 KiB; the log of a run has a cap (limits), then it is cut "
           "with a mark. `data` is a small table.",
    .fns = FNS,
    .n = sizeof FNS / sizeof FNS[0],
};
