#include "box.h"

#include "script/date.h"
#include "script/host.h"
#include "test.h"

static void keep_log(void *arg, enum script_log_level level, struct str text,
                     struct str data)
{
    struct box *b = arg;

    (void)level;
    (void)data;
    if (b->log_n + text.n + 2 < sizeof b->log) {
        memcpy(b->log + b->log_n, text.p, text.n);
        b->log_n += text.n;
        b->log[b->log_n++] = '\n';
        b->log[b->log_n] = '\0';
    }
}

/* The server's part of `date`, without a server. */
static bool ask(void *arg, struct sandbox *s, struct str call,
                struct str *answer)
{
    struct box *b = arg;
    struct wire_call c;
    struct err err = ERR_INIT;
    struct script_fn fn = {.name = "date.zone_"};
    struct script_call sc = {.fn = &fn, .arena = &b->arena};
    struct script_problem p = {.code = STR("E_NOT_FOUND")};
    struct buf out;
    bool ok;

    (void)s;
    if (wire_read_call(call, &b->arena, &c, NULL) != RC_OK)
        return false;
    sc.args = c.args;
    sc.n = c.n;
    buf_init(&out, 1 << 16);
    if (date_zone_host(&sc, &err) == RC_OK) {
        buf_addc(&out, 0);
        script_encode(&out, &sc.out);
    } else {
        buf_addc(&out, 1);
        p.message = str_c(err.text);
        wire_put_problem(&out, &p);
        script_encode(&out, &SCRIPT_VALUE_NIL);
    }
    *answer = str_copy(&b->arena, buf_view(&out));
    ok = answer->p != NULL;
    buf_release(&out);
    return ok;
}

void box_init(struct box *b, const char *text)
{
    memset(b, 0, sizeof *b);
    arena_init(&b->arena, 32 << 20);
    b->source = (struct script_source){STR("main"), str_c(text)};
    b->run = (struct wire_run){.limits = script_limits_of(SCRIPT_RULE, 0),
                               .phase = SCRIPT_BEFORE,
                               .sources = &b->source,
                               .n_sources = 1,
                               .lang = STR("en"),
                               .zone = STR("Europe/Vienna"),
                               .offset_ms = 3600000,
                               .now_ms = 1772348400000, /* 2026-03-01 */
                               .seed = 7};
    b->s.job = &b->run;
    b->s.modules = script_modules();
    b->s.ask = ask;
    b->s.log = keep_log;
    b->s.arg = b;
}

void box_run(struct box *b)
{
    static const struct script_caps CAPS = {1 << 20, 100000};
    struct str in;

    sandbox_run(&b->s, &b->arena, &b->end);
    in = b->end.value;
    if (b->end.ok &&
        (script_decode(&in, &CAPS, &b->arena, &b->value, NULL) != RC_OK ||
         in.n > 0))
        test_fail(__FILE__, __LINE__, "the result cannot be read");
}

void box_release(struct box *b)
{
    arena_release(&b->arena);
}

const char *box_error(const char *text)
{
    static char said[600];
    struct box b;

    box_init(&b, text);
    box_run(&b);
    if (b.end.ok)
        snprintf(said, sizeof said, "ok");
    else
        snprintf(said, sizeof said, "%.*s: %.*s", STR_ARG(b.end.problem.code),
                 STR_ARG(b.end.problem.message));
    if (b.end.is_dirty != (b.end.killed != KILL_NOT))
        test_fail(__FILE__, __LINE__, "memory was left over");
    box_release(&b);
    return said;
}

int64_t box_i64(const char *text)
{
    struct box b;
    int64_t v = 0;

    box_init(&b, text);
    box_run(&b);
    if (!b.end.ok)
        test_fail(__FILE__, __LINE__, "%.*s", STR_ARG(b.end.problem.message));
    if (b.value.kind == SCRIPT_INT)
        v = b.value.u.i;
    else
        test_fail(__FILE__, __LINE__, "not an integer: %d", (int)b.value.kind);
    box_release(&b);
    return v;
}
