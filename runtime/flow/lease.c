#include "flow/lease.h"

enum { ARENA_BYTES = 1 << 16 };

bool lease_is_due(struct db_store *store, struct str sql, int64_t now_ms)
{
    struct db *db = NULL;
    struct db_stmt *st = NULL;
    struct err err = ERR_INIT;
    bool due = false;

    if (db_read_begin(store, &(struct db_limits){0}, &db, &err) == RC_OK &&
        db_prepare(db, sql, &st, &err) == RC_OK) {
        db_bind_i64(st, 1, now_ms);
        if (db_step(st, &due, &err) != RC_OK)
            due = false;
    }
    db_stmt_release(st);
    db_read_end(db);
    return due;
}

static enum rc run(struct db *db, void *arg, struct arena *a, struct err *err)
{
    const struct str *sql = arg;

    (void)a;
    return db_exec(db, *sql, err);
}

enum rc lease_take_over(struct db_store *store, struct str sql, struct err *err)
{
    struct db_job job = {.run = run, .arg = &sql};
    struct arena scratch;
    enum rc rc;

    if (db_caps(store) & DB_CAP_NODES)
        return RC_OK;
    arena_init(&scratch, ARENA_BYTES);
    rc = db_write(store, &job, &scratch, err);
    arena_release(&scratch);
    return rc;
}
