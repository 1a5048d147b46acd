/*
 * db.c - the part of the port that is the same for every engine.
 *
 * Keeps three promises that an engine should not have to: after a failed
 * statement only db_rollback_to or the end of the bracket; binds and columns
 * are sticky, so that code reads straight and one check is enough; values that
 * some engine could not give back bit for bit never reach any.
 */
#include "db/db.h"

#include <assert.h>
#include <math.h>

#include "base/clock.h"
#include "base/limits.h"
#include "db/driver.h"

static const char WHY_TYPE[] =
    "A column holds a value of another type than was asked for, or a sum "
    "outgrew 64 bits. Ask for smaller amounts or another column.";
static const char WHY_NUL[] =
    "Text with the character U+0000 cannot be stored. Remove it.";
static const char WHY_FLOAT[] =
    "A number that is infinite or not a number cannot be stored.";
static const char WHY_BIND[] =
    "A value could not be bound: no such parameter, or no memory.";

/* ---- brackets ---------------------------------------------------------- */

void db_close(struct db_store *store)
{
    if (store)
        store->driver->close(store);
}

uint32_t db_caps(const struct db_store *store)
{
    return store->driver->caps;
}

enum db_dialect db_dialect(const struct db_store *store)
{
    return store->driver->dialect;
}

static int64_t deadline(const struct db_store *store, int64_t given, int64_t ms)
{
    if (given > 0)
        return given;
    return store->clock->mono_ms(store->clock->arg) + ms;
}

enum rc db_read_begin(struct db_store *store, const struct db_limits *limits,
                      struct db **out, struct err *err)
{
    int64_t until =
        deadline(store, limits ? limits->deadline_ms : 0, LIMIT_QUERY_MS);

    return store->driver->read_begin(store, until, out, err);
}

void db_read_end(struct db *db)
{
    if (db)
        db->driver->read_end(db);
}

enum rc db_write(struct db_store *store, const struct db_job *job,
                 struct arena *a, struct err *err)
{
    int64_t until = deadline(store, job->deadline_ms, LIMIT_WRITE_MS);

    return store->driver->write(store, job, until, a, err);
}

bool db_in_write_tx(const struct db *db)
{
    return db->writing;
}

struct db_store *db_store_of(const struct db *db)
{
    return db->store;
}

void db_bracket_init(struct db *db, struct db_store *store, bool writing)
{
    db->driver = store->driver;
    db->store = store;
    db->writing = writing;
    db->lost = false;
    db->depth = 0;
    db->failed = RC_OK;
    db->sticky = (struct db_sticky){RC_OK, NULL};
    db->late = NULL;
}

/* Report what was kept back; from now on the bracket counts as failed. */
static enum rc tell(struct db *db, struct db_sticky *sticky, struct err *err)
{
    struct db_sticky s = *sticky;

    *sticky = (struct db_sticky){RC_OK, NULL};
    db->failed = s.rc;
    return FAIL(err, s.rc, "%s", s.why);
}

/* May another statement run? */
static enum rc usable(struct db *db, struct err *err)
{
    if (db->sticky.rc != RC_OK)
        return tell(db, &db->sticky, err);
    if (db->lost) // not the caller's doing: a full or failing disk, no memory
        return FAIL(err, db->failed != RC_OK ? db->failed : RC_BUG,
                    "A failure ended this transaction.");
    if (db->failed != RC_OK)
        return FAIL(err, RC_BUG,
                    "An earlier statement of this transaction failed (%s); "
                    "only a rollback may follow.",
                    rc_name(db->failed));
    return RC_OK;
}

enum rc db_bracket_verdict(struct db *db, enum rc rc, struct err *err)
{
    if (rc != RC_OK)
        return rc;
    rc = usable(db, err);
    if (rc != RC_OK)
        return rc;
    if (db->depth != 0)
        return FAIL(err, RC_BUG, "A write ended with %d savepoints open.",
                    db->depth);
    return RC_OK;
}

/* ---- savepoints -------------------------------------------------------- */

enum rc db_savepoint(struct db *db, struct err *err)
{
    enum rc rc = usable(db, err);

    if (rc != RC_OK)
        return rc;
    if (db->depth >= DB_SAVEPOINTS)
        return FAIL(err, RC_LIMIT, "Savepoints nest at most %d deep.",
                    DB_SAVEPOINTS);
    rc = db->driver->mark(db, DB_MARK_SET, db->depth + 1, err);
    if (rc != RC_OK) {
        db->failed = rc;
        return rc;
    }
    db->depth++;
    if (db->late)
        db->late_marks[db->depth] = db->late->n;
    return RC_OK;
}

enum rc db_release(struct db *db, struct err *err)
{
    enum rc rc = usable(db, err);

    if (rc != RC_OK)
        return rc;
    if (db->depth == 0)
        return FAIL(err, RC_BUG, "There is no savepoint to release.");
    rc = db->driver->mark(db, DB_MARK_RELEASE, db->depth, err);
    if (rc == RC_OK)
        db->depth--;
    else
        db->failed = rc;
    return rc;
}

enum rc db_rollback_to(struct db *db, struct err *err)
{
    enum rc rc;

    if (db->depth == 0)
        return FAIL(err, RC_BUG, "There is no savepoint to roll back to.");
    if (db->lost)
        return FAIL(err, RC_BUG, "The transaction has ended already.");
    rc = db->driver->mark(db, DB_MARK_ROLLBACK, db->depth, err);
    if (rc != RC_OK) {
        db->failed = rc;
        return rc;
    }
    if (db->late)
        db->late->n = db->late_marks[db->depth];
    db->depth--;
    db->failed = RC_OK;
    db->sticky = (struct db_sticky){RC_OK, NULL};
    return RC_OK;
}

enum rc db_guard(struct db *db, struct str key, struct err *err)
{
    enum rc rc = usable(db, err);

    if (rc != RC_OK)
        return rc;
    assert(db->writing);
    return db->driver->guard(db, key, err);
}

/* ---- statements -------------------------------------------------------- */

static enum rc prepare(struct db *db, const struct db_grant *grant,
                       struct str sql, struct db_stmt **out, struct err *err)
{
    enum rc rc = usable(db, err);

    if (rc != RC_OK)
        return rc;
    rc = db->driver->prepare(db, grant, sql, out, err);
    if (rc != RC_OK)
        db->failed = rc;
    return rc;
}

enum rc db_prepare(struct db *db, struct str sql, struct db_stmt **out,
                   struct err *err)
{
    return prepare(db, NULL, sql, out, err);
}

enum rc db_prepare_as(struct db *db, const struct db_grant *grant,
                      struct str sql, struct db_stmt **out, struct err *err)
{
    assert(grant);
    return prepare(db, grant, sql, out, err);
}

void db_stmt_release(struct db_stmt *st)
{
    if (!st)
        return;
    st->has_row = false;
    st->driver->release(st);
}

void db_stmt_reset(struct db_stmt *st)
{
    st->has_row = false;
    st->sticky = (struct db_sticky){RC_OK, NULL};
    st->driver->reset(st);
}

static void keep(struct db_sticky *sticky, enum rc rc, const char *why)
{
    if (rc != RC_OK && sticky->rc == RC_OK)
        *sticky = (struct db_sticky){rc, why};
}

void db_bind_i64(struct db_stmt *st, int i, int64_t v)
{
    keep(&st->sticky, st->driver->bind_i64(st, i, v), WHY_BIND);
}

void db_bind_f64(struct db_stmt *st, int i, double v)
{
    if (!isfinite(v)) {
        keep(&st->sticky, RC_LIMIT, WHY_FLOAT);
        return;
    }
    if (v == 0.0)
        v = 0.0; // a negative zero would sort apart from the other on one side
    keep(&st->sticky, st->driver->bind_f64(st, i, v), WHY_BIND);
}

void db_bind_bool(struct db_stmt *st, int i, bool v)
{
    keep(&st->sticky, st->driver->bind_bool(st, i, v), WHY_BIND);
}

void db_bind_str(struct db_stmt *st, int i, struct str v)
{
    if (v.n > 0 && memchr(v.p, 0, v.n)) {
        keep(&st->sticky, RC_INVALID, WHY_NUL);
        return;
    }
    keep(&st->sticky,
         v.p ? st->driver->bind_str(st, i, v) : st->driver->bind_null(st, i),
         WHY_BIND);
}

void db_bind_blob(struct db_stmt *st, int i, const void *p, size_t n)
{
    keep(&st->sticky,
         p ? st->driver->bind_blob(st, i, p, n) : st->driver->bind_null(st, i),
         WHY_BIND);
}

void db_bind_null(struct db_stmt *st, int i)
{
    keep(&st->sticky, st->driver->bind_null(st, i), WHY_BIND);
}

void db_bind_ids(struct db_stmt *st, int i, const int64_t *ids, size_t n)
{
    keep(&st->sticky, st->driver->bind_ids(st, i, ids, n), WHY_BIND);
}

enum rc db_step(struct db_stmt *st, bool *has_row, struct err *err)
{
    struct db *db = st->db;
    bool row = false;
    enum rc rc = usable(db, err);

    st->has_row = false;
    if (rc != RC_OK)
        return rc;
    if (st->sticky.rc != RC_OK)
        return tell(db, &st->sticky, err);
    rc = st->driver->step(st, &row, err);
    if (rc != RC_OK) {
        db->failed = rc;
        return rc;
    }
    st->has_row = row;
    *has_row = row;
    return RC_OK;
}

enum rc db_step_row(struct db_stmt *st, struct err *err)
{
    bool row = false;
    enum rc rc = db_step(st, &row, err);

    if (rc != RC_OK)
        return rc;
    return row ? RC_OK : FAIL(err, RC_NOTFOUND, "There is no such row.");
}

enum rc db_step_done(struct db_stmt *st, struct err *err)
{
    bool row = true;
    enum rc rc = RC_OK;

    while (row && rc == RC_OK)
        rc = db_step(st, &row, err);
    return rc;
}

/* ---- columns ----------------------------------------------------------- */

/* A wrong type may be read from the last row of the last statement: nobody
   would step it again, so the bracket remembers. */
static void mismatch(struct db_stmt *st)
{
    keep(&st->db->sticky, RC_LIMIT, WHY_TYPE);
}

bool db_col_null(struct db_stmt *st, int i)
{
    return !st->has_row || st->driver->col_null(st, i);
}

int64_t db_col_i64(struct db_stmt *st, int i)
{
    int64_t v = 0;

    if (!st->has_row || !st->driver->col_i64(st, i, &v))
        mismatch(st);
    return v;
}

double db_col_f64(struct db_stmt *st, int i)
{
    double v = 0;

    if (!st->has_row || !st->driver->col_f64(st, i, &v))
        mismatch(st);
    return v;
}

bool db_col_bool(struct db_stmt *st, int i)
{
    bool v = false;

    if (!st->has_row || !st->driver->col_bool(st, i, &v))
        mismatch(st);
    return v;
}

struct str db_col_str(struct db_stmt *st, int i)
{
    struct str v = STR_NONE;

    if (!st->has_row || !st->driver->col_str(st, i, &v))
        mismatch(st);
    return v;
}

struct str db_col_blob(struct db_stmt *st, int i)
{
    struct str v = STR_NONE;

    if (!st->has_row || !st->driver->col_blob(st, i, &v))
        mismatch(st);
    return v;
}

/* ---- the rest ---------------------------------------------------------- */

int64_t db_changes(struct db *db)
{
    return db->driver->changes(db);
}

enum rc db_batch(struct db *db, struct db_stmt *const *stmts, size_t n,
                 struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        enum rc rc;

        assert(stmts[i]->db == db);
        rc = db_step_done(stmts[i], err);
        if (rc != RC_OK)
            return rc;
    }
    return RC_OK;
}

enum rc db_exec(struct db *db, struct str sql, struct err *err)
{
    enum rc rc = usable(db, err);

    if (rc != RC_OK)
        return rc;
    rc = db->driver->exec(db, sql, err);
    if (rc != RC_OK)
        db->failed = rc;
    return rc;
}

void db_cancel(struct db *db)
{
    db->driver->cancel(db);
}

int64_t db_ids(struct db_store *store, int n)
{
    return idgen_take(store->ids, n);
}

enum rc db_explain(struct db *db, struct str sql, struct arena *a,
                   struct db_plan *out, struct err *err)
{
    enum rc rc = usable(db, err);

    if (rc != RC_OK)
        return rc;
    rc = db->driver->explain(db, sql, a, out, err);
    if (rc != RC_OK)
        db->failed = rc;
    return rc;
}

void db_stats(struct db_store *store, struct db_stats *out)
{
    store->driver->stats(store, out);
}

enum rc db_verify(struct db_store *store, struct err *err)
{
    return store->driver->verify(store, err);
}

enum rc db_backup(struct db_store *store, const char *path, struct err *err)
{
    return store->driver->backup(store, path, err);
}
