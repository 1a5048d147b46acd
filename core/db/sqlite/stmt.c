/*
 * stmt.c - prepared statements and their cache.
 *
 * A connection keeps the last SQ_CACHED statements, found by text and grant.
 * A statement that is lent already is prepared a second time, outside the
 * cache. Cost of a hit: a hash of the text and one comparison of it.
 *
 * A grant is part of the key, never of the text: what one principal prepared
 * is not handed to another who may see less.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "db/sqlite/internal.h"

static struct sq_stmt **bucket(struct sq_conn *c, uint64_t hash)
{
    return &c->buckets[hash % SQ_BUCKETS];
}

static struct sq_stmt *find(struct sq_conn *c, const struct db_grant *grant,
                            struct str sql, uint64_t hash)
{
    struct sq_stmt *s = *bucket(c, hash);
    bool granted = grant != NULL;
    uint64_t key = granted ? grant->key : 0;

    for (; s; s = s->chain)
        if (s->hash == hash && !s->lent && s->granted == granted &&
            s->grant_key == key && str_eq(s->sql, sql))
            return s;
    return NULL;
}

static void destroy(struct sq_stmt *s)
{
    sqlite3_finalize(s->handle);
    mem_free(s);
}

static void uncache(struct sq_conn *c, size_t slot)
{
    struct sq_stmt *s = c->slots[slot];
    struct sq_stmt **at = bucket(c, s->hash);

    while (*at != s)
        at = &(*at)->chain;
    *at = s->chain;
    c->slots[slot] = c->slots[--c->n_slots];
    destroy(s);
}

/* Put it into the cache, in place of the one unused for longest. */
static void cache(struct sq_conn *c, struct sq_stmt *s)
{
    if (c->n_slots == SQ_CACHED) {
        size_t oldest = SQ_CACHED;
        uint64_t tick = UINT64_MAX;

        for (size_t i = 0; i < c->n_slots; i++) {
            if (!c->slots[i]->lent && c->slots[i]->used < tick) {
                tick = c->slots[i]->used;
                oldest = i;
            }
        }
        if (oldest == SQ_CACHED)
            return;
        uncache(c, oldest);
    }
    s->cached = true;
    s->chain = *bucket(c, s->hash);
    *bucket(c, s->hash) = s;
    c->slots[c->n_slots++] = s;
}

static bool blank(const char *tail, const char *end)
{
    for (; tail < end; tail++)
        if (!strchr(" \t\r\n;", *tail))
            return false;
    return true;
}

/* Prepare `sql` under `grant`: one statement, and on a reader one that reads. */
static enum rc compile(struct sq_conn *c, const struct db_grant *grant,
                       struct str sql, unsigned flags, sqlite3_stmt **out,
                       struct err *err)
{
    const char *tail = NULL;
    sqlite3_stmt *h = NULL;
    int code;

    if (sql.n == 0 || sql.n > 100000)
        return FAIL(err, sql.n ? RC_LIMIT : RC_BUG,
                    "A statement of %zu bytes cannot be prepared.", sql.n);
    c->grant = grant;
    c->denied[0] = 0;
    c->table[0] = 0;
    code = sqlite3_prepare_v3(c->handle, sql.p, (int)sql.n, flags, &h, &tail);
    c->grant = NULL;
    if (code != SQLITE_OK)
        return sq_fail(c, NULL, code, err);
    if (!h || !blank(tail, sql.p + sql.n)) {
        sqlite3_finalize(h);
        return FAIL(err, RC_BUG, "Exactly one statement can be prepared.");
    }
    if ((grant || !c->writer) &&
        (!sqlite3_stmt_readonly(h) || sqlite3_stmt_isexplain(h))) {
        sqlite3_finalize(h);
        return FAIL(err, RC_BUG, "Only a SELECT can be prepared here.");
    }
    *out = h;
    return RC_OK;
}

static void lend(struct sq_conn *c, struct sq_stmt *s,
                 const struct db_grant *grant)
{
    s->lent = true;
    s->grant = grant;
    s->used = ++c->tick;
    s->stepped = s->ended = false;
    s->base.has_row = false;
    s->base.sticky = (struct db_sticky){RC_OK, NULL};
    s->next_lent = c->lent;
    s->prev_lent = &c->lent;
    if (c->lent)
        c->lent->prev_lent = &s->next_lent;
    c->lent = s;
}

enum rc sq_prepare(struct db *db, const struct db_grant *grant, struct str sql,
                   struct db_stmt **out, struct err *err)
{
    struct sq_conn *c = sq_conn_of(db);
    uint64_t hash = str_hash(sql);
    struct sq_stmt *s = find(c, grant, sql, hash);
    enum rc rc;

    if (s) {
        lend(c, s, grant);
        *out = &s->base;
        return RC_OK;
    }
    s = mem_alloc(sizeof *s);
    if (!s)
        return FAIL(err, RC_NOMEM, "There is no memory for a statement.");
    rc = compile(c, grant, sql, SQLITE_PREPARE_PERSISTENT, &s->handle, err);
    if (rc != RC_OK) {
        mem_free(s);
        return rc;
    }
    s->base.driver = db->driver;
    s->base.db = db;
    s->conn = c;
    s->granted = grant != NULL;
    s->grant_key = grant ? grant->key : 0;
    s->hash = hash;
    s->sql = str_of(sqlite3_sql(s->handle), sql.n);
    s->reading = sqlite3_stmt_readonly(s->handle);
    memcpy(s->table, c->table, sizeof s->table);
    lend(c, s, grant);
    cache(c, s);
    *out = &s->base;
    return RC_OK;
}

void sq_reset(struct db_stmt *st)
{
    struct sq_stmt *s = sq_stmt_of(st);

    sqlite3_reset(s->handle); // its error was the step's
    s->stepped = s->ended = false;
}

void sq_release(struct db_stmt *st)
{
    struct sq_stmt *s = sq_stmt_of(st);

    if (!s->lent)
        return;
    *s->prev_lent = s->next_lent;
    if (s->next_lent)
        s->next_lent->prev_lent = s->prev_lent;
    s->lent = false;
    s->grant = NULL;
    if (!s->cached) {
        destroy(s);
        return;
    }
    sqlite3_reset(s->handle);
    // What was bound belongs to the caller and may be gone any moment.
    sqlite3_clear_bindings(s->handle);
}

void sq_release_all(struct sq_conn *c)
{
    while (c->lent)
        sq_release(&c->lent->base);
}

void sq_cache_drop(struct sq_conn *c)
{
    while (c->n_slots > 0)
        uncache(c, c->n_slots - 1);
}

enum rc sq_step(struct db_stmt *st, bool *has_row, struct err *err)
{
    struct sq_stmt *s = sq_stmt_of(st);
    struct sq_conn *c = s->conn;
    int code;
    enum rc rc;

    if (s->ended) { // SQLite would run it again
        *has_row = false;
        return RC_OK;
    }
    if (!s->stepped) {
        s->stepped = true;
        c->step_until_ms = 0;
        if (c->deadline_ms > 0 && sq_mono(c->store) > c->deadline_ms)
            return FAIL(err, RC_LIMIT,
                        "The work took longer than its time allows.");
        if (!c->writer && atomic_load(&c->cancelled))
            return FAIL(err, RC_LIMIT, "The query was cancelled.");
    }
    c->may_stop = s->reading;
    c->grant = s->grant;
    c->denied[0] = 0;
    code = sqlite3_step(s->handle);
    c->grant = NULL;
    if (code == SQLITE_ROW || code == SQLITE_DONE) {
        s->ended = code == SQLITE_DONE;
        *has_row = code == SQLITE_ROW;
        return RC_OK;
    }
    rc = sq_fail(c, s, code, err);
    // After FULL, IOERR or NOMEM the whole group may be gone.
    if (sqlite3_get_autocommit(c->handle))
        c->base.lost = true;
    return rc;
}

enum rc sq_exec(struct db *db, struct str sql, struct err *err)
{
    struct sq_conn *c = sq_conn_of(db);
    struct sq_stmt once = {0};
    bool row = true;
    enum rc rc = compile(c, NULL, sql, 0, &once.handle, err);

    if (rc != RC_OK)
        return rc;
    once.conn = c;
    once.reading = sqlite3_stmt_readonly(once.handle);
    memcpy(once.table, c->table, sizeof once.table);
    while (row && rc == RC_OK)
        rc = sq_step(&once.base, &row, err);
    sqlite3_finalize(once.handle);
    return rc;
}
