/*
 * sweep - what nobody needs any more: files that hang on nothing and uploads
 * that broke off (a day), answers kept for a repeated POST (a day), events that
 * listeners have had (a week), jobs that ended (a month).
 *
 * Each part in a write of its own and of a bounded size, so that no save waits
 * long; what is left over is for the next time.
 */
#include "api/call.h"

#include "base/clock.h"
#include "base/id.h"
#include "record/blob.h"

#define DAY_MS INT64_C(86400000)

enum {
    SWEEP_FILES = 50,
    SWEEP_EVENTS = 5000, /* rows at a time */
    EVENT_DAYS = 7,
    JOB_DAYS = 30,
    SWEEP_BYTES = 16 << 20
};

/* Uploads that broke off: their size was never known. */
static const char SQL_BROKEN[] =
    "SELECT \"sha256\" FROM \"sys_blob\" WHERE \"size\" < 0"
    " AND \"created_at\" < ?1 LIMIT 50";
static const char SQL_IDEM[] = "DELETE FROM \"sys_idem\" WHERE \"at\" <= ?1";
/* The newest stays: its number is where the next one begins. */
static const char SQL_EVENTS[] =
    "DELETE FROM \"sys_event\" WHERE \"at\" < ?1 AND \"seq\" <"
    " (SELECT min(\"seq\") FROM \"sys_event\") + ?2"
    " AND \"seq\" < (SELECT max(\"seq\") FROM \"sys_event\")";
/* Ids are times, so this is a range of the primary key. */
static const char SQL_JOBS[] =
    "DELETE FROM \"sys_job\" WHERE \"id\" < ?1 AND \"finished_at\" < ?2";

/* --- files ---------------------------------------------------------------------- */

struct sweep {
    const struct workspace *ws;
    int64_t now_ms;
    const struct entity *e; /* sys:file */
    VEC(int64_t) ids;
    VEC(struct str) hashes; /* hex, as the records have them */
    struct arena *a;
};

static const struct field *fact(const struct entity *e, const char *name)
{
    return entity_field(e, str_c(name));
}

/* Live files of no record, older than a day. */
static enum rc find_loose(struct sweep *s, struct db *db, struct err *err)
{
    struct db_stmt *st = NULL;
    struct sqlb q;
    bool has_row = false;
    enum rc rc;

    sqlb_init(&q, db_dialect(db_store_of(db)), s->a);
    sqlb_lit(&q, "SELECT ");
    sqlb_col(&q, 0, IDENT("id"));
    sqlb_lit(&q, ", ");
    sqlb_col(&q, 0, fact(s->e, "sha256")->col.main);
    sqlb_lit(&q, " FROM ");
    sqlb_ident(&q, s->e->table);
    sqlb_lit(&q, " t0 WHERE ");
    sqlb_col(&q, 0, fact(s->e, "rec")->col.main);
    sqlb_lit(&q, " IS NULL AND ");
    sqlb_col(&q, 0, IDENT("deleted_at"));
    sqlb_lit(&q, " IS NULL AND ");
    sqlb_col(&q, 0, IDENT("created_at"));
    sqlb_lit(&q, " < ");
    sqlb_bind_i64(&q, s->now_ms - DAY_MS);
    sqlb_lit(&q, " ORDER BY ");
    sqlb_col(&q, 0, IDENT("id"));
    sqlb_lit(&q, " ASC");
    sqlb_limit(&q, SWEEP_FILES);
    rc = sqlb_prepare(&q, db, NULL, &st, err);
    while (rc == RC_OK) {
        rc = db_step(st, &has_row, err);
        if (rc != RC_OK || !has_row)
            break;
        if (!VEC_PUSH(s->a, &s->ids, db_col_i64(st, 0)) ||
            !VEC_PUSH(s->a, &s->hashes, str_copy(s->a, db_col_str(st, 1))))
            rc = FAIL(err, RC_NOMEM, "There is no memory to sweep files.");
    }
    db_stmt_release(st);
    sqlb_release(&q);
    return rc;
}

/* Is the hash still that of a file that lives? */
static enum rc is_used(const struct sweep *s, struct db *db, struct str hex,
                       bool *out, struct err *err)
{
    struct db_stmt *st = NULL;
    struct sqlb q;
    enum rc rc;

    sqlb_init(&q, db_dialect(db_store_of(db)), s->a);
    sqlb_lit(&q, "SELECT 1 FROM ");
    sqlb_ident(&q, s->e->table);
    sqlb_lit(&q, " t0 WHERE ");
    sqlb_col(&q, 0, fact(s->e, "sha256")->col.main);
    sqlb_lit(&q, " = ");
    sqlb_bind_str(&q, hex);
    sqlb_lit(&q, " AND ");
    sqlb_col(&q, 0, IDENT("deleted_at"));
    sqlb_lit(&q, " IS NULL");
    sqlb_limit(&q, 1);
    rc = sqlb_prepare(&q, db, NULL, &st, err);
    if (rc == RC_OK)
        rc = db_step(st, out, err);
    db_stmt_release(st);
    sqlb_release(&q);
    return rc;
}

static enum rc drop_loose(void *arg, struct db *db, int64_t txn,
                          struct err *err)
{
    const struct sweep *s = arg;
    size_t i;
    enum rc rc = RC_OK;

    (void)txn;
    for (i = 0; rc == RC_OK && i < s->hashes.n; i++) {
        uint8_t key[SHA256_BYTES] = {0};
        bool used = false;

        rc = is_used(s, db, s->hashes.v[i], &used, err);
        if (rc == RC_OK && !used && blob_key(s->hashes.v[i], key))
            rc = blob_drop(db, key, err);
    }
    return rc;
}

static enum rc drop_broken(struct db *db, void *arg, struct arena *a,
                           struct err *err)
{
    const struct sweep *s = arg;
    VEC(struct str) keys = {0};
    struct db_stmt *st = NULL;
    bool has_row = false;
    size_t i;
    enum rc rc = db_prepare(db, STR(SQL_BROKEN), &st, err);

    if (rc == RC_OK)
        db_bind_i64(st, 1, s->now_ms - DAY_MS);
    while (rc == RC_OK) {
        rc = db_step(st, &has_row, err);
        if (rc != RC_OK || !has_row)
            break;
        if (!VEC_PUSH(a, &keys, str_copy(a, db_col_blob(st, 0))))
            rc = FAIL(err, RC_NOMEM, "There is no memory to sweep files.");
    }
    db_stmt_release(st);
    for (i = 0; rc == RC_OK && i < keys.n; i++) {
        uint8_t key[SHA256_BYTES];

        if (keys.v[i].n != sizeof key)
            continue;
        memcpy(key, keys.v[i].p, sizeof key);
        rc = blob_drop(db, key, err);
    }
    return rc;
}

static enum rc sweep_run(struct sweep *s, const struct model *m,
                         struct err *err)
{
    struct principal who = principal_system(SOURCE_API);
    struct record_ctx ctx = workspace_record_ctx(s->ws, &who);
    struct record_batch batch;
    struct record_result result;
    struct issues issues;
    size_t i;

    issues_init(&issues, s->a);
    record_batch_init(&batch, s->a);
    batch.partial = true;
    for (i = 0; i < s->ids.n; i++) {
        if (record_add(&batch, m, RECORD_DELETE, s->e, s->ids.v[i]) == NULL)
            return FAIL(err, RC_NOMEM, "There is no memory to sweep files.");
    }
    ctx.in_tx = drop_loose;
    ctx.in_tx_arg = s;
    return record_save(&ctx, m, &batch, &issues, &result, err);
}

/* --- rows of system tables ----------------------------------------------------- */

static enum rc run_two(struct db *db, const char *sql, int64_t one, int64_t two,
                       struct err *err)
{
    struct db_stmt *st = NULL;
    enum rc rc = db_prepare(db, str_c(sql), &st, err);

    if (rc == RC_OK) {
        db_bind_i64(st, 1, one);
        if (two != 0)
            db_bind_i64(st, 2, two);
        rc = db_step_done(st, err);
    }
    db_stmt_release(st);
    return rc;
}

static enum rc drop_rows(struct db *db, void *arg, struct arena *a,
                         struct err *err)
{
    const struct sweep *s = arg;
    int64_t month = s->now_ms - JOB_DAYS * DAY_MS;
    enum rc rc = run_two(db, SQL_IDEM, s->now_ms - DAY_MS, 0, err);

    if (rc == RC_OK)
        rc = run_two(db, SQL_EVENTS, s->now_ms - EVENT_DAYS * DAY_MS,
                     SWEEP_EVENTS, err);
    if (rc == RC_OK)
        rc = run_two(db, SQL_JOBS, id_first_at(month, 0), month, err);
    return rc == RC_OK ? drop_broken(db, arg, a, err) : rc;
}

/* --- the whole ------------------------------------------------------------------- */

static enum rc sweep_files(struct sweep *s, struct err *err)
{
    const struct model *m = NULL;
    struct db *db = NULL;
    enum rc rc = workspace_read_begin(s->ws, &db, &m, err);

    if (rc != RC_OK)
        return rc;
    s->e = model_entity(m, STR("sys:file"));
    if (s->e != NULL)
        rc = find_loose(s, db, err);
    db_read_end(db);
    if (rc == RC_OK && s->ids.n > 0)
        rc = sweep_run(s, m, err);
    model_unref(m);
    return rc;
}

enum rc api_sweep(const struct workspace *ws, struct err *err)
{
    struct sweep s = {.ws = ws, .now_ms = ws->clock->now_ms(ws->clock->arg)};
    struct db_job job = {.run = drop_rows, .arg = &s};
    struct arena a;
    enum rc rc;

    arena_init(&a, SWEEP_BYTES);
    s.a = &a;
    rc = db_write(ws->store, &job, &a, err);
    if (rc == RC_OK)
        rc = sweep_files(&s, err);
    arena_release(&a);
    return rc;
}
