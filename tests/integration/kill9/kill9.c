/*
 * kill9 - an acknowledged save survives kill -9 (R1), and the journal has
 * exactly the changes that were committed (R20).
 *
 * A child saves with four threads and tells each answer through a pipe; the
 * parent kills it at a random moment (support/killer.h), opens the file again
 * and compares.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/id.h"
#include "base/vec.h"
#include "record/record.h"
#include "support/killer.h"
#include "support/test.h"
#include "support/workspace_fixture.h"

enum { THREADS = 4, OWN = 64 };

static const char PACKAGE[] =
    "<package format=\"1\" id=\"t\" version=\"1.0.0\" label=\"T\">"
    "<summary>For tests.</summary></package>";
static const char ENTITIES[] =
    "<bundle><entity name=\"account\" label=\"Account\" search=\"name\">"
    "<field name=\"number\" type=\"autonumber\" pattern=\"{0000000}\"/>"
    "<field name=\"name\" required=\"true\" unique=\"true\"/>"
    "<field name=\"size\" type=\"int\"/>"
    "<field name=\"tags\" type=\"multichoice\" open=\"true\"/>"
    "</entity></bundle>";

/* One answer of the pipeline. Shorter than PIPE_BUF: written whole. */
struct ack {
    int64_t id, rev, txn;
    int op;
};

struct run {
    struct workspace w; /* its store is open while nobody writes */
    struct db_config config;
    struct killer killer;
    VEC(struct ack) acks;
};

/* --- the child -------------------------------------------------------------- */

struct writer {
    const struct model *m;
    struct db_store *store;
    const struct entity *e;
    int pipe, n, round;
    uint64_t random;
    struct {
        int64_t id;
        bool deleted;
    } own[OWN];
    int n_own;
};

static enum rc save(struct writer *w, struct arena *a, enum record_op op,
                    int64_t id, int k, struct ack *out)
{
    struct principal who = principal_system(SOURCE_CLI);
    struct record_ctx ctx = {
        .store = w->store, .who = &who, .clock = clock_system()};
    struct record_result result = {0};
    struct record_batch b;
    struct issues is;
    struct err err = ERR_INIT;
    struct record_item *item;
    struct str name = str_fmt(a, "client %d.%d.%d", w->round, w->n, k);
    enum rc rc;

    record_batch_init(&b, a);
    issues_init(&is, a);
    item = record_add(&b, w->m, op, w->e, id);
    if (op == RECORD_CREATE)
        record_set(item, entity_field(w->e, STR("name")), value_text(name));
    if (op == RECORD_UPDATE)
        record_set(item, entity_field(w->e, STR("size")), value_int(k));
    rc = record_save(&ctx, w->m, &b, &is, &result, &err);
    if (rc != RC_OK)
        fprintf(stderr, "writer: %s\n", err.text);
    else
        *out = (struct ack){b.items[0].id, b.items[0].rev, result.txn, (int)op};
    return rc;
}

static bool step(struct writer *w, struct arena *a, int k)
{
    uint64_t dice = killer_random(&w->random);
    int at = w->n_own ? (int)(dice >> 8) % w->n_own : 0;
    enum record_op op = RECORD_CREATE;
    struct ack ack;

    at = at < 0 ? -at : at;
    if (w->n_own == OWN || (w->n_own && dice % 10 >= 5))
        op = w->own[at].deleted ? RECORD_RESTORE
             : dice % 10 == 9   ? RECORD_DELETE
                                : RECORD_UPDATE;
    if (save(w, a, op, op == RECORD_CREATE ? 0 : w->own[at].id, k, &ack) !=
        RC_OK)
        return false;
    if (op == RECORD_CREATE) {
        w->own[w->n_own].id = ack.id;
        w->own[w->n_own++].deleted = false;
    } else {
        w->own[at].deleted = op == RECORD_DELETE;
    }
    return write(w->pipe, &ack, sizeof ack) == (ssize_t)sizeof ack;
}

static void *work(void *arg)
{
    struct writer *w = arg;
    struct arena a;
    int k;

    arena_init(&a, 64 << 20);
    for (k = 1; step(w, &a, k); k++)
        arena_reset(&a);
    _exit(3); /* a save failed: the parent asks why it was not killed */
}

static _Noreturn void child(void *arg, int pipe)
{
    const struct run *r = arg;
    static struct writer w[THREADS];
    struct db_config config = r->config;
    struct db_store *store = NULL;
    struct err err = ERR_INIT;
    pthread_t t;
    int i;

    config.clock = clock_system();
    if (db_open(&config, &store, &err) != RC_OK) {
        fprintf(stderr, "child: %s\n", err.text);
        _exit(2);
    }
    for (i = 0; i < THREADS; i++) {
        w[i] =
            (struct writer){.m = r->w.model,
                            .store = store,
                            .e = model_entity(r->w.model, STR("t:account")),
                            .pipe = pipe,
                            .n = i,
                            .round = r->killer.kills,
                            .random = r->killer.random + (uint64_t)i * 977 + 1};
        if (pthread_create(&t, NULL, work, &w[i]) != 0)
            _exit(2);
    }
    for (;;)
        pause();
}

/* --- the parent --------------------------------------------------------------- */

static void heard(void *arg, const void *message)
{
    struct run *r = arg;

    CHECK(VEC_PUSH(&r->w.arena, &r->acks, *(const struct ack *)message));
}

static void open_again(struct run *r)
{
    struct db_config config = r->config;

    config.clock = clock_system();
    if (db_open(&config, &r->w.store, &r->w.err) != RC_OK)
        CHECK_CSTR(r->w.err.text, "");
}

static void close_again(struct run *r)
{
    db_close(r->w.store);
    r->w.store = NULL;
}

static const char *ask(struct run *r, const char *sql)
{
    struct str s = workspace_query(&r->w, sql);

    return str_cstr(&r->w.arena, s);
}

/* Nothing that was acknowledged is missing or older. */
static void check_acks(struct run *r, size_t from)
{
    struct db_stmt *st = NULL;
    struct db *db;
    size_t i;

    CHECK_RC(db_read_begin(r->w.store, NULL, &db, &r->w.err), RC_OK);
    CHECK_RC(db_prepare(db,
                        STR("SELECT (SELECT rev FROM t_account WHERE id = ?1),"
                            " (SELECT count(*) FROM sys_chg WHERE txn = ?2 AND"
                            " rec = ?1 AND op = ?3 AND rev = ?4)"),
                        &st, &r->w.err),
             RC_OK);
    for (i = from; i < r->acks.n; i++) {
        const struct ack *a = &r->acks.v[i];

        db_bind_i64(st, 1, a->id);
        db_bind_i64(st, 2, a->txn);
        db_bind_i64(st, 3, a->op);
        db_bind_i64(st, 4, a->rev);
        CHECK_RC(db_step_row(st, &r->w.err), RC_OK);
        CHECK(db_col_i64(st, 0) >= a->rev);
        CHECK_I64(db_col_i64(st, 1), 1);
        db_stmt_reset(st);
    }
    db_stmt_release(st);
    db_read_end(db);
}

/* Each revision has its journal row and its event; no more and no less. */
static void check_journal(struct run *r)
{
    CHECK_CSTR(ask(r, "SELECT CAST(count(*) AS TEXT) FROM t_account a WHERE"
                      " rev <> (SELECT count(*) FROM sys_chg WHERE rec = a.id)"
                      " OR rev <> (SELECT max(rev) FROM sys_chg WHERE"
                      " rec = a.id)"),
               "0");
    CHECK_CSTR(ask(r, "SELECT CAST((SELECT count(*) FROM sys_chg) ="
                      " (SELECT sum(rev) FROM t_account) AS TEXT)"),
               "1");
    CHECK_CSTR(ask(r, "SELECT CAST((SELECT count(*) FROM sys_chg) ="
                      " (SELECT count(*) FROM sys_event) AND (SELECT"
                      " count(*) FROM sys_txn) = (SELECT sum(last) FROM"
                      " sys_event) AS TEXT)"),
               "1");
    CHECK_CSTR(ask(r, "SELECT CAST(count(*) AS TEXT) FROM sys_txn t WHERE n <>"
                      " (SELECT count(*) FROM sys_chg WHERE txn = t.id)"),
               "0");
    CHECK_CSTR(ask(r, "SELECT CAST(count(DISTINCT number) = count(*) AND"
                      " count(*) = coalesce((SELECT value FROM sys_seq), 0)"
                      " AS TEXT) FROM t_account"),
               "1");
}

static void prepare(struct run *r)
{
    static char path[512];
    struct fixture_file files[] = {
        {"package.xml", PACKAGE}, {"entities/x.xml", ENTITIES}, {NULL, NULL}};

    snprintf(path, sizeof path, "%s/workspace.db", test_tmpdir());
    r->config = (struct db_config){.path = path, .create = true};
    workspace_open_on(&r->w, &r->config);
    CHECK_RC(workspace_put(&r->w, fixture_texts(&r->w.arena, "t", files)),
             RC_OK);
    close_again(r);
}

TEST(kill9, an_acknowledged_save_is_there_and_journaled_once)
{
    static struct run r;

    r.killer = (struct killer){.child = child,
                               .heard = heard,
                               .arg = &r,
                               .message = sizeof(struct ack)};
    prepare(&r);
    killer_init(&r.killer);
    while (killer_goes_on(&r.killer)) {
        size_t before = r.acks.n;

        killer_kill_one(&r.killer);
        open_again(&r);
        check_acks(&r, before);
        check_journal(&r);
        if (r.killer.kills % 20 == 0 && db_verify(r.w.store, &r.w.err) != RC_OK)
            CHECK_CSTR(r.w.err.text, "");
        close_again(&r);
    }
    open_again(&r);
    check_acks(&r, 0);
    if (db_verify(r.w.store, &r.w.err) != RC_OK)
        CHECK_CSTR(r.w.err.text, "");
    printf("%d kills, %zu acknowledged saves, seed %llu\n", r.killer.kills,
           r.acks.n, (unsigned long long)r.killer.seed);
    CHECK(r.killer.kills >= 10);
    CHECK(r.acks.n > (size_t)r.killer.kills);
    workspace_close(&r.w);
}
