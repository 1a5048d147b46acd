/*
 * run - a run seen from the server: send it, answer its calls, take its
 * result, never wait past its deadline. The thread that waits is the watchdog.
 */
#include <inttypes.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/time.h"
#include "script/host.h"
#include "script/pool.h"

enum {
    CALL_ARENA = 8 << 20,
    FRAME_SLACK = 64 << 10, /* of a result beside its value, of a log line */
    FRAME_BYTES =
        WIRE_ARGS_BYTES + FRAME_SLACK, /* results have at most 1 MiB */
    CHECK_MS = 1000
};

struct running {
    struct script_pool *pool;
    struct pool_worker *worker;
    const struct script_run *run; /* NULL: a check */
    struct host_state host;
    struct arena calls; /* of one nested call, then reset */
    int64_t deadline_us;
    int64_t log_left;
    bool ended_by_host; /* then host_code and host_text say why */
    char host_code[ERR_CODE_BYTES], host_text[ERR_TEXT_BYTES];
};

/* --- nested calls -------------------------------------------------------------------------- */

static const char *code_of(const struct err *err, enum rc rc)
{
    if (err->code[0] != '\0')
        return err->code;
    switch (rc) {
    case RC_SYNTAX:
        return "E_SYNTAX";
    case RC_DENIED:
        return "E_PERMISSION";
    case RC_NOTFOUND:
        return "E_NOT_FOUND";
    case RC_CONFLICT:
        return "E_CONFLICT";
    case RC_INVALID:
        return "E_VALIDATION";
    case RC_LIMIT: /* E_LIMIT is for what no script catches */
        return "E_QUOTA";
    case RC_BUSY:
    case RC_NOMEM:
        return "E_BUSY";
    case RC_IO:
        return "E_IO";
    case RC_SCRIPT:
        return "E_SCRIPT";
    case RC_OK:
    case RC_BUG:
        break;
    }
    return "E_INTERNAL";
}

/* The row of this number, or NULL. */
static const struct script_fn *fn_of(const struct script_pool *pool,
                                     uint32_t number)
{
    const struct script_module *const *m = pool->config.modules;

    for (; *m; m++) {
        if (number < (*m)->n)
            return &(*m)->fns[number];
        number -= (uint32_t)(*m)->n;
    }
    return NULL;
}

static enum rc call_host(struct running *r, struct script_call *call,
                         struct err *err)
{
    const struct script_host *host = r->run->host;

    if (!(call->fn->phases & (unsigned)r->run->phase))
        return FAIL_CODE(err, RC_SCRIPT, "E_PHASE", "%s cannot be called here.",
                         call->fn->name);
    call->ctx = host ? host->ctx : NULL;
    if (call->fn->host)
        return call->fn->host(call, err);
    if (host && host->call)
        return host->call(host->ctx, call, err);
    return FAIL_CODE(err, RC_SCRIPT, "E_PHASE", "%s cannot be called here.",
                     call->fn->name);
}

/* ANSWER: 0 and a value; 1 and the problem; 2, it ends the run. */
static void put_answer(struct buf *b, const struct script_call *call,
                       enum rc rc, const struct err *err)
{
    struct script_problem p = {.line = 0};

    wire_begin(b, WIRE_ANSWER);
    if (rc == RC_OK) {
        buf_addc(b, 0);
        script_encode(b, &call->out);
    } else {
        p.code = str_c(code_of(err, rc));
        p.message = str_c(err->text);
        buf_addc(b, call->ends_run ? 2 : 1);
        wire_put_problem(b, &p);
        script_encode(b, &call->out);
    }
    wire_end(b);
}

/* False: the worker lies, or does not take its answer in time. */
static enum channel_end answer_call(struct running *r, struct str payload)
{
    struct script_call call = {.run = r->run,
                               .arena = &r->calls,
                               .deadline_mono = r->deadline_us / 1000,
                               .state = &r->host};
    struct err err = ERR_INIT;
    struct wire_call c;
    struct buf b;
    enum channel_end end;
    enum rc rc;

    arena_reset(&r->calls);
    if (wire_read_call(payload, &r->calls, &c, NULL) != RC_OK)
        return CHANNEL_BAD;
    call.fn = fn_of(r->pool, c.number);
    if (!call.fn || call.fn->lua)
        return CHANNEL_BAD;
    call.args = c.args;
    call.n = c.n;
    rc = call_host(r, &call, &err);
    if (rc != RC_OK && call.ends_run) {
        r->ended_by_host = true;
        snprintf(r->host_code, sizeof r->host_code, "%s", code_of(&err, rc));
        snprintf(r->host_text, sizeof r->host_text, "%s", err.text);
    }
    buf_init(&b, WIRE_RUN_BYTES);
    put_answer(&b, &call, rc, &err);
    if (b.failed == RC_LIMIT) { /* the host's value is too much */
        buf_reset(&b);
        call.out = SCRIPT_VALUE_NIL;
        rc = FAIL_CODE(&err, RC_LIMIT, "E_QUOTA", "%s answers too much.",
                       call.fn->name);
        put_answer(&b, &call, rc, &err);
    }
    end = b.failed
              ? CHANNEL_NOMEM
              : channel_send(&r->worker->channel, buf_view(&b), r->deadline_us);
    buf_release(&b);
    return end;
}

static enum channel_end take_log(struct running *r, struct str payload)
{
    const struct script_host *host = r->run->host;
    struct wire_log l;

    r->log_left -= (int64_t)payload.n;
    if (r->log_left < 0) /* the worker cuts by itself: this one does not */
        return CHANNEL_BAD;
    arena_reset(&r->calls);
    if (wire_read_log(payload, &r->calls, &l, NULL) != RC_OK)
        return CHANNEL_BAD;
    if (host && host->log)
        host->log(host->ctx, l.level, l.text, l.has_data ? &l.data : NULL);
    return CHANNEL_OK;
}

/* Until RESULT; its payload. */
static enum channel_end serve(struct running *r, struct str *result)
{
    for (;;) {
        struct str payload = STR_NONE;
        uint8_t type = 0;
        enum channel_end end = channel_next(&r->worker->channel, FRAME_BYTES,
                                            r->deadline_us, &type, &payload);

        if (end != CHANNEL_OK)
            return end;
        if (type == WIRE_RESULT) {
            *result = payload;
            return CHANNEL_OK;
        }
        if (r->run && type == WIRE_CALL)
            end = answer_call(r, payload);
        else if (r->run && type == WIRE_LOG)
            end = take_log(r, payload);
        else
            end = CHANNEL_BAD;
        if (end != CHANNEL_OK)
            return end;
    }
}

/* --- the end ---------------------------------------------------------------------------------- */

static struct str problem_text(struct arena *a, const char *fmt, int64_t n)
{
    char text[200];

    snprintf(text, sizeof text, "%s%" PRId64 " ms.", fmt, n);
    return str_copy(a, str_c(text));
}

/* The worker did not come to an end by itself. */
static void problem_of(enum channel_end end, int status, int64_t wall_ms,
                       struct arena *a, struct script_problem *p)
{
    int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

    p->code = STR("E_LIMIT");
    if (end == CHANNEL_LATE)
        p->message = problem_text(a, "The script ran for more than ", wall_ms);
    else if (end == CHANNEL_BAD || signal == SIGSYS)
        p->message = STR("The script tried to leave its sandbox and was "
                         "ended; the server's log has more.");
    else
        p->message =
            STR("The script's process ended, most likely because it needed "
                "too much memory.");
}

static const char *end_name(enum channel_end end)
{
    switch (end) {
    case CHANNEL_LATE:
        return "late";
    case CHANNEL_CLOSED:
        return "died";
    case CHANNEL_BAD:
        return "bad message";
    case CHANNEL_NOMEM:
        return "no memory";
    case CHANNEL_OK:
        break;
    }
    return "ok";
}

static void log_end(const struct script_run *run, enum channel_end end,
                    int status)
{
    log_warn("script.ended", KV("owner", run->owner), KV("script", run->name),
             KV_C("how", end_name(end)),
             KV_I64("signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0));
}

static bool is_limit_code(struct str code)
{
    return str_is(code, "E_LIMIT");
}

/* Counters, the breaker; tells app outside the lock. */
static void account(struct script_pool *pool, const struct script_run *run,
                    bool killed, bool limit)
{
    bool tripped = false;

    pthread_mutex_lock(&pool->lock);
    pool->stats.runs++;
    pool->stats.killed += killed;
    pool->stats.limits += limit;
    if (limit)
        tripped = breaker_count(&pool->breaker, run->owner, run->name,
                                channel_now_us() / 1000);
    pthread_mutex_unlock(&pool->lock);
    if (!tripped)
        return;
    log_warn("script.breaker", KV("owner", run->owner),
             KV("script", run->name));
    if (pool->config.tripped)
        pool->config.tripped(pool->config.tripped_arg, run->owner, run->name);
}

static enum rc fail_with(const struct script_problem *p, struct err *err)
{
    char code[ERR_CODE_BYTES];

    snprintf(code, sizeof code, "%.*s", STR_ARG(p->code));
    return FAIL_CODE(err, RC_SCRIPT, code, "%.*s",
                     (int)(p->message.n < ERR_TEXT_BYTES ? p->message.n
                                                         : ERR_TEXT_BYTES - 1),
                     p->message.p ? p->message.p : "");
}

/* --- a run -------------------------------------------------------------------------------------- */

/* What the transaction has left. */
static void cut_by_budget(const struct script_budget *b,
                          struct script_limits *l)
{
    int64_t cpu_ms = b ? b->cpu_us / 1000 : l->cpu_ms;

    if (cpu_ms < l->cpu_ms)
        l->cpu_ms = cpu_ms > 0 ? (int32_t)cpu_ms : 0;
}

/* What the caller has left; the run before it waits for this one. */
static void cut_by_deadline(int64_t deadline_mono, struct script_limits *l)
{
    int64_t left = deadline_mono - channel_now_us() / 1000;

    if (deadline_mono > 0 && left < l->wall_ms)
        l->wall_ms = left > 1 ? (int32_t)left : 1;
}

static enum rc check_sources(const struct script_run *run, struct err *err)
{
    size_t all = 0;

    for (size_t i = 0; i < run->n_sources; i++) {
        if (run->sources[i].text.n > LIMIT_SCRIPT_BYTES)
            return FAIL(
                err, RC_LIMIT, "The script \"%.*s\" is larger than %d KiB.",
                (int)(run->sources[i].name.n < 100 ? run->sources[i].name.n
                                                   : 100),
                run->sources[i].name.p, LIMIT_SCRIPT_BYTES >> 10);
        all += run->sources[i].text.n;
    }
    if (all > LIMIT_SCRIPT_PACKAGE_BYTES)
        return FAIL(err, RC_LIMIT,
                    "The scripts of a package are larger than %d KiB.",
                    LIMIT_SCRIPT_PACKAGE_BYTES >> 10);
    return RC_OK;
}

static enum rc frame_of(const struct script_run *run,
                        const struct script_limits *limits, struct arena *a,
                        struct buf *b, struct err *err)
{
    const struct tz *tz = tz_utc();
    struct wire_run w = {.limits = *limits,
                         .phase = run->phase,
                         .sources = run->sources,
                         .n_sources = run->n_sources,
                         .function = run->function,
                         .lang = run->lang.n ? run->lang : STR("en"),
                         .arg = run->arg,
                         .now_ms = run->now_ms,
                         .zone = run->zone,
                         .seed = run->seed};
    enum rc rc = RC_OK;

    if (run->zone.n > 0)
        rc = tz_load(run->zone, a, &tz, err);
    if (rc != RC_OK)
        return rc;
    w.offset_ms = tz_offset_ms(tz, run->now_ms);
    wire_begin(b, WIRE_RUN);
    wire_put_run(b, &w);
    wire_end(b);
    if (b->failed == RC_LIMIT)
        return FAIL(err, RC_LIMIT, "The script's argument is too large.");
    return b->failed ? FAIL(err, RC_NOMEM, "Memory is gone.") : RC_OK;
}

/* With a worker in hand. RC_OK or RC_SCRIPT: out is filled. */
static enum rc with_worker(struct running *r, struct pool_turn *turn,
                           struct str frame, struct arena *a,
                           struct script_result *out, struct err *err)
{
    const struct script_limits *l = &r->host.limits;
    struct wire_result result = {.ok = false};
    struct str payload = STR_NONE;
    int64_t begin = channel_now_us();
    bool recycle;
    int status = 0;
    enum channel_end end;
    enum rc rc = RC_OK;

    r->deadline_us = begin + (int64_t)l->wall_ms * 1200;
    end = channel_send(&r->worker->channel, frame, r->deadline_us);
    if (end == CHANNEL_OK)
        end = serve(r, &payload);
    if (end == CHANNEL_OK) {
        payload = str_copy(a, payload); /* the result borrows it */
        rc = payload.p ? wire_read_result(payload, l, a, &result, err)
                       : FAIL(err, RC_NOMEM, "Memory is gone.");
        if (rc == RC_INVALID || rc == RC_LIMIT)
            end = CHANNEL_BAD;
    }
    r->worker->runs++;
    r->worker->cpu_us += result.usage.cpu_us;
    recycle = end != CHANNEL_OK || rc != RC_OK || result.is_dirty ||
              result.is_limit || r->ended_by_host;
    pool_give(r->pool, turn, r->worker, recycle, &status);
    if (rc == RC_NOMEM)
        return rc;
    out->usage = result.usage;
    memcpy(out->usage.used, r->host.used, sizeof out->usage.used);
    if (end != CHANNEL_OK) {
        out->usage.wall_us = channel_now_us() - begin;
        out->usage.cpu_us = out->usage.wall_us; /* the most it can have been */
        problem_of(end, status, l->wall_ms, a, &out->problem);
        log_end(r->run, end, status);
    } else if (r->ended_by_host) {
        out->problem.code = str_copy(a, str_c(r->host_code));
        out->problem.message = str_copy(a, str_c(r->host_text));
    } else if (result.ok) {
        out->value = result.value;
        account(r->pool, r->run, false, false);
        return RC_OK;
    } else {
        out->problem = result.problem;
        /* The code is the worker's word: a limit is what it says it is. */
        if (result.is_limit && !is_limit_code(out->problem.code))
            out->problem.code = STR("E_LIMIT");
    }
    account(r->pool, r->run, end != CHANNEL_OK,
            is_limit_code(out->problem.code));
    return fail_with(&out->problem, err);
}

static enum worker_kind kind_of(enum script_class class)
{
    return class == SCRIPT_JOB ? WORKER_BACKGROUND : WORKER_INTERACTIVE;
}

static enum rc refuse(struct script_result *out, const char *code,
                      const char *message, struct err *err)
{
    out->problem.code = str_c(code);
    out->problem.message = str_c(message);
    return fail_with(&out->problem, err);
}

static enum rc run_in_turn(struct script_pool *pool,
                           const struct script_run *run, bool nested,
                           struct arena *a, struct script_result *out,
                           struct err *err)
{
    struct running r = {.pool = pool, .run = run};
    struct pool_turn turn;
    struct buf frame;
    enum rc rc;

    r.host.limits = script_limits_of(run->class, run->records);
    cut_by_budget(run->budget, &r.host.limits);
    cut_by_deadline(run->deadline_mono, &r.host.limits);
    r.log_left = r.host.limits.log_bytes + FRAME_SLACK;
    if (r.host.limits.cpu_ms <= 0)
        return refuse(out, "E_LIMIT",
                      "The scripts of this transaction used up their time.",
                      err);
    arena_init(&r.calls, CALL_ARENA);
    buf_init(&frame, WIRE_RUN_BYTES);
    rc = check_sources(run, err);
    if (rc == RC_OK)
        rc = frame_of(run, &r.host.limits, &r.calls, &frame, err);
    if (rc == RC_OK)
        rc = pool_take(pool, kind_of(run->class), run->owner, nested,
                       channel_now_us() + (int64_t)r.host.limits.wall_ms * 1000,
                       &turn, &r.worker, err);
    if (rc == RC_OK)
        rc = with_worker(&r, &turn, buf_view(&frame), a, out, err);
    if (run->budget)
        run->budget->cpu_us -= out->usage.cpu_us;
    buf_release(&frame);
    arena_release(&r.calls);
    return rc;
}

enum rc script_run(struct script_pool *pool, const struct script_run *run,
                   struct arena *a, struct script_result *out, struct err *err)
{
    struct script_result result = {.is_disabled = false};
    int depth = run->budget ? run->budget->depth : 0;
    enum rc rc;

    result.is_disabled = script_breaker_is_open(pool, run->owner, run->name);
    if (result.is_disabled) {
        rc = refuse(&result, "E_SCRIPT",
                    "The script is switched off, because it broke its limits "
                    "five times in ten minutes. Change it or enable it again.",
                    err);
    } else if (depth > SCRIPT_MAX_TRIGGER_DEPTH) {
        rc =
            refuse(&result, "E_CYCLE",
                   "Scripts have started each other more than five deep.", err);
    } else {
        if (run->budget)
            run->budget->depth++;
        rc = run_in_turn(pool, run, depth > 0 || run->is_urgent, a, &result,
                         err);
        if (run->budget)
            run->budget->depth--;
    }
    if (rc == RC_OK || rc == RC_SCRIPT)
        *out = result;
    return rc;
}

/* --- a check -------------------------------------------------------------------------------------- */

static int64_t number_at(const struct script_value *map, const char *key)
{
    const struct script_value *v = script_at(map, str_c(key));

    return v && v->kind == SCRIPT_INT && v->u.i >= 0 && v->u.i <= INT32_MAX
               ? v->u.i
               : 0;
}

/* What the worker found, into the caller's form; hostile as all of it. */
static enum rc findings_of(const struct script_value *list, struct arena *a,
                           struct script_check *out, struct err *err)
{
    struct script_finding *v;

    if (list->kind != SCRIPT_LIST)
        return FAIL(err, RC_IO, "The check of a script gave no answer.");
    v = ARENA_ARRAY(a, struct script_finding, list->u.list.n);
    if (!v)
        return FAIL(err, RC_NOMEM, "Memory is gone.");
    for (size_t i = 0; i < list->u.list.n; i++) {
        const struct script_value *map = &list->u.list.v[i];
        const struct script_value *message = script_at(map, STR("message"));
        const struct script_value *error = script_at(map, STR("error"));

        v[i].line = (int)number_at(map, "line");
        v[i].column = (int)number_at(map, "column");
        v[i].is_error = error && error->kind == SCRIPT_BOOL && error->u.b;
        v[i].message = message && message->kind == SCRIPT_TEXT
                           ? message->u.s
                           : STR("This is wrong.");
    }
    *out = (struct script_check){v, list->u.list.n};
    return RC_OK;
}

static enum rc check_with(struct running *r, struct pool_turn *turn,
                          struct str frame, struct arena *a,
                          struct script_check *out, struct err *err)
{
    struct script_limits l = script_limits_of(SCRIPT_ACTION, 0);
    struct wire_result result = {.ok = false};
    struct str payload = STR_NONE;
    int status = 0;
    enum channel_end end;
    enum rc rc = RC_OK;

    r->deadline_us = channel_now_us() + CHECK_MS * 1200;
    end = channel_send(&r->worker->channel, frame, r->deadline_us);
    if (end == CHANNEL_OK)
        end = serve(r, &payload);
    if (end == CHANNEL_OK) {
        payload = str_copy(a, payload);
        rc = payload.p ? wire_read_result(payload, &l, a, &result, err)
                       : FAIL(err, RC_NOMEM, "Memory is gone.");
    }
    pool_give(r->pool, turn, r->worker, end != CHANNEL_OK || rc != RC_OK,
              &status);
    if (end == CHANNEL_LATE)
        return FAIL_CODE(err, RC_LIMIT, "E_LIMIT",
                         "The script takes too long to compile; make its "
                         "longest expression shorter.");
    if (end != CHANNEL_OK)
        return FAIL(err, RC_IO, "The check of a script gave no answer.");
    if (rc != RC_OK)
        return rc;
    if (!result.ok)
        return FAIL_CODE(err, RC_LIMIT, "E_LIMIT",
                         "The script is too large to be compiled.");
    return findings_of(&result.value, a, out, err);
}

enum rc script_check(struct script_pool *pool,
                     const struct script_source *source, struct arena *a,
                     struct script_check *out, struct err *err)
{
    struct running r = {.pool = pool};
    struct pool_turn turn;
    struct buf frame;
    enum rc rc;

    if (source->text.n > LIMIT_SCRIPT_BYTES)
        return FAIL(err, RC_LIMIT, "A script has at most %d KiB.",
                    LIMIT_SCRIPT_BYTES >> 10);
    buf_init(&frame, WIRE_RUN_BYTES);
    wire_begin(&frame, WIRE_CHECK);
    wire_put_str(&frame, source->name);
    wire_put_str(&frame, source->text);
    wire_end(&frame);
    rc = frame.failed ? FAIL(err, RC_NOMEM, "Memory is gone.")
                      : pool_take(pool, WORKER_INTERACTIVE, STR_NONE, false,
                                  channel_now_us() + CHECK_MS * 1000, &turn,
                                  &r.worker, err);
    if (rc == RC_OK)
        rc = check_with(&r, &turn, buf_view(&frame), a, out, err);
    buf_release(&frame);
    return rc;
}
