/*
 * internal - what the files of the SQLite driver share.
 *
 * This folder is the only user of sqlite3.h. A struct sq_conn is one
 * connection and belongs to one thread at a time: the writer's to the writer
 * thread, a reader's to whoever the pool lent it to.
 */
#ifndef DB_SQLITE_INTERNAL_H
#define DB_SQLITE_INTERNAL_H

#include <pthread.h>
#include <semaphore.h>
#include <sqlite3.h>
#include <stdatomic.h>

#include "db/driver.h"

enum {
    SQ_APPLICATION_ID = 0x50475245, /* "PGRE", in the file's header        */
    SQ_FORMAT = 1,                  /* user_version                        */
    SQ_CACHED = 200,                /* statements a connection keeps       */
    SQ_BUCKETS = 256,
    SQ_CACHE_KIB = 8192,         /* page cache of a reader              */
    SQ_WRITER_CACHE_KIB = 32768, /* a group that spills is written twice */
    SQ_BUSY_MS = 1000,           /* WAL recovery by another connection  */
    SQ_PROGRESS_OPS = 10000,     /* between two looks at the deadline   */
    SQ_QUEUE = 2048,             /* jobs waiting; more are RC_BUSY      */
    SQ_GROUP = 256,              /* jobs to one COMMIT                  */
    SQ_GROUP_MS = 20,            /* no new job into a group after this  */
    SQ_WAL_PAGES = 4000,         /* checkpoint from here (16 MB)        */
    SQ_WAL_PAGES_MAX = 16384,    /* 64 MiB: wait for readers, warn      */
    SQ_MERGE_MS = 500,           /* a quiet writer merges search tables */
    SQ_MERGE_PAUSE_MS = 2,       /* between two slices of it            */
    SQ_IDLE_MS = 2000,           /* a quiet writer checkpoints          */
    SQ_OPEN_CHECK_MS = 50        /* time for the check at open          */
};

struct sq_store;

struct sq_stmt {
    struct db_stmt base;
    struct sq_conn *conn;
    sqlite3_stmt *handle;
    const struct db_grant *grant; /* while lent; NULL: the system          */
    bool granted;
    uint64_t grant_key, hash;
    struct str sql; /* SQLite's own copy                     */
    uint64_t used;  /* tick of the last prepare              */
    bool cached, lent, stepped, ended, reading;
    struct sq_stmt *chain; /* next in the bucket                    */
    struct sq_stmt *next_lent, **prev_lent;
    char table[64]; /* first table it writes, for errors */
};

/* Transaction control, prepared once per connection. */
enum sq_control {
    SQ_BEGIN,
    SQ_BEGIN_WRITE,
    SQ_COMMIT,
    SQ_ROLLBACK,
    SQ_CONTROLS
};

struct sq_conn {
    struct db base;
    struct sq_store *store;
    sqlite3 *handle;
    bool writer;
    bool internal;                /* the driver's own statement        */
    const struct db_grant *grant; /* of the statement being prepared or
                                         stepped; NULL: the system         */
    char denied[160];             /* what the authorizer refused     */
    char table[64];               /* first table written, likewise   */
    atomic_bool cancelled;
    int64_t deadline_ms;   /* of the bracket                  */
    int64_t step_until_ms; /* of a read in the writer; 0    */
    bool may_stop;         /* the running statement reads   */
    sqlite3_stmt *control[SQ_CONTROLS];
    sqlite3_stmt *marks[DB_SAVEPOINTS + 1][3];
    struct sq_stmt *buckets[SQ_BUCKETS];
    struct sq_stmt *slots[SQ_CACHED];
    size_t n_slots;
    uint64_t tick;
    struct sq_stmt *lent;
    struct sq_conn *next_free;
};

struct sq_queued {
    const struct db_job *job;
    struct arena *arena;
    struct err *err;
    int64_t deadline_ms;
    struct arena_mark mark;
    enum rc rc;
    bool queued;  /* under the store's lock: still waiting */
    bool settled; /* the writer has its answer             */
    int runs;
    atomic_bool done;
    sem_t woken;
    struct sq_queued *next, *prev;
};

struct sq_store {
    struct db_store base;
    char *path, *vfs, *folder; /* folder: to remove with the close */
    bool hostile, memory;

    pthread_mutex_t lock;
    /* readers */
    pthread_cond_t reader_free;
    struct sq_conn *readers; /* max_readers of them, opened as needed */
    struct sq_conn *free;
    int n_readers, max_readers, lent_readers, waiting_readers;
    /* the writer */
    pthread_cond_t work;
    struct sq_queued *head, *tail;
    size_t queued, max_queued;
    bool asleep, closing, broken;
    struct sq_conn writer;
    pthread_t thread;
    int wal_pages, wal_tried;
    int quiet_ms;            /* SQ_MERGE_MS, but for tests             */
    bool may_merge, merging; /* segments may have gathered; amid slices */
    struct late late;        /* what the group puts into the search tables */
    bool eager;              /* the group runs again: each feeds its own    */

    atomic_llong commits, jobs, reruns, reads;
    atomic_int wal_size_pages;
};

static inline struct sq_store *sq_store_of(struct db_store *s)
{
    return (struct sq_store *)(void *)s;
}
static inline struct sq_conn *sq_conn_of(struct db *db)
{
    return (struct sq_conn *)(void *)db;
}
static inline struct sq_stmt *sq_stmt_of(struct db_stmt *st)
{
    return (struct sq_stmt *)(void *)st;
}
int64_t sq_mono(const struct sq_store *s);

/* conn.c */
enum rc sq_conn_open(struct sq_conn *c, struct sq_store *s, bool writer,
                     struct err *err) MUST_CHECK;
void sq_conn_close(struct sq_conn *c, bool checkpoint);
/* Driver's own statements, past the authorizer. */
enum rc sq_run(struct sq_conn *c, const char *sql, struct err *err) MUST_CHECK;
enum rc sq_get_i64(struct sq_conn *c, const char *sql, int64_t *out,
                   struct err *err) MUST_CHECK;
enum rc sq_control(struct sq_conn *c, enum sq_control what,
                   struct err *err) MUST_CHECK;
enum rc sq_mark(struct db *db, enum db_mark what, int depth,
                struct err *err) MUST_CHECK;

/* stmt.c */
enum rc sq_prepare(struct db *db, const struct db_grant *grant, struct str sql,
                   struct db_stmt **out, struct err *err) MUST_CHECK;
void sq_release(struct db_stmt *st);
void sq_reset(struct db_stmt *st);
void sq_release_all(struct sq_conn *c);
void sq_cache_drop(struct sq_conn *c);
enum rc sq_step(struct db_stmt *st, bool *has_row, struct err *err) MUST_CHECK;
enum rc sq_exec(struct db *db, struct str sql, struct err *err) MUST_CHECK;

/* value.c */
enum rc sq_bind_i64(struct db_stmt *st, int i, int64_t v);
enum rc sq_bind_f64(struct db_stmt *st, int i, double v);
enum rc sq_bind_bool(struct db_stmt *st, int i, bool v);
enum rc sq_bind_str(struct db_stmt *st, int i, struct str v);
enum rc sq_bind_blob(struct db_stmt *st, int i, const void *p, size_t n);
enum rc sq_bind_null(struct db_stmt *st, int i);
enum rc sq_bind_ids(struct db_stmt *st, int i, const int64_t *ids, size_t n);
bool sq_col_null(struct db_stmt *st, int i);
bool sq_col_i64(struct db_stmt *st, int i, int64_t *out);
bool sq_col_f64(struct db_stmt *st, int i, double *out);
bool sq_col_bool(struct db_stmt *st, int i, bool *out);
bool sq_col_str(struct db_stmt *st, int i, struct str *out);
bool sq_col_blob(struct db_stmt *st, int i, struct str *out);

/* auth.c */
int sq_authorize(void *conn, int action, const char *a, const char *b,
                 const char *schema, const char *inner);

/* err.c: fill *err for the SQLite result `code` of `st` (may be NULL). */
enum rc sq_fail(struct sq_conn *c, const struct sq_stmt *st, int code,
                struct err *err);
bool sq_is_io(int code);

/* store.c */
enum rc sq_no_file(const char *path, int system_error, struct err *err);
void sq_sync_folder(const char *path);

/* backup.c */
enum rc sq_backup(struct db_store *store, const char *path,
                  struct err *err) MUST_CHECK;

/* writer.c */
enum rc sq_write(struct db_store *store, const struct db_job *job,
                 int64_t deadline_ms, struct arena *a,
                 struct err *err) MUST_CHECK;
void *sq_writer_main(void *store);

/* merge.c: one slice, in the writer's thread, outside of a transaction. True:
   there may be more to do; false with *err filled: it failed, all is as it was
   but for an engine that failed its disk. */
bool sq_merge(struct sq_store *s, struct err *err);

/* pool.c */
enum rc sq_read_begin(struct db_store *store, int64_t deadline_ms,
                      struct db **out, struct err *err) MUST_CHECK;
void sq_read_end(struct db *db);
void sq_cancel(struct db *db);

/* inspect.c */
enum rc sq_explain(struct db *db, struct str sql, struct arena *a,
                   struct db_plan *out, struct err *err) MUST_CHECK;
void sq_stats(struct db_store *store, struct db_stats *out);
enum rc sq_verify(struct db_store *store, struct err *err) MUST_CHECK;
/* Is it ours, whole at a glance, and free of what we never make? */
enum rc sq_inspect(struct sq_conn *c, struct err *err) MUST_CHECK;
enum rc sq_largest_id(struct sq_conn *c, int64_t *out,
                      struct err *err) MUST_CHECK;

#endif
