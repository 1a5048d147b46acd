/*
 * kill9_outbox - what was asked for with an acknowledged transaction is done,
 * in the order of its key, and inside the database once, however often the
 * process that does it is killed.
 *
 * A child writes causes, each with a row of the outbox, and works the outbox
 * off at the same time: an effect a row. The parent kills it (support/killer.h)
 * and lets the last rows be done in peace at the end.
 */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "base/id.h"
#include "base/vec.h"
#include "flow/outbox.h"
#include "support/killer.h"
#include "support/test.h"
#include "support/workspace_fixture.h"

enum { KEYS = 5, PRODUCERS = 2, WORKERS = 3, BATCH = 4, PEACE_MS = 30000 };

struct run {
    struct workspace w;
    struct db_config config;
    struct killer killer;
    VEC(int64_t) acks; /* causes whose transaction was answered */
};

/* --- the child -------------------------------------------------------------- */

struct producer {
    struct db_store *store;
    int pipe;
    uint64_t random;
};

struct cause {
    int64_t id;
    int key;
};

static enum rc cause_run(struct db *db, void *arg, struct arena *a,
                         struct err *err)
{
    struct cause *c = arg;
    char payload[32], key[8];
    struct outbox_entry e = {.kind = STR("effect"), .topic = STR("t")};
    struct db_stmt *st = NULL;
    enum rc rc = db_prepare(
        db, STR("INSERT INTO t_cause (id, key) VALUES (?1, ?2)"), &st, err);

    (void)a;
    if (rc != RC_OK)
        return rc;
    c->id = db_ids(db_store_of(db), 1);
    db_bind_i64(st, 1, c->id);
    db_bind_i64(st, 2, c->key);
    rc = db_step_done(st, err);
    db_stmt_release(st);
    snprintf(payload, sizeof payload, "%lld", (long long)c->id);
    snprintf(key, sizeof key, "k%d", c->key);
    e.payload = str_c(payload);
    e.key = str_c(key);
    return rc == RC_OK ? outbox_add(db, &e, clock_system()->now_ms(NULL),
                                    &(int64_t){0}, err)
                       : rc;
}

static void *produce(void *arg)
{
    struct producer *p = arg;
    struct arena a;
    struct err err = ERR_INIT;

    arena_init(&a, 16 << 20);
    for (;;) {
        struct cause c = {.key = (int)(killer_random(&p->random) % KEYS)};
        struct db_job job = {.run = cause_run, .arg = &c};

        if (db_write(p->store, &job, &a, &err) != RC_OK) {
            fprintf(stderr, "producer: %s\n", err.text);
            _exit(3);
        }
        if (write(p->pipe, &c.id, sizeof c.id) != (ssize_t)sizeof c.id)
            _exit(3);
        arena_reset(&a);
        usleep(2000); /* let the workers come near */
    }
    return NULL;
}

static enum rc effect_run(struct db *db, void *arg, struct arena *a,
                          struct err *err)
{
    const struct outbox_run *run = arg;
    struct db_stmt *st = NULL;
    int64_t cause;
    size_t i;
    enum rc rc = db_prepare(db,
                            STR("INSERT INTO t_effect (cause, n) SELECT ?1,"
                                " coalesce(max(n), 0) + 1 FROM t_effect"),
                            &st, err);

    (void)a;
    for (i = 0; rc == RC_OK && i < run->n; i++) {
        if (!str_to_i64(run->rows[i].payload, &cause))
            rc = FAIL(err, RC_BUG, "This is no payload of ours.");
        db_bind_i64(st, 1, cause);
        if (rc == RC_OK)
            rc = db_step_done(st, err);
        db_stmt_reset(st);
    }
    db_stmt_release(st);
    return rc == RC_OK ? outbox_done(db, run, err) : rc;
}

static enum rc effect(void *ctx, struct outbox_run *run, struct err *err)
{
    struct db_job job = {.run = effect_run, .arg = run};

    return db_write(ctx, &job, run->arena, err);
}

static struct outbox *workers(struct db_store *store)
{
    struct outbox_kind kind = {"effect", BATCH, effect, store};
    struct outbox_config config = {.store = store,
                                   .clock = clock_system(),
                                   .kinds = &kind,
                                   .n_kinds = 1,
                                   .threads = WORKERS};
    struct outbox *o = NULL;
    struct err err = ERR_INIT;

    if (outbox_open(&config, &o, &err) != RC_OK)
        fprintf(stderr, "workers: %s\n", err.text);
    return o;
}

static void child(void *arg, int pipe)
{
    static struct producer p[PRODUCERS];
    const struct run *r = arg;
    struct db_config config = r->config;
    struct db_store *store = NULL;
    struct err err = ERR_INIT;
    struct outbox *o;
    pthread_t t;
    int i;

    config.clock = clock_system();
    if (db_open(&config, &store, &err) != RC_OK) {
        fprintf(stderr, "child: %s\n", err.text);
        _exit(2);
    }
    o = workers(store);
    if (!o)
        _exit(2);
    for (i = 0; i < PRODUCERS; i++) {
        p[i] = (struct producer){store, pipe,
                                 r->killer.random + (uint64_t)i * 977 + 1};
        if (pthread_create(&t, NULL, produce, &p[i]) != 0)
            _exit(2);
    }
    for (;;) {
        outbox_wake(o);
        usleep(1000);
    }
}

/* --- the parent --------------------------------------------------------------- */

static void heard(void *arg, const void *message)
{
    struct run *r = arg;

    CHECK(VEC_PUSH(&r->w.arena, &r->acks, *(const int64_t *)message));
}

static void prepare(struct run *r)
{
    static char path[512];

    snprintf(path, sizeof path, "%s/workspace.db", test_tmpdir());
    r->config = (struct db_config){.path = path, .create = true};
    workspace_open_on(&r->w, &r->config);
    CHECK_RC(workspace_exec(&r->w, "CREATE TABLE t_cause (id INTEGER PRIMARY"
                                   " KEY, key INTEGER NOT NULL)"),
             RC_OK);
    CHECK_RC(workspace_exec(&r->w, "CREATE TABLE t_effect (cause INTEGER"
                                   " PRIMARY KEY, n INTEGER NOT NULL)"),
             RC_OK);
    db_close(r->w.store);
    r->w.store = NULL;
}

static const char *ask(struct run *r, const char *sql)
{
    return str_cstr(&r->w.arena, workspace_query(&r->w, sql));
}

/* All that is left, without being killed; what kills had made look hopeless is
   told again, as somebody would who sees it. */
static void finish_in_peace(struct run *r)
{
    struct db_config config = r->config;
    struct outbox *o;
    int waited = 0;

    config.clock = clock_system();
    if (db_open(&config, &r->w.store, &r->w.err) != RC_OK)
        CHECK_CSTR(r->w.err.text, "");
    CHECK_RC(workspace_exec(&r->w, "UPDATE sys_outbox SET state = 'waiting',"
                                   " attempts = 0 WHERE state = 'dead'"),
             RC_OK);
    CHECK_RC(workspace_exec(&r->w, "UPDATE sys_outbox SET next_at = 0"), RC_OK);
    o = workers(r->w.store);
    CHECK(o != NULL);
    while (strcmp(ask(r, "SELECT CAST(count(*) AS TEXT) FROM sys_outbox"),
                  "0") != 0 &&
           waited++ < PEACE_MS) {
        outbox_wake(o);
        usleep(1000);
    }
    outbox_close(o);
    CHECK_CSTR(ask(r, "SELECT CAST(count(*) AS TEXT) FROM sys_outbox"), "0");
}

static void check_acks(struct run *r)
{
    struct db_stmt *st = NULL;
    struct db *db = NULL;
    size_t i;

    CHECK_RC(db_read_begin(r->w.store, NULL, &db, &r->w.err), RC_OK);
    CHECK_RC(db_prepare(db,
                        STR("SELECT count(*) FROM t_effect WHERE cause"
                            " = ?1"),
                        &st, &r->w.err),
             RC_OK);
    for (i = 0; i < r->acks.n; i++) {
        db_bind_i64(st, 1, r->acks.v[i]);
        CHECK_RC(db_step_row(st, &r->w.err), RC_OK);
        CHECK_I64(db_col_i64(st, 0), 1);
        db_stmt_reset(st);
    }
    db_stmt_release(st);
    db_read_end(db);
}

TEST(kill9_outbox, what_was_asked_for_is_done_once_and_in_order)
{
    static struct run r;

    r.killer = (struct killer){
        .child = child, .heard = heard, .arg = &r, .message = sizeof(int64_t)};
    prepare(&r);
    killer_init(&r.killer);
    while (killer_goes_on(&r.killer))
        killer_kill_one(&r.killer);
    finish_in_peace(&r);
    check_acks(&r);
    /* also of transactions whose answer was lost; never twice: the key */
    CHECK_CSTR(ask(&r, "SELECT CAST((SELECT count(*) FROM t_cause) = (SELECT"
                       " count(*) FROM t_effect) AS TEXT)"),
               "1");
    CHECK_CSTR(ask(&r,
                   "SELECT CAST(count(*) AS TEXT) FROM (SELECT n - lag(n) OVER"
                   " (PARTITION BY c.key ORDER BY c.id) AS step FROM t_cause c"
                   " JOIN t_effect e ON e.cause = c.id) WHERE step <= 0"),
               "0");
    if (db_verify(r.w.store, &r.w.err) != RC_OK)
        CHECK_CSTR(r.w.err.text, "");
    printf("%d kills, %zu acknowledged causes, seed %llu\n", r.killer.kills,
           r.acks.n, (unsigned long long)r.killer.seed);
    CHECK(r.killer.kills >= 10);
    CHECK(r.acks.n > (size_t)r.killer.kills);
    workspace_close(&r.w);
}
