/*
 * job - the queue in sys_job and the threads that work it off. See job.h.
 *
 * A row is claimed with a lease and a fence number; whatever a runner writes
 * about a job names the fence, so a runner that was too slow writes nothing.
 * On an engine for one process (no DB_CAP_NODES) what an earlier process left
 * running is free at once; elsewhere its lease has to end.
 */
#include "flow/job.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "flow/crew.h"
#include "flow/lease.h"

enum {
    LEASE_MS = 30000,
    TELL_MS = 250, /* progress is written at most this often */
    TRIES_MAX = 5,
    BACKOFF_MS = 1000,
    JOB_ARENA_BYTES = 1 << 30,
    ARGS_BYTES = 4 << 20
};

struct job_runner {
    struct job_config config;
    struct job_kind *kinds;
    struct crew *crew;
};

/* What job_tell needs beside the job. */
struct running {
    struct job job;
    struct crew *crew;
    int64_t fence, told_ms;
};

static const char SQL_DUE[] =
    "SELECT 1 FROM \"sys_job\" WHERE \"next_at\" <= ?1 AND (\"state\" ="
    " 'queued' OR (\"state\" = 'running' AND \"lease_until\" < ?1))"
    " LIMIT 1";
static const char SQL_CLAIM[] =
    "UPDATE \"sys_job\" SET \"state\" = 'running', \"lease_until\" = ?1,"
    " \"fence\" = \"fence\" + 1, \"attempts\" = \"attempts\" + 1"
    " WHERE \"id\" IN (SELECT \"id\" FROM \"sys_job\" WHERE \"next_at\" <= ?2"
    " AND (\"state\" = 'queued' OR (\"state\" = 'running'"
    " AND \"lease_until\" < ?2)) ORDER BY \"next_at\", \"id\" LIMIT 1)"
    " RETURNING \"id\", \"kind\", \"args\", \"user\", \"fence\", \"attempts\"";
static const char SQL_TELL[] =
    "UPDATE \"sys_job\" SET \"done\" = ?1, \"total\" = ?2, \"lease_until\" = ?3"
    " WHERE \"id\" = ?4 AND \"fence\" = ?5 AND \"state\" = 'running'"
    " RETURNING \"cancel\"";
static const char SQL_FINISH[] =
    "UPDATE \"sys_job\" SET \"state\" = ?1, \"result\" = ?2, \"last_error\" ="
    " ?3, \"finished_at\" = ?4, \"next_at\" = ?5"
    " WHERE \"id\" = ?6 AND \"fence\" = ?7";
static const char SQL_FREE[] =
    "UPDATE \"sys_job\" SET \"lease_until\" = 0 WHERE \"state\" = 'running'";
static const char SQL_ADD[] =
    "INSERT INTO \"sys_job\" (\"id\", \"kind\", \"args\", \"state\", \"done\","
    " \"total\", \"user\", \"created_at\", \"next_at\", \"lease_until\","
    " \"fence\", \"attempts\", \"cancel\")"
    " VALUES (?1, ?2, ?3, 'queued', 0, 0, ?4, ?5, ?5, 0, 0, 0, ?6)";
static const char SQL_READ[] =
    "SELECT \"kind\", \"state\", \"done\", \"total\", \"result\","
    " \"last_error\" FROM \"sys_job\" WHERE \"id\" = ?1"
    " AND (\"user\" = ?2 OR ?2 = 0)";
static const char SQL_CANCEL[] =
    "UPDATE \"sys_job\" SET \"cancel\" = ?1, \"state\" = CASE \"state\" WHEN"
    " 'queued' THEN 'cancelled' ELSE \"state\" END WHERE \"id\" = ?2"
    " AND (\"user\" = ?3 OR ?3 = 0) RETURNING \"id\"";

static int64_t now(const struct job_runner *r)
{
    return r->config.clock->now_ms(r->config.clock->arg);
}

static int lease(const struct job_runner *r)
{
    return r->config.lease_ms > 0 ? r->config.lease_ms : LEASE_MS;
}

/* --- claiming ----------------------------------------------------------------- */

struct claim {
    struct job_runner *runner;
    struct running *out;
    struct str args;
    bool found;
};

static enum rc claim_run(struct db *db, void *arg, struct arena *a,
                         struct err *err)
{
    struct claim *c = arg;
    struct db_stmt *st = NULL;
    bool has_row = false;
    enum rc rc = db_prepare(db, STR(SQL_CLAIM), &st, err);

    c->found = false;
    if (rc != RC_OK)
        return rc;
    db_bind_i64(st, 1, now(c->runner) + lease(c->runner));
    db_bind_i64(st, 2, now(c->runner));
    rc = db_step(st, &has_row, err);
    if (rc == RC_OK && has_row) {
        c->found = true;
        c->out->job.id = db_col_i64(st, 0);
        c->out->job.kind = str_copy(a, db_col_str(st, 1));
        c->args = str_copy(a, db_col_str(st, 2));
        c->out->job.user = db_col_i64(st, 3);
        c->out->fence = db_col_i64(st, 4);
        c->out->job.attempt = (int)db_col_i64(st, 5);
        rc = db_step_done(st, err);
        if (rc == RC_OK && arena_failed(a))
            rc = FAIL(err, RC_NOMEM, "There is no memory to begin a job.");
    }
    db_stmt_release(st);
    return rc;
}

/* --- telling and finishing ------------------------------------------------------ */

struct tell {
    struct job_runner *runner;
    const struct running *r;
    int64_t done, total;
    bool goes_on;
};

static enum rc tell_run(struct db *db, void *arg, struct arena *a,
                        struct err *err)
{
    struct tell *t = arg;
    struct db_stmt *st = NULL;
    bool has_row = false;
    enum rc rc = db_prepare(db, STR(SQL_TELL), &st, err);

    (void)a;
    t->goes_on = false;
    if (rc != RC_OK)
        return rc;
    db_bind_i64(st, 1, t->done);
    db_bind_i64(st, 2, t->total);
    db_bind_i64(st, 3, now(t->runner) + lease(t->runner));
    db_bind_i64(st, 4, t->r->job.id);
    db_bind_i64(st, 5, t->r->fence);
    rc = db_step(st, &has_row, err);
    if (rc == RC_OK && has_row) {
        t->goes_on = !db_col_bool(st, 0);
        rc = db_step_done(st, err);
    }
    db_stmt_release(st);
    return rc;
}

static void changed(const struct job_runner *r, int64_t id)
{
    if (r->config.changed != NULL)
        r->config.changed(r->config.changed_arg, id);
}

bool job_tell(struct job *job, int64_t done, int64_t total)
{
    struct running *r = (struct running *)job;
    struct tell t = {job->runner, r, done, total, false};
    struct db_job write = {.run = tell_run, .arg = &t};
    const struct clock *clock = job->runner->config.clock;
    int64_t at = clock->mono_ms(clock->arg);
    struct arena scratch;
    struct err err = ERR_INIT;
    enum rc rc;

    if (crew_is_closing(r->crew))
        return false;
    if (r->told_ms != 0 && at - r->told_ms < TELL_MS && done < total)
        return true;
    r->told_ms = at;
    arena_init(&scratch, 1 << 16);
    rc = db_write(job->runner->config.store, &write, &scratch, &err);
    arena_release(&scratch);
    changed(job->runner, job->id);
    return rc == RC_OK && t.goes_on;
}

struct finish {
    struct job_runner *runner;
    const struct running *r;
    const char *state;
    struct str result, error;
    int64_t next_at;
    bool is_lost; /* another has it: nothing was written */
};

static enum rc finish_run(struct db *db, void *arg, struct arena *a,
                          struct err *err)
{
    struct finish *f = arg;
    struct db_stmt *st = NULL;
    enum rc rc = db_prepare(db, STR(SQL_FINISH), &st, err);

    (void)a;
    if (rc != RC_OK)
        return rc;
    db_bind_str(st, 1, str_c(f->state));
    if (f->result.n > 0)
        db_bind_str(st, 2, f->result);
    else
        db_bind_null(st, 2);
    if (f->error.n > 0)
        db_bind_str(st, 3, f->error);
    else
        db_bind_null(st, 3);
    db_bind_i64(st, 4, now(f->runner));
    db_bind_i64(st, 5, f->next_at);
    db_bind_i64(st, 6, f->r->job.id);
    db_bind_i64(st, 7, f->r->fence);
    rc = db_step_done(st, err);
    f->is_lost = rc == RC_OK && db_changes(db) == 0;
    db_stmt_release(st);
    return rc;
}

static bool may_try_again(enum rc rc, int attempt)
{
    return (rc == RC_BUSY || rc == RC_IO || rc == RC_NOMEM) &&
           attempt < TRIES_MAX;
}

static bool was_cancelled(struct job_runner *r, const struct running *run)
{
    struct db *db = NULL;
    struct db_stmt *st = NULL;
    struct err err = ERR_INIT;
    bool cancelled = false;

    if (db_read_begin(r->config.store, &(struct db_limits){0}, &db, &err) ==
            RC_OK &&
        db_prepare(db,
                   STR("SELECT \"cancel\" FROM \"sys_job\" WHERE \"id\" = ?1"),
                   &st, &err) == RC_OK) {
        db_bind_i64(st, 1, run->job.id);
        if (db_step_row(st, &err) == RC_OK)
            cancelled = db_col_bool(st, 0);
    }
    db_stmt_release(st);
    db_read_end(db);
    return cancelled;
}

static void finish(struct job_runner *r, const struct running *run, enum rc rc,
                   struct str result, const struct err *why)
{
    struct finish f = {.runner = r, .r = run, .result = result};
    struct db_job write = {.run = finish_run, .arg = &f};
    struct arena scratch;
    struct err err = ERR_INIT;
    int shift = run->job.attempt < 8 ? run->job.attempt : 8;

    f.next_at = now(r);
    if (rc != RC_OK && crew_is_closing(run->crew)) {
        f.state = "queued"; /* the next start takes it up */
    } else if (was_cancelled(r, run)) {
        f.state = "cancelled";
    } else if (rc == RC_OK) {
        f.state = "done";
    } else if (may_try_again(rc, run->job.attempt)) {
        f.state = "queued";
        f.next_at += (int64_t)BACKOFF_MS << (2 * shift - 2);
    } else {
        f.state = "failed";
    }
    if (rc != RC_OK)
        f.error = str_c(why->text);
    arena_init(&scratch, 1 << 16);
    if (db_write(r->config.store, &write, &scratch, &err) != RC_OK)
        log_error("job.finish", KV_I64("job", run->job.id),
                  KV_C("error", err.text));
    else if (f.is_lost)
        log_warn("job.lost", KV("kind", run->job.kind),
                 KV_I64("job", run->job.id));
    else
        log_info("job.end", KV("kind", run->job.kind), KV_C("state", f.state),
                 KV_I64("attempt", run->job.attempt));
    arena_release(&scratch);
    changed(r, run->job.id);
}

/* --- the threads ------------------------------------------------------------------ */

static const struct job_kind *find_kind(const struct job_runner *r,
                                        struct str name)
{
    size_t i;

    for (i = 0; i < r->config.n_kinds; i++) {
        if (str_eq(name, str_c(r->kinds[i].name)))
            return &r->kinds[i];
    }
    return NULL;
}

static void run_one(struct job_runner *r, struct running *run, struct str args)
{
    const struct job_kind *kind = find_kind(r, run->job.kind);
    struct str result = STR_NONE;
    struct err err = ERR_INIT;
    enum rc rc = json_parse(args, run->job.arena, &run->job.args, &err);

    if (rc == RC_OK && kind == NULL)
        rc = FAIL(&err, RC_INVALID, "This program has no jobs of kind %.*s.",
                  STR_ARG(run->job.kind));
    if (rc == RC_OK)
        rc = kind->run(kind->ctx, &run->job, &result, &err);
    finish(r, run, rc, result, &err);
}

/* true: there was one. */
static bool work_once(struct job_runner *r, struct crew *crew)
{
    struct running run = {.job = {.runner = r}, .crew = crew};
    struct claim c = {.runner = r, .out = &run};
    struct db_job write = {.run = claim_run, .arg = &c};
    struct arena a;
    struct err err = ERR_INIT;
    enum rc rc;

    arena_init(&a, JOB_ARENA_BYTES);
    run.job.arena = &a;
    rc = db_write(r->config.store, &write, &a, &err);
    if (rc == RC_OK && c.found)
        run_one(r, &run, c.args);
    else if (rc != RC_OK)
        log_warn("job.claim", KV_C("error", err.text));
    arena_release(&a);
    return rc == RC_OK && c.found;
}

static bool work(void *arg, struct crew *crew)
{
    struct job_runner *r = arg;

    return lease_is_due(r->config.store, STR(SQL_DUE), now(r)) &&
           work_once(r, crew);
}

enum rc job_runner_open(const struct job_config *config,
                        struct job_runner **out, struct err *err)
{
    struct job_runner *r = mem_alloc(sizeof *r);
    struct crew_config crew = {
        .threads = config->threads, .work = work, .arg = r};
    enum rc rc;

    if (r == NULL)
        return FAIL(err, RC_NOMEM, "There is no memory for the job runner.");
    r->config = *config;
    r->kinds = mem_alloc((config->n_kinds + 1) * sizeof *r->kinds);
    rc = r->kinds == NULL
             ? FAIL(err, RC_NOMEM, "There is no memory for the job runner.")
             : RC_OK;
    if (rc == RC_OK && config->n_kinds > 0)
        memcpy(r->kinds, config->kinds, config->n_kinds * sizeof *r->kinds);
    if (rc == RC_OK)
        rc = lease_take_over(r->config.store, STR(SQL_FREE), err);
    if (rc == RC_OK)
        rc = crew_open(&crew, &r->crew, err);
    if (rc != RC_OK) {
        job_runner_close(r);
        return rc;
    }
    *out = r;
    return RC_OK;
}

void job_runner_close(struct job_runner *r)
{
    if (r == NULL)
        return;
    crew_close(r->crew);
    mem_free(r->kinds);
    mem_free(r);
}

void job_runner_wake(struct job_runner *r)
{
    crew_wake(r->crew);
}

/* --- from outside ------------------------------------------------------------------- */

struct add {
    int64_t id, user, now_ms;
    struct str kind, args;
};

static enum rc add_run(struct db *db, void *arg, struct arena *a,
                       struct err *err)
{
    const struct add *j = arg;
    struct db_stmt *st = NULL;
    enum rc rc = db_prepare(db, STR(SQL_ADD), &st, err);

    (void)a;
    if (rc != RC_OK)
        return rc;
    db_bind_i64(st, 1, j->id);
    db_bind_str(st, 2, j->kind);
    db_bind_str(st, 3, j->args);
    db_bind_i64(st, 4, j->user);
    db_bind_i64(st, 5, j->now_ms);
    db_bind_bool(st, 6, false);
    rc = db_step_done(st, err);
    db_stmt_release(st);
    return rc;
}

enum rc job_enqueue(struct db_store *store, struct db *db, struct str kind,
                    struct str args_json, int64_t user, int64_t now_ms,
                    int64_t *id, struct err *err)
{
    struct add j = {db_ids(store, 1), user, now_ms, kind, args_json};
    struct db_job write = {.run = add_run, .arg = &j};
    struct arena scratch;
    enum rc rc;

    if (args_json.n > ARGS_BYTES)
        return FAIL(err, RC_LIMIT, "A job takes at most %d bytes of arguments.",
                    ARGS_BYTES);
    if (db != NULL) {
        rc = add_run(db, &j, NULL, err);
    } else {
        arena_init(&scratch, 1 << 16);
        rc = db_write(store, &write, &scratch, err);
        arena_release(&scratch);
    }
    if (rc == RC_OK)
        *id = j.id;
    return rc;
}

static void write_row(struct db_stmt *st, int64_t id, struct json_w *w)
{
    struct str state = db_col_str(st, 1);

    json_obj_begin(w);
    json_kv_id(w, "id", id);
    json_kv(w, "kind", db_col_str(st, 0));
    /* waiting for its turn is no state of its own outside */
    json_kv(w, "state", str_is(state, "queued") ? STR("running") : state);
    json_kv_i64(w, "done", db_col_i64(st, 2));
    json_kv_i64(w, "total", db_col_i64(st, 3));
    json_k(w, "result");
    if (db_col_null(st, 4))
        json_w_null(w);
    else
        json_w_raw(w, db_col_str(st, 4));
    if (!db_col_null(st, 5))
        json_kv(w, "error", db_col_str(st, 5));
    json_obj_end(w);
}

enum rc job_read_json(struct db *db, int64_t id, int64_t user, struct json_w *w,
                      struct err *err)
{
    struct db_stmt *st = NULL;
    bool has_row = false;
    enum rc rc = db_prepare(db, STR(SQL_READ), &st, err);

    if (rc != RC_OK)
        return rc;
    db_bind_i64(st, 1, id);
    db_bind_i64(st, 2, user);
    rc = db_step(st, &has_row, err);
    if (rc == RC_OK && has_row)
        write_row(st, id, w);
    else if (rc == RC_OK)
        rc = FAIL(err, RC_NOTFOUND, "There is no such job.");
    db_stmt_release(st);
    return rc;
}

struct cancel {
    int64_t id, user;
};

static enum rc cancel_run(struct db *db, void *arg, struct arena *a,
                          struct err *err)
{
    const struct cancel *c = arg;
    struct db_stmt *st = NULL;
    bool has_row = false;
    enum rc rc = db_prepare(db, STR(SQL_CANCEL), &st, err);

    (void)a;
    if (rc != RC_OK)
        return rc;
    db_bind_bool(st, 1, true);
    db_bind_i64(st, 2, c->id);
    db_bind_i64(st, 3, c->user);
    rc = db_step(st, &has_row, err);
    if (rc == RC_OK && has_row)
        rc = db_step_done(st, err);
    else if (rc == RC_OK)
        rc = FAIL(err, RC_NOTFOUND, "There is no such job.");
    db_stmt_release(st);
    return rc;
}

enum rc job_cancel(struct db_store *store, int64_t id, int64_t user,
                   struct err *err)
{
    struct cancel c = {id, user};
    struct db_job write = {.run = cancel_run, .arg = &c};
    struct arena scratch;
    enum rc rc;

    arena_init(&scratch, 1 << 16);
    rc = db_write(store, &write, &scratch, err);
    arena_release(&scratch);
    return rc;
}
