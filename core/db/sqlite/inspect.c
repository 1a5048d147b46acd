/*
 * inspect.c - looking at a file: is it ours, is it whole, how does it plan.
 */
#include <sys/stat.h>

#include "base/log.h"
#include "base/buf.h"
#include "db/sqlite/internal.h"

/* A file that somebody made or changed elsewhere could run their SQL. */
static const char PLANTED[] =
    "SELECT count(*) FROM sqlite_master WHERE type IN ('trigger', 'view')"
    " OR (sql LIKE 'CREATE VIRTUAL TABLE%' AND name NOT IN ('s_word', "
    "'s_all'))";

static enum rc is_ours(struct sq_conn *c, struct err *err)
{
    int64_t id = 0, format = 0, tables = 0, planted = 0;
    enum rc rc = sq_get_i64(c, "PRAGMA application_id", &id, err);

    if (rc == RC_OK)
        rc = sq_get_i64(c, "PRAGMA user_version", &format, err);
    if (rc == RC_OK)
        rc = sq_get_i64(c, "SELECT count(*) FROM sqlite_master", &tables, err);
    if (rc == RC_OK)
        rc = sq_get_i64(c, PLANTED, &planted, err);
    if (rc != RC_OK)
        return rc;
    if (id == 0 && format == 0 && tables == 0) { // made just now
        char sql[128];

        snprintf(sql, sizeof sql,
                 "BEGIN IMMEDIATE; PRAGMA application_id=%d;"
                 " PRAGMA user_version=%d; COMMIT",
                 SQ_APPLICATION_ID, SQ_FORMAT);
        return sq_run(c, sql, err);
    }
    if (id != SQ_APPLICATION_ID)
        return FAIL(err, RC_IO,
                    "The file \"%s\" is a database, but not a workspace.",
                    c->store->path);
    if (format != SQ_FORMAT)
        return FAIL(err, RC_IO,
                    "The workspace has format %lld; this program reads %d. "
                    "Use the version that wrote it.",
                    (long long)format, SQ_FORMAT);
    if (planted > 0)
        return FAIL(err, RC_IO,
                    "The workspace holds a trigger, view or virtual table that "
                    "this program never makes. Restore it from a backup.");
    return RC_OK;
}

/* First complaint of an integrity pragma into `out`; RC_OK also when there is
   none ("ok") or the time is over. */
static enum rc check(struct sq_conn *c, const char *pragma, int64_t until_ms,
                     char *out, size_t cap, struct err *err)
{
    sqlite3_stmt *st = NULL;
    int64_t deadline_was = c->deadline_ms;
    bool was = c->internal;
    int code;
    enum rc rc = RC_OK;

    c->internal = true;
    c->deadline_ms = until_ms;
    c->may_stop = true;
    code = sqlite3_prepare_v2(c->handle, pragma, -1, &st, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(st);
    if (code == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(st, 0);

        snprintf(out, cap, "%s", text && strcmp(text, "ok") != 0 ? text : "");
    } else if (code != SQLITE_INTERRUPT && code != SQLITE_DONE) {
        rc = sq_fail(c, NULL, code, err);
    }
    sqlite3_finalize(st);
    c->may_stop = false;
    c->deadline_ms = deadline_was;
    c->internal = was;
    return rc;
}

static enum rc damaged(const char *what, struct err *err)
{
    return FAIL(err, RC_IO,
                "The workspace's file is damaged: %s. Restore it from a "
                "backup.",
                what);
}

enum rc sq_inspect(struct sq_conn *c, struct err *err)
{
    char what[200] = "";
    enum rc rc = is_ours(c, err);

    if (rc != RC_OK)
        return rc;
    rc = check(c, "PRAGMA quick_check(1)", sq_mono(c->store) + SQ_OPEN_CHECK_MS,
               what, sizeof what, err);
    if (rc == RC_OK && what[0])
        rc = damaged(what, err);
    sqlite3_db_release_memory(c->handle); // every page it looked at
    return rc;
}

enum rc sq_verify(struct db_store *store, struct err *err)
{
    struct db *db = NULL;
    struct sq_conn *c;
    char what[200] = "";
    enum rc rc = db_read_begin(store, NULL, &db, err);

    if (rc != RC_OK)
        return rc;
    c = sq_conn_of(db);
    rc = check(c, "PRAGMA integrity_check(1)", 0, what, sizeof what, err);
    if (rc == RC_OK && what[0])
        rc = damaged(what, err);
    if (rc == RC_OK)
        rc = check(c, "PRAGMA foreign_key_check", 0, what, sizeof what, err);
    if (rc == RC_OK && what[0])
        rc = FAIL(err, RC_IO,
                  "Table \"%s\" refers to records that do not exist.", what);
    db_read_end(db);
    return rc;
}

/* Largest id of any of our tables, so that new ones begin above it even when
   the clock went back. A look at the end of each tree. */
enum rc sq_largest_id(struct sq_conn *c, int64_t *out, struct err *err)
{
    static const char TABLES[] =
        "SELECT m.name FROM sqlite_master m, pragma_table_info(m.name) i"
        " WHERE m.type = 'table' AND m.sql NOT LIKE 'CREATE VIRTUAL%'"
        " AND i.name = 'id' AND i.pk = 1 AND i.type = 'INTEGER'"
        " AND m.name NOT LIKE 's\\_word\\_%' ESCAPE '\\'"
        " AND m.name NOT LIKE 's\\_all\\_%' ESCAPE '\\'";
    sqlite3_stmt *st = NULL;
    int64_t largest = 0;
    int code;
    enum rc rc = RC_OK;

    c->internal = true;
    code = sqlite3_prepare_v2(c->handle, TABLES, -1, &st, NULL);
    while (code == SQLITE_OK || code == SQLITE_ROW) {
        int64_t v = 0;
        char *sql;

        code = sqlite3_step(st);
        if (code != SQLITE_ROW)
            break;
        sql = sqlite3_mprintf("SELECT max(id) FROM \"%w\"",
                              (const char *)sqlite3_column_text(st, 0));
        rc = sql ? sq_get_i64(c, sql, &v, err)
                 : FAIL(err, RC_NOMEM, "There is no memory to open.");
        sqlite3_free(sql);
        if (rc != RC_OK)
            break;
        if (v > largest)
            largest = v;
    }
    if (rc == RC_OK && code != SQLITE_DONE)
        rc = sq_fail(c, NULL, code, err);
    sqlite3_finalize(st);
    c->internal = false;
    if (rc == RC_OK)
        *out = largest;
    return rc;
}

/* ---- plans and figures ------------------------------------------------- */

/* "SCAN t" reads all of t; "SCAN t USING INDEX i" walks i in its order and
   may stop early; a virtual table and a constant row are no tables. */
static bool is_scan(struct str line)
{
    return str_starts(line, STR("SCAN ")) &&
           str_find(line, STR(" USING ")) < 0 &&
           str_find(line, STR(" VIRTUAL TABLE")) < 0 &&
           !str_is(line, "SCAN CONSTANT ROW");
}

enum rc sq_explain(struct db *db, struct str sql, struct arena *a,
                   struct db_plan *out, struct err *err)
{
    static const char PREFIX[] = "EXPLAIN QUERY PLAN ";
    struct sq_conn *c = sq_conn_of(db);
    struct db_plan plan = {false, false, STR_NONE};
    struct buf text;
    sqlite3_stmt *st = NULL;
    int code;
    enum rc rc;

    buf_init(&text, 64 << 10);
    buf_adds(&text, PREFIX);
    buf_add(&text, sql);
    if (text.failed != RC_OK) {
        rc = FAIL(err, text.failed, "The statement to explain is too long.");
        goto out;
    }
    code = sqlite3_prepare_v2(c->handle, text.p, (int)text.n, &st, NULL);
    buf_reset(&text);
    while (code == SQLITE_OK || code == SQLITE_ROW) {
        struct str line;

        code = sqlite3_step(st);
        if (code != SQLITE_ROW)
            break;
        line = str_c((const char *)sqlite3_column_text(st, 3));
        plan.scans = plan.scans || is_scan(line);
        plan.sorts =
            plan.sorts || str_find(line, STR("TEMP B-TREE FOR ORDER BY")) >= 0;
        buf_add(&text, line);
        buf_addc(&text, '\n');
    }
    rc = code == SQLITE_DONE ? buf_finish(&text, a, &plan.text, err)
                             : sq_fail(c, NULL, code, err);
    if (rc == RC_OK)
        *out = plan;
out:
    sqlite3_finalize(st);
    buf_release(&text);
    return rc;
}

void sq_stats(struct db_store *store, struct db_stats *out)
{
    struct sq_store *s = sq_store_of(store);
    struct stat st;

    out->commits = atomic_load(&s->commits);
    out->jobs = atomic_load(&s->jobs);
    out->reruns = atomic_load(&s->reruns);
    out->reads = atomic_load(&s->reads);
    out->wal_bytes = (int64_t)atomic_load(&s->wal_size_pages) * 4096;
    // Never open the file: closing it would drop SQLite's locks.
    out->file_bytes = stat(s->path, &st) == 0 ? (int64_t)st.st_size : 0;
}
