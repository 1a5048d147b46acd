/*
 * worker - one confined process: takes a run, answers, takes the next. It
 * knows nothing but what a frame says, and calls nothing but read and write.
 */
#include <unistd.h>

#include "script/channel.h"
#include "script/check.h"
#include "script/process.h"
#include "script/sandbox.h"

enum { FRAME_BYTES = 16 << 20, RUN_ARENA = 16 << 20 };

struct worker {
    struct channel in;
    struct buf out;
};

/* The server is gone, or nothing can be said to it any more. */
_Noreturn static void leave(int code)
{
    _exit(code);
}

static void send_out(struct worker *w)
{
    wire_end(&w->out);
    if (w->out.failed)
        leave(74);
    if (channel_send(&w->in, buf_view(&w->out), 0) != CHANNEL_OK)
        leave(0);
}

static void begin_out(struct worker *w, enum wire_type type)
{
    buf_reset(&w->out);
    wire_begin(&w->out, type);
}

static bool ask(void *arg, struct sandbox *s, struct str call,
                struct str *answer)
{
    struct worker *w = arg;
    uint8_t type = 0;

    (void)s;
    begin_out(w, WIRE_CALL);
    buf_add(&w->out, call);
    send_out(w);
    return channel_next(&w->in, FRAME_BYTES, 0, &type, answer) == CHANNEL_OK &&
           type == WIRE_ANSWER;
}

static void log_line(void *arg, enum script_log_level level, struct str text,
                     struct str data)
{
    struct worker *w = arg;

    begin_out(w, WIRE_LOG);
    buf_addc(&w->out, (char)level);
    wire_put_str(&w->out, text);
    buf_add(&w->out, data);
    send_out(w);
}

static void put_usage(struct buf *b, const struct script_usage *u)
{
    wire_put_i64(b, u->steps < 0 ? 0 : u->steps);
    wire_put_i64(b, u->cpu_us);
    wire_put_i64(b, u->wall_us);
    wire_put_i64(b, u->memory_peak);
    wire_put_i64(b, u->volume);
}

static void put_result(struct worker *w, const struct sandbox_end *end)
{
    bool limit = end->killed != KILL_NOT;

    begin_out(w, WIRE_RESULT);
    buf_addc(&w->out, (char)((end->ok ? 1 : 0) | (end->is_dirty ? 2 : 0) |
                             (limit ? 4 : 0)));
    put_usage(&w->out, &end->usage);
    if (end->ok) {
        buf_add(&w->out, end->value);
    } else {
        wire_put_problem(&w->out, &end->problem);
        if (end->details.n > 0)
            buf_add(&w->out, end->details);
        else
            script_encode(&w->out, &SCRIPT_VALUE_NIL);
    }
    send_out(w);
}

/* The frame's bytes are what the run's texts point into, and the buffer they
   are in takes the answers of nested calls: so they are copied. */
static void run(struct worker *w, const struct script_module *const *modules,
                struct str payload)
{
    struct sandbox s = {
        .modules = modules, .ask = ask, .log = log_line, .arg = w};
    struct wire_run job;
    struct sandbox_end end;
    struct arena a;

    arena_init(&a, RUN_ARENA);
    payload = str_copy(&a, payload);
    if (!payload.p || wire_read_run(payload, &a, &job, NULL) != RC_OK)
        leave(75);
    s.job = &job;
    sandbox_run(&s, &a, &end);
    put_result(w, &end);
    arena_release(&a);
}

/* CHECK: name, text, how many globals are known, their names. */
static void check(struct worker *w, const struct script_module *const *modules,
                  struct str payload)
{
    struct sandbox_end end = {.ok = true};
    struct script_source source;
    struct buf findings;
    struct arena a;

    arena_init(&a, RUN_ARENA);
    buf_init(&findings, 1 << 20);
    if (!wire_get_str(&payload, &source.name) ||
        !wire_get_str(&payload, &source.text))
        leave(75);
    check_source(&source, modules, &a, &findings);
    if (findings.failed)
        leave(76);
    end.value = buf_view(&findings);
    put_result(w, &end);
    buf_release(&findings);
    arena_release(&a);
}

_Noreturn void script_worker_main(const struct script_module *const *modules)
{
    struct worker w;

    channel_init(&w.in, SCRIPT_FD, FRAME_BYTES);
    buf_init(&w.out, FRAME_BYTES);
    for (;;) {
        struct str payload;
        uint8_t type = 0;

        if (channel_next(&w.in, FRAME_BYTES, 0, &type, &payload) != CHANNEL_OK)
            leave(0);
        if (type == WIRE_RUN)
            run(&w, modules, payload);
        else if (type == WIRE_CHECK)
            check(&w, modules, payload);
        else
            leave(75);
        channel_release(&w.in); /* nothing of one run is there in the next */
        buf_release(&w.out);
        channel_init(&w.in, SCRIPT_FD, FRAME_BYTES);
        buf_init(&w.out, FRAME_BYTES);
    }
}
