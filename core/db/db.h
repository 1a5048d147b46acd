/*
 * db - the storage port: a workspace's data, with no SQLite in what it promises.
 *
 * A struct db_store is one workspace, thread safe. A struct db lives inside a
 * bracket (a read snapshot or a write job) and belongs to one thread.
 *
 * A write job MAY RUN MORE THAN ONCE; it touches only its db and its arena,
 * which is rewound before each attempt. Jobs queue for the one writer, each in
 * a savepoint, many to one COMMIT; db_write returns when the commit is durable.
 *
 * Promised: values bit-identical; order only by an ORDER BY that ends in a
 * unique column; after a failed statement only db_rollback_to or the end; a
 * violation names our index. Not promised: rowid order, affinity, pragmas,
 * ids in commit order, cheap counts.
 *
 * Errors of statements: CONFLICT unique or foreign key (err names the index or
 * table); BUSY queue full, deadline spent waiting; LIMIT integer overflow, too
 * big, deadline; IO disk (code E_FULL when it is full); BUG denied by the
 * grant, or a statement that does not prepare.
 */
#ifndef DB_DB_H
#define DB_DB_H

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"
#include "base/value.h"

struct clock;
struct db;
struct db_store;
struct db_stmt;

enum db_dialect { DB_SQLITE, DB_POSTGRES };

enum {
    DB_CAP_TX_DDL = 1,
    DB_CAP_NODES = 2,
    DB_CAP_NOTIFY = 4,
    DB_CAP_SKIP_LOCKED = 8,
    DB_CAP_ONLINE_INDEX = 16
};

struct db_config {
    const char *path; /* SQLite: the file; ":memory:"-like stores
                                      are made by db_open_memory           */
    const struct clock *clock;
    int node;        /* 0..31                                */
    int readers;     /* pool size; 0: twice the cores        */
    int queue;       /* writes that may wait; more are RC_BUSY; 0: 2,048  */
    bool create;     /* make the file when it is not there   */
    const char *vfs; /* tests: a named VFS; NULL             */
    bool hostile;    /* tests: each job twice, rows shuffled */
    int quiet_ms;    /* tests: so long without a write before search tables are
                        merged; 0: the driver's own                */
};

/*
 * Open a workspace's data. Also checks version, mode and integrity quickly.
 * Errors: RC_NOTFOUND no such file (create is false), RC_BUSY another process
 *         has it, RC_IO damaged or unreadable, RC_NOMEM.
 */
enum rc db_open(const struct db_config *config, struct db_store **out,
                struct err *err) MUST_CHECK;
/* A private store that vanishes with its close; for tests and dry runs. */
enum rc db_open_memory(const struct clock *clock, struct db_store **out,
                       struct err *err) MUST_CHECK;
/* Waits for running brackets; NULL is fine. */
void db_close(struct db_store *store);
uint32_t db_caps(const struct db_store *store);
enum db_dialect db_dialect(const struct db_store *store);

struct db_limits {
    int64_t
        deadline_ms; /* of the monotonic clock; 0: LIMIT_QUERY_MS from now */
};

/* One snapshot, taken by the first statement, until _end; waits for a free
   reader until the deadline (RC_BUSY). A reader is lent by a small pool: two
   brackets held by one thread can wait for each other. */
enum rc db_read_begin(struct db_store *store, const struct db_limits *limits,
                      struct db **out, struct err *err) MUST_CHECK;
void db_read_end(struct db *db); /* releases its statements; NULL is fine */

struct db_job {
    enum rc (*run)(struct db *db, void *arg, struct arena *a, struct err *err);
    void *arg;
    uint8_t key[16];     /* unique per logical write. A driver with
                            DB_CAP_NODES will keep it in sys_txn.key to tell
                            whether a COMMIT it lost sight of took place;
                            SQLite always knows and ignores it             */
    int64_t deadline_ms; /* monotonic; 0: LIMIT_WRITE_MS from now         */
    bool alone;          /* commit the group so far first, then this alone */
    bool once;           /* no re-run: BUSY instead                        */
};
/* Runs the job in the writer's thread; when it answers RC_OK its effects are
   durable, else there are none. `a` holds the job's results. A job must not
   call db_write. The deadline stops waiting and the job's reads, never a
   writing statement. After a failed sync every write is RC_IO until the store
   is opened again. */
enum rc db_write(struct db_store *store, const struct db_job *job,
                 struct arena *a, struct err *err) MUST_CHECK;

bool db_in_write_tx(const struct db *db);
struct db_store *db_store_of(const struct db *db);

/* Names from a counter inside: strictly nested, at most 16. */
enum rc db_savepoint(struct db *db, struct err *err) MUST_CHECK;
enum rc db_release(struct db *db, struct err *err) MUST_CHECK;
enum rc db_rollback_to(struct db *db,
                       struct err *err) MUST_CHECK; /* and release */
/* Serialise checks that read other records; nothing on SQLite. */
enum rc db_guard(struct db *db, struct str key, struct err *err) MUST_CHECK;

/* What a statement of a user may touch. The second wall behind the planner. */
struct db_grant_table {
    struct str table;          /* physical name */
    const struct str *columns; /* physical names; NULL: every column */
    size_t n;
};
struct db_grant {
    const struct db_grant_table *tables; /* sorted by name is not required */
    size_t n;
    uint64_t key; /* equal grants, equal keys: part of the
                                            statement cache's key           */
};

/* ?1 ?2 ..; cached per connection by text. System statements only. */
enum rc db_prepare(struct db *db, struct str sql, struct db_stmt **out,
                   struct err *err) MUST_CHECK;
/* A SELECT under an authorizer that allows reading `grant` and nothing else:
   no recursion, no functions past the list in the driver. `grant` is borrowed
   until the release. What it denies is logged as db.denied and RC_BUG. */
enum rc db_prepare_as(struct db *db, const struct db_grant *grant,
                      struct str sql, struct db_stmt **out,
                      struct err *err) MUST_CHECK;
void db_stmt_release(struct db_stmt *st); /* back to the cache; NULL is fine */
void db_stmt_reset(struct db_stmt *st);   /* to bind and step again          */

/* Binds are sticky: the step reports their error. Index from 1. Text and blobs
   are borrowed until reset or release. */
void db_bind_i64(struct db_stmt *st, int i, int64_t v);
void db_bind_f64(struct db_stmt *st, int i, double v);
void db_bind_bool(struct db_stmt *st, int i, bool v);
void db_bind_str(struct db_stmt *st, int i, struct str v);
void db_bind_blob(struct db_stmt *st, int i, const void *p, size_t n);
void db_bind_null(struct db_stmt *st, int i);
void db_bind_ids(struct db_stmt *st, int i, const int64_t *ids, size_t n);

enum rc db_step(struct db_stmt *st, bool *has_row, struct err *err) MUST_CHECK;
enum rc db_step_row(struct db_stmt *st,
                    struct err *err) MUST_CHECK; /* none: RC_NOTFOUND */
enum rc db_step_done(struct db_stmt *st,
                     struct err *err) MUST_CHECK; /* runs to the end   */

/* Columns from 0, of the current row; views live until the next step, reset
   or release. Strict: another type than asked makes the next step of any
   statement RC_LIMIT, and a write that has none fails. */
bool db_col_null(struct db_stmt *st, int i);
int64_t db_col_i64(struct db_stmt *st, int i); /* NULL: 0 */
double db_col_f64(struct db_stmt *st, int i);
bool db_col_bool(struct db_stmt *st, int i);
struct str db_col_str(struct db_stmt *st, int i); /* NULL: STR_NONE */
struct str db_col_blob(struct db_stmt *st, int i);

/* Rows changed by the statement last stepped to its end on this db. */
int64_t db_changes(struct db *db);

/* Run bound statements in order; on a remote engine in one round trip. */
enum rc db_batch(struct db *db, struct db_stmt *const *stmts, size_t n,
                 struct err *err) MUST_CHECK;

/* One static statement without results or parameters. */
enum rc db_exec(struct db *db, struct str sql, struct err *err) MUST_CHECK;

/* Any thread: make the running read fail with RC_LIMIT. Never a write. */
void db_cancel(struct db *db);

/* First of n new record ids; use id_plus(first, k). */
int64_t db_ids(struct db_store *store, int n);

struct db_plan {
    bool scans;      /* a whole table is read; walking an index in its order
                        is none, since a LIMIT can stop it               */
    bool sorts;      /* rows are sorted in memory   */
    struct str text; /* the engine's own words      */
};
enum rc db_explain(struct db *db, struct str sql, struct arena *a,
                   struct db_plan *out, struct err *err) MUST_CHECK;

struct db_stats {
    int64_t commits, jobs, reruns, reads, wal_bytes, file_bytes;
};
void db_stats(struct db_store *store, struct db_stats *out);
const char *db_version(void); /* of the engine, "3.53.2"; static */
/* Integrity of the whole file; slow. RC_IO says what is damaged. */
enum rc db_verify(struct db_store *store, struct err *err) MUST_CHECK;
/*
 * A copy of the whole store, as of one moment, in a new file of mode 0600; it
 * is durable when this returns. Others read and write meanwhile. To prove a
 * copy, open it and db_verify.
 * Errors: RC_CONFLICT `path` exists, RC_NOTFOUND no such folder, RC_IO (code
 *         E_FULL), RC_NOMEM; then there is no file.
 */
enum rc db_backup(struct db_store *store, const char *path,
                  struct err *err) MUST_CHECK;

#endif
