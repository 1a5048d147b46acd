/* job: what is queued is done once, told about, tried again, given up. */
#include "flow/job.h"
#include "unit/flow/fixture.h"

/* What the kinds below do, and what they saw. */
struct probe {
    atomic_int runs, told, let_go;
    enum rc answer;       /* of every run  */
    int fails;            /* first so many runs answer; then RC_OK */
    bool waits;           /* tells until it is stopped or let go   */
    _Atomic int64_t user; /* of the last run                      */
    _Atomic int64_t sum;  /* args.n of all runs                    */
};

static enum rc probe_run(void *ctx, struct job *job, struct str *result,
                         struct err *err)
{
    struct probe *p = ctx;
    const struct json *n = json_at(job->args, "n");
    int run = ++p->runs;

    p->user = job->user;
    if (n && n->kind == JSON_INT)
        p->sum += n->u.i;
    while (p->waits && !p->let_go) {
        if (!job_tell(job, 1, 2))
            return FAIL(err, RC_CONFLICT, "The job was stopped.");
        p->told++;
        (void)nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    if (p->answer != RC_OK && (p->fails == 0 || run <= p->fails))
        return FAIL(err, p->answer, "The probe fails with run %d.", run);
    *result = str_fmt(job->arena, "{\"run\":%d}", run);
    return RC_OK;
}

static struct job_runner *runner(struct flow_fixture *f, struct probe *p)
{
    struct job_kind kind = {"probe", probe_run, p};
    struct job_config config = {.store = f->w.ws.store,
                                .clock = &f->clock,
                                .kinds = &kind,
                                .n_kinds = 1,
                                .lease_ms = 1000};
    struct job_runner *r = NULL;

    CHECK_RC(job_runner_open(&config, &r, &f->w.err), RC_OK);
    return r;
}

static int64_t enqueue(struct flow_fixture *f, const char *kind,
                       const char *args, int64_t user)
{
    int64_t id = 0;

    CHECK_RC(job_enqueue(f->w.ws.store, NULL, str_c(kind), str_c(args), user,
                         f->now_ms, &id, &f->w.err),
             RC_OK);
    return id;
}

static bool ends(struct flow_fixture *f, const char *state)
{
    char sql[120];

    snprintf(sql, sizeof sql, "SELECT count(*) FROM sys_job WHERE state = '%s'",
             state);
    return flow_wait_i64(f, sql, 1);
}

/* What the outside is told; copied, in the fixture's arena. */
static struct str told(struct flow_fixture *f, int64_t id, int64_t user)
{
    struct buf b;
    struct json_w w;
    struct db *db = NULL;
    struct str out;

    buf_init(&b, 65536);
    json_w_init(&w, &b);
    CHECK_RC(db_read_begin(f->w.ws.store, NULL, &db, &f->w.err), RC_OK);
    CHECK_RC(job_read_json(db, id, user, &w, &f->w.err), RC_OK);
    db_read_end(db);
    CHECK_RC(json_w_finish(&w, &f->w.err), RC_OK);
    out = str_copy(&f->w.arena, (struct str){b.p, b.n});
    buf_release(&b);
    return out;
}

TEST(job, is_run_once_with_its_arguments_and_user)
{
    struct flow_fixture f;
    struct probe p = {0};
    struct job_runner *r;
    int64_t id;

    flow_fixture_open(&f);
    r = runner(&f, &p);
    id = enqueue(&f, "probe", "{\"n\":7}", 42);
    job_runner_wake(r);
    CHECK(ends(&f, "done"));
    job_runner_close(r);
    CHECK_I64(p.runs, 1);
    CHECK_I64(p.sum, 7);
    CHECK_I64(p.user, 42);
    CHECK_HAS(
        str_cstr(&f.w.arena, told(&f, id, 42)),
        "\"state\":\"done\",\"done\":0,\"total\":0,\"result\":{\"run\":1}");
    flow_fixture_close(&f);
}

TEST(job, runs_all_that_is_queued_by_several_threads_once_each)
{
    enum { JOBS = 60 };
    struct flow_fixture f;
    struct probe p = {0};
    struct job_kind kind = {"probe", probe_run, &p};
    struct job_config config = {.kinds = &kind, .n_kinds = 1, .threads = 4};
    struct job_runner *r = NULL;
    int64_t want = 0;
    char args[32];
    int i;

    flow_fixture_open(&f);
    config.store = f.w.ws.store;
    config.clock = &f.clock;
    for (i = 1; i <= JOBS; want += i++) {
        snprintf(args, sizeof args, "{\"n\":%d}", i);
        (void)enqueue(&f, "probe", args, 0);
    }
    CHECK_RC(job_runner_open(&config, &r, &f.w.err), RC_OK);
    CHECK(flow_wait_i64(&f, "SELECT count(*) FROM sys_job WHERE state = 'done'",
                        JOBS));
    job_runner_close(r);
    CHECK_I64(p.runs, JOBS);
    CHECK_I64(p.sum, want);
    flow_fixture_close(&f);
}

TEST(job, of_a_kind_nobody_knows_fails_and_says_so)
{
    struct flow_fixture f;
    struct probe p = {0};
    struct job_runner *r;
    int64_t id;

    flow_fixture_open(&f);
    r = runner(&f, &p);
    id = enqueue(&f, "of_an_older_version", "{}", 0);
    job_runner_wake(r);
    CHECK(ends(&f, "failed"));
    job_runner_close(r);
    CHECK_I64(p.runs, 0);
    CHECK_HAS(str_cstr(&f.w.arena, told(&f, id, 0)), "of_an_older_version");
    flow_fixture_close(&f);
}

TEST(job, with_arguments_that_are_no_json_fails)
{
    struct flow_fixture f;
    struct probe p = {0};
    struct job_runner *r;

    flow_fixture_open(&f);
    r = runner(&f, &p);
    (void)enqueue(&f, "probe", "{\"n\":", 0);
    job_runner_wake(r);
    CHECK(ends(&f, "failed"));
    job_runner_close(r);
    CHECK_I64(p.runs, 0);
    flow_fixture_close(&f);
}

TEST(job, with_more_arguments_than_a_row_takes_is_refused)
{
    struct flow_fixture f;
    struct str args;
    char *text;
    int64_t id = 0;

    flow_fixture_open(&f);
    text = arena_alloc(&f.w.arena, 5 << 20);
    memset(text, ' ', 5 << 20);
    args = (struct str){text, 5 << 20};
    CHECK_RC(job_enqueue(f.w.ws.store, NULL, STR("probe"), args, 0, 0, &id,
                         &f.w.err),
             RC_LIMIT);
    CHECK_I64(id, 0);
    CHECK_I64(ws_i64(&f.w, "SELECT count(*) FROM sys_job"), 0);
    flow_fixture_close(&f);
}

TEST(job, that_fails_for_good_is_not_tried_again)
{
    struct flow_fixture f;
    struct probe p = {.answer = RC_INVALID};
    struct job_runner *r;
    int64_t id;

    flow_fixture_open(&f);
    r = runner(&f, &p);
    id = enqueue(&f, "probe", "{}", 0);
    job_runner_wake(r);
    CHECK(ends(&f, "failed"));
    flow_advance(&f, 3600000);
    job_runner_wake(r);
    job_runner_close(r);
    CHECK_I64(p.runs, 1);
    CHECK_HAS(str_cstr(&f.w.arena, told(&f, id, 0)),
              "The probe fails with run 1.");
    flow_fixture_close(&f);
}

TEST(job, that_met_a_busy_store_is_tried_again_later_and_later)
{
    struct flow_fixture f;
    struct probe p = {.answer = RC_BUSY, .fails = 2};
    struct job_runner *r;

    flow_fixture_open(&f);
    r = runner(&f, &p);
    (void)enqueue(&f, "probe", "{}", 0);
    job_runner_wake(r);
    CHECK(flow_wait_i64(&f, "SELECT attempts FROM sys_job", 1));
    CHECK(flow_wait_i64(
        &f, "SELECT count(*) FROM sys_job WHERE state = 'queued'", 1));
    CHECK_I64(ws_i64(&f.w, "SELECT next_at FROM sys_job"), f.now_ms + 1000);
    flow_advance(&f, 1000);
    job_runner_wake(r);
    CHECK(flow_wait_i64(&f, "SELECT attempts FROM sys_job", 2));
    CHECK(flow_wait_i64(
        &f, "SELECT count(*) FROM sys_job WHERE state = 'queued'", 1));
    CHECK_I64(ws_i64(&f.w, "SELECT next_at FROM sys_job"), f.now_ms + 4000);
    flow_advance(&f, 4000);
    job_runner_wake(r);
    CHECK(ends(&f, "done"));
    job_runner_close(r);
    CHECK_I64(p.runs, 3);
    flow_fixture_close(&f);
}

TEST(job, is_given_up_after_five_tries)
{
    struct flow_fixture f;
    struct probe p = {.answer = RC_IO};
    struct job_runner *r;
    int i;

    flow_fixture_open(&f);
    r = runner(&f, &p);
    (void)enqueue(&f, "probe", "{}", 0);
    for (i = 1; i <= 5; i++) {
        job_runner_wake(r);
        CHECK(flow_wait_i64(&f,
                            "SELECT attempts FROM sys_job WHERE state <> "
                            "'running'",
                            i));
        flow_advance(&f, 3600000);
    }
    CHECK(ends(&f, "failed"));
    job_runner_close(r);
    CHECK_I64(p.runs, 5);
    flow_fixture_close(&f);
}

TEST(job, cancelled_before_its_turn_is_never_run)
{
    struct flow_fixture f;
    struct probe p = {0};
    struct job_runner *r;
    int64_t id;

    flow_fixture_open(&f);
    id = enqueue(&f, "probe", "{}", 42);
    CHECK_RC(job_cancel(f.w.ws.store, id, 43, &f.w.err), RC_NOTFOUND);
    CHECK_RC(job_cancel(f.w.ws.store, id, 42, &f.w.err), RC_OK);
    CHECK_RC(job_cancel(f.w.ws.store, id, 42, &f.w.err), RC_OK); /* twice */
    r = runner(&f, &p);
    job_runner_wake(r);
    job_runner_close(r);
    CHECK_I64(p.runs, 0);
    CHECK_HAS(str_cstr(&f.w.arena, told(&f, id, 0)), "\"state\":\"cancelled\"");
    flow_fixture_close(&f);
}

TEST(job, cancelled_while_it_runs_is_told_to_stop)
{
    struct flow_fixture f;
    struct probe p = {.waits = true};
    struct job_runner *r;
    int64_t id;

    flow_fixture_open(&f);
    r = runner(&f, &p);
    id = enqueue(&f, "probe", "{}", 0);
    job_runner_wake(r);
    CHECK(flow_wait_count(&p.told, 1));
    CHECK_HAS(str_cstr(&f.w.arena, told(&f, id, 0)),
              "\"state\":\"running\",\"done\":1,\"total\":2");
    CHECK_RC(job_cancel(f.w.ws.store, id, 0, &f.w.err), RC_OK);
    flow_advance(&f, 300); /* progress is written four times a second */
    CHECK(ends(&f, "cancelled"));
    job_runner_close(r);
    flow_fixture_close(&f);
}

TEST(job, is_left_for_the_next_start_when_the_runner_closes)
{
    struct flow_fixture f;
    struct probe p = {.waits = true}, q = {0};
    struct job_runner *r;

    flow_fixture_open(&f);
    r = runner(&f, &p);
    (void)enqueue(&f, "probe", "{}", 0);
    job_runner_wake(r);
    CHECK(flow_wait_count(&p.told, 1));
    job_runner_close(r);
    CHECK(ends(&f, "queued"));
    r = runner(&f, &q);
    CHECK(ends(&f, "done"));
    job_runner_close(r);
    CHECK_I64(q.runs, 1);
    flow_fixture_close(&f);
}

TEST(job, that_a_killed_process_left_running_is_taken_up_at_once)
{
    struct flow_fixture f;
    struct probe p = {0};
    struct job_runner *r;

    flow_fixture_open(&f);
    (void)enqueue(&f, "probe", "{}", 0);
    CHECK_RC(ws_exec(&f.w, "UPDATE sys_job SET state = 'running', attempts = 1,"
                           " fence = 1, lease_until = 9000000000000000"),
             RC_OK);
    r = runner(&f, &p);
    CHECK(ends(&f, "done"));
    job_runner_close(r);
    CHECK_I64(p.runs, 1);
    CHECK_I64(ws_i64(&f.w, "SELECT attempts FROM sys_job"), 2);
    flow_fixture_close(&f);
}

TEST(job, whose_lease_has_ended_belongs_to_who_took_it)
{
    struct flow_fixture f;
    struct probe slow = {.waits = true}, quick = {0};
    struct job_runner *a, *b;

    flow_fixture_open(&f);
    a = runner(&f, &slow);
    (void)enqueue(&f, "probe", "{}", 0);
    job_runner_wake(a);
    CHECK(flow_wait_count(&slow.told, 1));
    /* as if a's process had stood still: its lease is another's by now */
    CHECK_RC(ws_exec(&f.w, "UPDATE sys_job SET lease_until = 0, fence = 9"),
             RC_OK);
    b = runner(&f, &quick);
    CHECK(ends(&f, "done"));
    flow_advance(&f, 300);
    job_runner_close(a); /* it was told to stop, and wrote nothing */
    job_runner_close(b);
    CHECK_I64(quick.runs, 1);
    CHECK_I64(ws_i64(&f.w, "SELECT count(*) FROM sys_job WHERE state = 'done'"
                           " AND result = '{\"run\":1}' AND fence = 10"),
              1);
    flow_fixture_close(&f);
}

TEST(job, is_read_by_its_user_alone)
{
    struct flow_fixture f;
    struct buf b;
    struct json_w w;
    struct db *db = NULL;
    int64_t id;

    flow_fixture_open(&f);
    id = enqueue(&f, "probe", "{}", 42);
    buf_init(&b, 65536);
    json_w_init(&w, &b);
    CHECK_RC(db_read_begin(f.w.ws.store, NULL, &db, &f.w.err), RC_OK);
    CHECK_RC(job_read_json(db, id, 43, &w, &f.w.err), RC_NOTFOUND);
    CHECK_RC(job_read_json(db, id + 1, 0, &w, &f.w.err), RC_NOTFOUND);
    db_read_end(db);
    buf_release(&b);
    CHECK_HAS(str_cstr(&f.w.arena, told(&f, id, 42)), "\"kind\":\"probe\"");
    flow_fixture_close(&f);
}
