/*
 * outbox_run - the threads that work the outbox off.
 *
 * A claim takes the row that has been due longest, and with it others of its
 * topic that are due. What a thread writes about a row names the fence of its
 * claim: a thread whose lease has ended writes nothing.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/vec.h"
#include "flow/crew.h"
#include "flow/lease.h"
#include "flow/outbox_rows.h"

enum {
    LEASE_MS = 90000, /* a script of the background may take a minute */
    CLAIM_LOOK = 1000 /* due rows among which a claim looks for its topic */
};
enum { RUN_ARENA_BYTES = 1 << 30, SMALL_ARENA_BYTES = 1 << 20 };

static const int BACKOFF_S[OUTBOX_TRIES - 1] = {60,   300,   1800,
                                                7200, 21600, 86400};

struct outbox {
    struct outbox_config config;
    struct outbox_kind *kinds;
    struct crew *crew;
};

struct running {
    struct outbox_run run;
    struct outbox *o;
    struct crew *crew;
};

static const char SQL_DUE[] =
    "SELECT 1 FROM \"sys_outbox\" WHERE (\"state\" = 'ready'"
    " AND \"next_at\" <= ?1) OR (\"state\" = 'running'"
    " AND \"lease_until\" < ?1) LIMIT 1";
static const char SQL_EXPIRED[] =
    "UPDATE \"sys_outbox\" SET \"state\" = CASE WHEN \"attempts\" >= ?1 THEN"
    " 'dead' ELSE 'ready' END, \"last_error\" = ?2"
    " WHERE \"state\" = 'running' AND \"lease_until\" < ?3"
    " RETURNING \"key\", \"state\"";
static const char SQL_HEAD[] =
    "SELECT \"package\", \"kind\", \"topic\" FROM \"sys_outbox\""
    " WHERE \"state\" = 'ready' AND \"next_at\" <= ?1"
    " ORDER BY \"next_at\", \"id\" LIMIT 1";
static const char SQL_CLAIM[] =
    "UPDATE \"sys_outbox\" SET \"state\" = 'running', \"lease_until\" = ?1,"
    " \"fence\" = \"fence\" + 1, \"attempts\" = \"attempts\" + 1"
    " WHERE \"id\" IN (SELECT \"id\" FROM (SELECT \"id\", \"package\","
    " \"kind\", \"topic\", \"next_at\" FROM \"sys_outbox\""
    " WHERE \"state\" = 'ready' AND \"next_at\" <= ?2"
    " ORDER BY \"next_at\", \"id\" LIMIT ?3) AS \"due\""
    " WHERE \"package\" = ?4 AND \"kind\" = ?5 AND \"topic\" = ?6"
    " ORDER BY \"next_at\", \"id\" LIMIT ?7)"
    " RETURNING \"id\", \"txn\", \"fence\", \"created_at\", \"key\","
    " \"payload\", \"attempts\", \"cause_depth\"";
static const char SQL_LEASE[] =
    "UPDATE \"sys_outbox\" SET \"lease_until\" = ?1 WHERE \"id\" = ?2"
    " AND \"fence\" = ?3 AND \"state\" = 'running'";
static const char SQL_DONE[] =
    "DELETE FROM \"sys_outbox\" WHERE \"id\" = ?1 AND \"fence\" = ?2"
    " AND \"state\" = 'running'";
static const char SQL_FAILED[] =
    "UPDATE \"sys_outbox\" SET \"state\" = ?1, \"attempts\" = ?2,"
    " \"next_at\" = ?3, \"last_error\" = ?4 WHERE \"id\" = ?5"
    " AND \"fence\" = ?6 AND \"state\" = 'running'";
static const char SQL_FREE[] = "UPDATE \"sys_outbox\" SET \"lease_until\" = 0"
                               " WHERE \"state\" = 'running'";

static int64_t now(const struct outbox *o)
{
    return o->config.clock->now_ms(o->config.clock->arg);
}

static int64_t lease_end(const struct outbox *o)
{
    return now(o) + (o->config.lease_ms > 0 ? o->config.lease_ms : LEASE_MS);
}

/* --- claiming ------------------------------------------------------------------- */

struct claim {
    struct outbox *o;
    struct outbox_row *rows;
    size_t n;
    struct str kind;
};

static const struct outbox_kind *find_kind(const struct outbox *o,
                                           struct str name)
{
    size_t i;

    for (i = 0; i < o->config.n_kinds; i++) {
        if (str_eq(name, str_c(o->kinds[i].name)))
            return &o->kinds[i];
    }
    return NULL;
}

/* Claims nobody answered for: the process was killed, or stood still. */
static enum rc free_expired(struct outbox *o, struct db *db, struct arena *a,
                            struct err *err)
{
    struct db_stmt *st = NULL;
    bool has_row = true;
    VEC(struct str) dead = {0};
    size_t i;
    enum rc rc = db_prepare(db, STR(SQL_EXPIRED), &st, err);

    if (rc != RC_OK)
        return rc;
    db_bind_i64(st, 1, OUTBOX_TRIES);
    db_bind_str(st, 2,
                STR("The program ended or stood still while it did "
                    "this."));
    db_bind_i64(st, 3, now(o));
    while (rc == RC_OK && (rc = db_step(st, &has_row, err)) == RC_OK &&
           has_row) {
        if (str_is(db_col_str(st, 1), "dead") &&
            !VEC_PUSH(a, &dead, str_copy(a, db_col_str(st, 0))))
            rc = FAIL(err, RC_NOMEM, "There is no memory to begin this.");
    }
    db_stmt_release(st);
    for (i = 0; rc == RC_OK && i < dead.n; i++)
        rc = outbox_promote(db, dead.v[i], err);
    return rc;
}

static enum rc read_head(struct claim *c, struct db *db, struct arena *a,
                         struct outbox_row *head, bool *found, struct err *err)
{
    struct db_stmt *st = NULL;
    enum rc rc = db_prepare(db, STR(SQL_HEAD), &st, err);

    if (rc != RC_OK)
        return rc;
    db_bind_i64(st, 1, now(c->o));
    rc = db_step(st, found, err);
    if (rc == RC_OK && *found) {
        head->package = str_copy(a, db_col_str(st, 0));
        c->kind = str_copy(a, db_col_str(st, 1));
        head->topic = str_copy(a, db_col_str(st, 2));
        rc = db_step_done(st, err);
    }
    db_stmt_release(st);
    return rc;
}

static void read_claimed(struct db_stmt *st, const struct outbox_row *head,
                         struct outbox_row *r, struct arena *a)
{
    r->package = head->package;
    r->topic = head->topic;
    r->id = db_col_i64(st, 0);
    r->txn = db_col_i64(st, 1);
    r->fence = db_col_i64(st, 2);
    r->created_at = db_col_i64(st, 3);
    r->key = str_copy(a, db_col_str(st, 4));
    r->payload = str_copy(a, db_col_str(st, 5));
    r->attempt = (int)db_col_i64(st, 6);
    r->depth = (int)db_col_i64(st, 7);
}

static size_t batch_of(const struct outbox_kind *kind)
{
    if (kind == NULL || kind->batch < 1)
        return 1;
    return kind->batch < OUTBOX_BATCH_MAX ? (size_t)kind->batch
                                          : OUTBOX_BATCH_MAX;
}

static int by_id(const void *a, const void *b)
{
    int64_t x = ((const struct outbox_row *)a)->id;
    int64_t y = ((const struct outbox_row *)b)->id;

    return (x > y) - (x < y);
}

static enum rc take(struct claim *c, struct db *db,
                    const struct outbox_row *head, struct arena *a,
                    struct err *err)
{
    size_t max = batch_of(find_kind(c->o, c->kind));
    struct db_stmt *st = NULL;
    bool has_row = true;
    enum rc rc = db_prepare(db, STR(SQL_CLAIM), &st, err);

    c->rows = ARENA_ARRAY(a, struct outbox_row, max);
    if (rc == RC_OK && c->rows == NULL)
        rc = FAIL(err, RC_NOMEM, "There is no memory to begin this.");
    if (rc == RC_OK) {
        db_bind_i64(st, 1, lease_end(c->o));
        db_bind_i64(st, 2, now(c->o));
        db_bind_i64(st, 3, CLAIM_LOOK);
        db_bind_str(st, 4, head->package);
        db_bind_str(st, 5, c->kind);
        db_bind_str(st, 6, head->topic);
        db_bind_i64(st, 7, (int64_t)max);
    }
    while (rc == RC_OK && (rc = db_step(st, &has_row, err)) == RC_OK &&
           has_row && c->n < max)
        read_claimed(st, head, &c->rows[c->n++], a);
    db_stmt_release(st);
    if (rc == RC_OK && arena_failed(a))
        rc = FAIL(err, RC_NOMEM, "There is no memory to begin this.");
    if (rc == RC_OK && c->n > 1)
        qsort(c->rows, c->n, sizeof *c->rows, by_id);
    return rc;
}

static enum rc claim_run(struct db *db, void *arg, struct arena *a,
                         struct err *err)
{
    struct claim *c = arg;
    struct outbox_row head = {0};
    bool found = false;
    enum rc rc = free_expired(c->o, db, a, err);

    c->n = 0;
    if (rc == RC_OK)
        rc = read_head(c, db, a, &head, &found, err);
    return rc == RC_OK && found ? take(c, db, &head, a, err) : rc;
}

/* --- answering ------------------------------------------------------------------- */

static enum rc delete_row(struct db *db, const struct outbox_row *r,
                          bool *was_ours, struct err *err)
{
    struct db_stmt *st = NULL;
    enum rc rc = db_prepare(db, STR(SQL_DONE), &st, err);

    if (rc != RC_OK)
        return rc;
    db_bind_i64(st, 1, r->id);
    db_bind_i64(st, 2, r->fence);
    rc = db_step_done(st, err);
    *was_ours = rc == RC_OK && db_changes(db) == 1;
    db_stmt_release(st);
    return *was_ours ? outbox_promote(db, r->key, err) : rc;
}

enum rc outbox_done(struct db *db, const struct outbox_run *run,
                    struct err *err)
{
    bool was_ours = true;
    enum rc rc = RC_OK;
    size_t i;

    for (i = 0; rc == RC_OK && i < run->n; i++) {
        rc = delete_row(db, &run->rows[i], &was_ours, err);
        if (rc == RC_OK && !was_ours)
            rc = FAIL(err, RC_CONFLICT,
                      "This took so long that it was begun anew elsewhere. "
                      "Nothing was written here.");
    }
    return rc;
}

struct answer {
    const struct running *r;
    const char *state; /* NULL: done */
    int64_t next_at;
    int given_back; /* tries */
    struct str error;
};

static enum rc fail_row(struct db *db, const struct answer *f,
                        const struct outbox_row *row, struct err *err)
{
    struct db_stmt *st = NULL;
    enum rc rc = db_prepare(db, STR(SQL_FAILED), &st, err);
    bool was_ours;

    if (rc != RC_OK)
        return rc;
    db_bind_str(st, 1, str_c(f->state));
    db_bind_i64(st, 2, row->attempt - f->given_back);
    db_bind_i64(st, 3, f->next_at);
    db_bind_str(st, 4, f->error);
    db_bind_i64(st, 5, row->id);
    db_bind_i64(st, 6, row->fence);
    rc = db_step_done(st, err);
    was_ours = rc == RC_OK && db_changes(db) == 1;
    db_stmt_release(st);
    if (was_ours && str_is(str_c(f->state), "dead"))
        rc = outbox_promote(db, row->key, err);
    return rc;
}

static enum rc answer_run(struct db *db, void *arg, struct arena *a,
                          struct err *err)
{
    const struct answer *f = arg;
    bool was_ours;
    enum rc rc = RC_OK;
    size_t i;

    (void)a;
    for (i = 0; rc == RC_OK && i < f->r->run.n; i++) {
        const struct outbox_row *row = &f->r->run.rows[i];

        rc = f->state == NULL ? delete_row(db, row, &was_ours, err)
                              : fail_row(db, f, row, err);
    }
    return rc;
}

/* Should it fail, the leases end and the rows are done again: at least once. */
static void answer(const struct running *r, struct answer *f)
{
    struct db_job job = {.run = answer_run, .arg = f};
    struct arena scratch;
    struct err err = ERR_INIT;

    f->r = r;
    arena_init(&scratch, SMALL_ARENA_BYTES);
    if (db_write(r->o->config.store, &job, &scratch, &err) != RC_OK)
        log_error("outbox.answer", KV("topic", r->run.rows[0].topic),
                  KV_C("error", err.text));
    arena_release(&scratch);
}

/* A fifth more or less, so that what failed together does not come together. */
static int64_t backoff_ms(int attempt)
{
    int64_t ms = (int64_t)BACKOFF_S[attempt - 1] * 1000;
    uint32_t chance;

    random_bytes(&chance, sizeof chance);
    return ms - ms / 5 + (int64_t)(chance % 1000) * (ms * 2 / 5) / 1000;
}

static void failed(const struct running *r, const struct err *why)
{
    const struct outbox_row *row = &r->run.rows[0];
    struct answer f = {.error = str_c(why->text)};

    if (crew_is_closing(r->crew)) {
        f.state = "ready"; /* the next start takes it up */
        f.next_at = now(r->o);
        f.given_back = 1;
    } else if (r->run.is_final || row->attempt >= OUTBOX_TRIES) {
        f.state = "dead";
        log_error("outbox.dead", KV("topic", row->topic), KV("key", row->key),
                  KV_I64("attempt", row->attempt), KV("error", f.error));
    } else {
        f.state = "ready";
        f.next_at = now(r->o) + backoff_ms(row->attempt);
        log_warn("outbox.failed", KV("topic", row->topic), KV("key", row->key),
                 KV_I64("attempt", row->attempt), KV("error", f.error));
    }
    answer(r, &f);
}

/* --- running -------------------------------------------------------------------- */

struct renew {
    const struct running *r;
    bool goes_on;
};

static enum rc renew_run(struct db *db, void *arg, struct arena *a,
                         struct err *err)
{
    struct renew *n = arg;
    struct db_stmt *st = NULL;
    enum rc rc = db_prepare(db, STR(SQL_LEASE), &st, err);
    size_t i;

    (void)a;
    n->goes_on = true;
    for (i = 0; rc == RC_OK && i < n->r->run.n; i++) {
        db_bind_i64(st, 1, lease_end(n->r->o));
        db_bind_i64(st, 2, n->r->run.rows[i].id);
        db_bind_i64(st, 3, n->r->run.rows[i].fence);
        rc = db_step_done(st, err);
        n->goes_on = n->goes_on && rc == RC_OK && db_changes(db) == 1;
        db_stmt_reset(st);
    }
    db_stmt_release(st);
    return rc;
}

bool outbox_tell(struct outbox_run *run)
{
    struct renew n = {.r = (struct running *)run};
    struct db_job job = {.run = renew_run, .arg = &n};
    struct arena scratch;
    struct err err = ERR_INIT;
    enum rc rc;

    if (crew_is_closing(n.r->crew))
        return false;
    arena_init(&scratch, SMALL_ARENA_BYTES);
    rc = db_write(n.r->o->config.store, &job, &scratch, &err);
    arena_release(&scratch);
    return rc == RC_OK && n.goes_on;
}

static enum rc call(const struct outbox_kind *kind, struct running *r,
                    struct str name, struct err *err)
{
    if (kind == NULL)
        return FAIL(err, RC_INVALID, "This program does nothing of kind %.*s.",
                    STR_ARG(name));
    return kind->run(kind->ctx, &r->run, err);
}

/* One row that fails must not cost the others of its batch their try. */
static void run_each_alone(const struct running *all,
                           const struct outbox_kind *kind, struct str name)
{
    size_t i;

    for (i = 0; i < all->run.n; i++) {
        struct running one = {.o = all->o, .crew = all->crew};
        struct answer done = {0};
        struct err err = ERR_INIT;

        one.run = (struct outbox_run){
            .rows = &all->run.rows[i], .n = 1, .arena = all->run.arena};
        if (outbox_tell(&one.run) && call(kind, &one, name, &err) == RC_OK)
            answer(&one, &done);
        else
            failed(&one, &err);
    }
}

static void run_claimed(struct outbox *o, struct crew *crew,
                        const struct claim *c, struct arena *a)
{
    const struct outbox_kind *kind = find_kind(o, c->kind);
    struct running r = {.o = o, .crew = crew};
    struct answer done = {0};
    struct err err = ERR_INIT;
    enum rc rc;

    r.run = (struct outbox_run){.rows = c->rows, .n = c->n, .arena = a};
    rc = call(kind, &r, c->kind, &err);
    if (rc == RC_OK)
        answer(&r, &done);
    else if (r.run.n > 1 && !r.run.is_final)
        run_each_alone(&r, kind, c->kind);
    else
        failed(&r, &err);
}

static bool work(void *arg, struct crew *crew)
{
    struct outbox *o = arg;
    struct claim c = {.o = o};
    struct db_job job = {.run = claim_run, .arg = &c};
    struct arena a;
    struct err err = ERR_INIT;
    enum rc rc;

    if (!lease_is_due(o->config.store, STR(SQL_DUE), now(o)))
        return false;
    arena_init(&a, RUN_ARENA_BYTES);
    rc = db_write(o->config.store, &job, &a, &err);
    if (rc == RC_OK && c.n > 0)
        run_claimed(o, crew, &c, &a);
    else if (rc != RC_OK)
        log_warn("outbox.claim", KV_C("error", err.text));
    arena_release(&a);
    return rc == RC_OK && c.n > 0;
}

/* --- open and close ----------------------------------------------------------------- */

enum rc outbox_open(const struct outbox_config *config, struct outbox **out,
                    struct err *err)
{
    struct outbox *o = mem_alloc(sizeof *o);
    struct crew_config crew = {
        .threads = config->threads, .work = work, .arg = o};
    enum rc rc;

    if (o == NULL)
        return FAIL(err, RC_NOMEM, "There is no memory for the outbox.");
    o->config = *config;
    o->kinds = mem_alloc((config->n_kinds + 1) * sizeof *o->kinds);
    rc = o->kinds == NULL
             ? FAIL(err, RC_NOMEM, "There is no memory for the outbox.")
             : RC_OK;
    if (rc == RC_OK && config->n_kinds > 0)
        memcpy(o->kinds, config->kinds, config->n_kinds * sizeof *o->kinds);
    if (rc == RC_OK)
        rc = lease_take_over(o->config.store, STR(SQL_FREE), err);
    if (rc == RC_OK)
        rc = crew_open(&crew, &o->crew, err);
    if (rc != RC_OK) {
        outbox_close(o);
        return rc;
    }
    *out = o;
    return RC_OK;
}

void outbox_close(struct outbox *o)
{
    if (o == NULL)
        return;
    crew_close(o->crew);
    mem_free(o->kinds);
    mem_free(o);
}

void outbox_wake(struct outbox *o)
{
    crew_wake(o->crew);
}
