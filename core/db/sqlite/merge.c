/*
 * merge.c - the search tables made few segments again, while nobody writes.
 *
 * Each group that is committed adds a segment to both tables, and a search
 * looks into all of them. FTS5 can merge as it writes, but then whoever writes
 * waits for it: a fifth of an import. So it is told to let segments gather
 * (ddl.c), and a writer that has been quiet for SQ_MERGE_MS merges: a slice of
 * pages, a transaction of its own, until no level has four segments. A write
 * that comes meanwhile waits for one slice at most. What a close or a crash
 * leaves half merged is a state like any other: FTS5 keeps how far it came, the
 * next slice goes on from there, and a search finds the same at any moment.
 */
#include "base/log.h"
#include "db/sqlite/internal.h"

/* Pages that a slice writes: 5 to 10 ms of CPU. */
#define SLICE_PAGES "128"

/* Rows changed by the statement itself; more says that it did something. */
enum { CHANGES_IDLE = 1 };

static const char HAS_TABLES[] =
    "SELECT count(*) FROM sqlite_master WHERE name IN ('s_word', 's_all')";

#define MERGE(table)                                                           \
    "INSERT INTO " table "(" table ", rank) VALUES('merge', " SLICE_PAGES ")"

static enum rc merge(struct sq_conn *w, const char *sql, bool *worked,
                     struct err *err)
{
    sqlite3_int64 before = sqlite3_total_changes64(w->handle);
    enum rc rc = sq_run(w, sql, err);

    if (sqlite3_total_changes64(w->handle) - before > CHANGES_IDLE)
        *worked = true;
    return rc;
}

/* One table a slice: they take turns only when one is done. */
static enum rc slice(struct sq_conn *w, bool *worked, struct err *err)
{
    enum rc rc = sq_control(w, SQ_BEGIN_WRITE, err);

    if (rc == RC_OK)
        rc = merge(w, MERGE("s_all"), worked, err);
    if (rc == RC_OK && !*worked)
        rc = merge(w, MERGE("s_word"), worked, err);
    if (rc == RC_OK)
        rc = sq_control(w, *worked ? SQ_COMMIT : SQ_ROLLBACK, err);
    return rc;
}

bool sq_merge(struct sq_store *s, struct err *err)
{
    struct sq_conn *w = &s->writer;
    bool worked = false;
    int64_t tables = 0;
    enum rc rc = sq_get_i64(w, HAS_TABLES, &tables, err);

    if (rc == RC_OK && tables == 2)
        rc = slice(w, &worked, err);
    if (rc == RC_OK)
        return worked;
    if (!sqlite3_get_autocommit(w->handle))
        (void)!sq_control(w, SQ_ROLLBACK, NULL);
    return false;
}
