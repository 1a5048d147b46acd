/*
 * conn.c - one connection: how it is opened, hardened and stopped.
 *
 * security.md 4 is the recipe. Readers are opened read-only and never
 * checkpoint, not even at close: every checkpoint is the writer's, under its
 * lock, which is what keeps clear of the WAL-reset bug of older SQLite, too.
 *
 * No deadline interrupts a writing statement: SQLite would roll back the whole
 * group with it. The progress handler stops reads only.
 */
#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "db/sqlite/internal.h"

static const char *const CONTROL[SQ_CONTROLS] = {"BEGIN", "BEGIN IMMEDIATE",
                                                 "COMMIT", "ROLLBACK"};

int64_t sq_mono(const struct sq_store *s)
{
    return s->base.clock->mono_ms(s->base.clock->arg);
}

/* Non-zero stops the running statement. */
static int progress(void *conn)
{
    struct sq_conn *c = conn;
    int64_t now;

    if (!c->writer && atomic_load_explicit(&c->cancelled, memory_order_relaxed))
        return 1;
    if (!c->may_stop || c->deadline_ms == 0)
        return 0;
    now = sq_mono(c->store);
    if (now > c->deadline_ms)
        return 1;
    if (!c->writer)
        return 0;
    // A read inside a job holds up everybody: it gets a reader's time at most.
    if (c->step_until_ms == 0)
        c->step_until_ms = now + LIMIT_QUERY_MS;
    return now > c->step_until_ms;
}

static void set_limits(sqlite3 *h)
{
    static const struct {
        int id, value;
    } LIMITS[] = {
        {SQLITE_LIMIT_ATTACHED, 0},
        {SQLITE_LIMIT_SQL_LENGTH, 100000},
        {SQLITE_LIMIT_LENGTH, 16 << 20},
        {SQLITE_LIMIT_EXPR_DEPTH, 100},
        {SQLITE_LIMIT_COMPOUND_SELECT, 10},
        {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 100},
        {SQLITE_LIMIT_VARIABLE_NUMBER, 1000},
        {SQLITE_LIMIT_TRIGGER_DEPTH, 10},
        {SQLITE_LIMIT_COLUMN, 500},
        {SQLITE_LIMIT_WORKER_THREADS, 0},
    };

    for (size_t i = 0; i < sizeof LIMITS / sizeof LIMITS[0]; i++)
        sqlite3_limit(h, LIMITS[i].id, LIMITS[i].value);
}

static enum rc set_flags(struct sq_conn *c, struct err *err)
{
    const struct {
        int id, value;
    } flags[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},
        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
        {SQLITE_DBCONFIG_DQS_DML, 0},
        {SQLITE_DBCONFIG_DQS_DDL, 0},
        {SQLITE_DBCONFIG_ENABLE_FKEY, 1},
        {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
        {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
        // A plan made from bound values (that of a LIMIT, too) is made anew
        // whenever one is bound: 35 % of a read by id.
        {SQLITE_DBCONFIG_ENABLE_QPSG, 1},
        {SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, !c->writer},
    };

    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        int now = -1;

        if (sqlite3_db_config(c->handle, flags[i].id, flags[i].value, &now) !=
                SQLITE_OK ||
            now != flags[i].value)
            return FAIL(err, RC_BUG, "SQLite refused its setting %d.",
                        flags[i].id);
    }
    return RC_OK;
}

static int wal_grew(void *conn, sqlite3 *h, const char *schema, int pages)
{
    struct sq_conn *c = conn;

    (void)h;
    (void)schema;
    c->store->wal_pages = pages; // the writer's thread only
    atomic_store(&c->store->wal_size_pages, pages);
    return SQLITE_OK;
}

static enum rc set_pragmas(struct sq_conn *c, struct err *err)
{
    static const char *const BOTH[] = {"PRAGMA cell_size_check=ON",
                                       "PRAGMA mmap_size=0",
                                       "PRAGMA recursive_triggers=OFF"};
    char cache[48];
    enum rc rc = RC_OK;

    for (size_t i = 0; i < sizeof BOTH / sizeof BOTH[0] && rc == RC_OK; i++)
        rc = sq_run(c, BOTH[i], err);
    snprintf(cache, sizeof cache, "PRAGMA cache_size=-%d",
             c->writer ? SQ_WRITER_CACHE_KIB : SQ_CACHE_KIB);
    if (rc == RC_OK)
        rc = sq_run(c, cache, err);
    if (rc == RC_OK && c->store->hostile)
        rc = sq_run(c, "PRAGMA reverse_unordered_selects=ON", err);
    if (rc != RC_OK || !c->writer)
        return rc;
    // EXTRA is FULL, and syncs the folder after a rollback journal went: the
    // one of the change to WAL, come back after a power cut, would undo all.
    // A store that vanishes with its close has nothing to keep through a crash.
    rc = sq_run(c,
                c->store->memory ? "PRAGMA synchronous=OFF"
                                 : "PRAGMA synchronous=EXTRA",
                err);
    if (rc == RC_OK)
        rc = sq_run(c, "PRAGMA journal_mode=WAL", err);
    if (rc == RC_OK)
        rc = sq_run(c, "PRAGMA secure_delete=ON", err);
    // A log that a long reader let grow gives its space back afterwards.
    if (rc == RC_OK)
        rc = sq_run(c, "PRAGMA journal_size_limit=67108864", err);
    return rc;
}

enum rc sq_conn_open(struct sq_conn *c, struct sq_store *s, bool writer,
                     struct err *err)
{
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    int code;
    enum rc rc;

    db_bracket_init(&c->base, &s->base, writer);
    c->store = s;
    c->writer = writer;
    flags |= writer ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
    code = sqlite3_open_v2(s->path, &c->handle, flags, s->vfs);
    if (code != SQLITE_OK) {
        rc = c->handle ? sq_fail(c, NULL, code, err)
                       : FAIL(err, RC_NOMEM,
                              "There is no memory to open the "
                              "workspace's file.");
        sq_conn_close(c, false);
        return rc;
    }
    sqlite3_busy_timeout(c->handle, SQ_BUSY_MS);
    set_limits(c->handle);
    sqlite3_set_authorizer(c->handle, sq_authorize, c);
    sqlite3_progress_handler(c->handle, SQ_PROGRESS_OPS, progress, c);
    if (writer)
        sqlite3_wal_hook(c->handle, wal_grew, c);
    rc = set_flags(c, err);
    if (rc == RC_OK)
        rc = set_pragmas(c, err);
    if (rc != RC_OK)
        sq_conn_close(c, false);
    return rc;
}

void sq_conn_close(struct sq_conn *c, bool checkpoint)
{
    if (!c->handle)
        return;
    sq_release_all(c);
    sq_cache_drop(c);
    for (size_t i = 0; i < SQ_CONTROLS; i++) {
        sqlite3_finalize(c->control[i]);
        c->control[i] = NULL;
    }
    for (size_t i = 0; i <= DB_SAVEPOINTS; i++) {
        for (size_t k = 0; k < 3; k++) {
            sqlite3_finalize(c->marks[i][k]);
            c->marks[i][k] = NULL;
        }
    }
    if (!checkpoint)
        sqlite3_db_config(c->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_close(c->handle);
    c->handle = NULL;
}

/* ---- the driver's own statements --------------------------------------- */

enum rc sq_run(struct sq_conn *c, const char *sql, struct err *err)
{
    bool was = c->internal;
    int code;

    c->internal = true;
    code = sqlite3_exec(c->handle, sql, NULL, NULL, NULL);
    c->internal = was;
    return code == SQLITE_OK ? RC_OK : sq_fail(c, NULL, code, err);
}

enum rc sq_get_i64(struct sq_conn *c, const char *sql, int64_t *out,
                   struct err *err)
{
    sqlite3_stmt *st = NULL;
    bool was = c->internal;
    int code;
    enum rc rc = RC_OK;

    c->internal = true;
    code = sqlite3_prepare_v2(c->handle, sql, -1, &st, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(st);
    c->internal = was;
    if (code == SQLITE_ROW)
        *out = sqlite3_column_int64(st, 0);
    else if (code == SQLITE_DONE)
        *out = 0;
    else
        rc = sq_fail(c, NULL, code, err);
    sqlite3_finalize(st);
    return rc;
}

static enum rc run_kept(struct sq_conn *c, sqlite3_stmt **kept, const char *sql,
                        struct err *err)
{
    int code = SQLITE_OK;

    c->internal = true; // for the step too: it may prepare anew
    if (!*kept)
        code = sqlite3_prepare_v3(c->handle, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                  kept, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_step(*kept);
        sqlite3_reset(*kept);
    }
    c->internal = false;
    return code == SQLITE_DONE ? RC_OK : sq_fail(c, NULL, code, err);
}

enum rc sq_control(struct sq_conn *c, enum sq_control what, struct err *err)
{
    c->may_stop = false;
    return run_kept(c, &c->control[what], CONTROL[what], err);
}

enum rc sq_mark(struct db *db, enum db_mark what, int depth, struct err *err)
{
    struct sq_conn *c = sq_conn_of(db);
    char sql[3][24];
    enum rc rc;

    snprintf(sql[DB_MARK_SET], sizeof sql[0], "SAVEPOINT p%d", depth);
    snprintf(sql[DB_MARK_RELEASE], sizeof sql[0], "RELEASE p%d", depth);
    snprintf(sql[DB_MARK_ROLLBACK], sizeof sql[0], "ROLLBACK TO p%d", depth);
    c->may_stop = false;
    rc = run_kept(c, &c->marks[depth][what], sql[what], err);
    // SQLite keeps a savepoint that was rolled back to; ours are gone then.
    if (rc == RC_OK && what == DB_MARK_ROLLBACK)
        rc = run_kept(c, &c->marks[depth][DB_MARK_RELEASE],
                      sql[DB_MARK_RELEASE], err);
    return rc;
}
