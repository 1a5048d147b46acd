/*
 * driver - what an engine must provide to stand behind db.h.
 *
 * db.c checks what is common to all engines (order of calls, sticky binds,
 * values no engine may see, refusal after a failed statement, nesting of
 * savepoints) and then makes one indirect call. Each engine embeds these
 * structs first in its own. Nobody outside core/db includes this file.
 */
#ifndef DB_DRIVER_H
#define DB_DRIVER_H

#include "base/id.h"
#include "db/db.h"
#include "db/late.h"

enum { DB_SAVEPOINTS = 16 };

enum db_mark { DB_MARK_SET, DB_MARK_RELEASE, DB_MARK_ROLLBACK };

struct db_driver {
    enum db_dialect dialect;
    uint32_t caps;

    void (*close)(struct db_store *store);
    enum rc (*read_begin)(struct db_store *store, int64_t deadline_ms,
                          struct db **out, struct err *err);
    void (*read_end)(struct db *db);
    enum rc (*write)(struct db_store *store, const struct db_job *job,
                     int64_t deadline_ms, struct arena *a, struct err *err);
    enum rc (*mark)(struct db *db, enum db_mark what, int depth,
                    struct err *err);
    enum rc (*guard)(struct db *db, struct str key, struct err *err);

    enum rc (*prepare)(struct db *db, const struct db_grant *grant,
                       struct str sql, struct db_stmt **out, struct err *err);
    void (*release)(struct db_stmt *st);
    void (*reset)(struct db_stmt *st);
    enum rc (*bind_i64)(struct db_stmt *st, int i, int64_t v);
    enum rc (*bind_f64)(struct db_stmt *st, int i, double v);
    enum rc (*bind_bool)(struct db_stmt *st, int i, bool v);
    enum rc (*bind_str)(struct db_stmt *st, int i, struct str v);
    enum rc (*bind_blob)(struct db_stmt *st, int i, const void *p, size_t n);
    enum rc (*bind_null)(struct db_stmt *st, int i);
    enum rc (*bind_ids)(struct db_stmt *st, int i, const int64_t *ids,
                        size_t n);
    enum rc (*step)(struct db_stmt *st, bool *has_row, struct err *err);
    /* False: the value is of another type; NULL gives the zero of the type. */
    bool (*col_null)(struct db_stmt *st, int i);
    bool (*col_i64)(struct db_stmt *st, int i, int64_t *out);
    bool (*col_f64)(struct db_stmt *st, int i, double *out);
    bool (*col_bool)(struct db_stmt *st, int i, bool *out);
    bool (*col_str)(struct db_stmt *st, int i, struct str *out);
    bool (*col_blob)(struct db_stmt *st, int i, struct str *out);

    int64_t (*changes)(struct db *db);
    enum rc (*exec)(struct db *db, struct str sql, struct err *err);
    void (*cancel)(struct db *db);
    enum rc (*explain)(struct db *db, struct str sql, struct arena *a,
                       struct db_plan *out, struct err *err);
    void (*stats)(struct db_store *store, struct db_stats *out);
    enum rc (*verify)(struct db_store *store, struct err *err);
    enum rc (*backup)(struct db_store *store, const char *path,
                      struct err *err);
};

struct db_store {
    const struct db_driver *driver;
    const struct clock *clock;
    struct idgen *ids;
};

/* A mistake that the statement's next step has to report. */
struct db_sticky {
    enum rc rc;
    const char *why; /* static, a whole sentence */
};

struct db {
    const struct db_driver *driver;
    struct db_store *store;
    bool writing;
    bool lost;               /* the engine ended the transaction    */
    int depth;               /* savepoints open                     */
    enum rc failed;          /* of a statement, told to the caller  */
    struct db_sticky sticky; /* not told yet                        */
    struct late *late;       /* search is fed with the group; or NULL */
    size_t late_marks[DB_SAVEPOINTS + 1]; /* its length, by depth     */
};

struct db_stmt {
    const struct db_driver *driver;
    struct db *db;
    bool has_row;
    struct db_sticky sticky; /* of a bind; cleared by reset          */
};

/* Begin a bracket: no failure, no savepoint. */
void db_bracket_init(struct db *db, struct db_store *store, bool writing);
/*
 * The verdict on a job that answered `rc`: RC_OK becomes a failure when a
 * statement failed on the way and nobody rolled back to before it.
 */
enum rc db_bracket_verdict(struct db *db, enum rc rc,
                           struct err *err) MUST_CHECK;

#endif
