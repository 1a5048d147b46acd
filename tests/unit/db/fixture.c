#include "fixture.h"

#include <stdio.h>
#include <unistd.h>

const char FIXTURE_TABLE[] =
    "CREATE TABLE \"t\" (\"id\" INTEGER PRIMARY KEY, \"n\" INTEGER, \"s\" TEXT,"
    " \"f\" REAL, \"b\" BLOB, \"ok\" INTEGER) STRICT";
static const char INDEX[] =
    "CREATE UNIQUE INDEX \"t__1\" ON \"t\" (\"s\", \"n\")";

static void make_table(struct fixture *f)
{
    CHECK_RC(fixture_exec(f, FIXTURE_TABLE), RC_OK);
    CHECK_RC(fixture_exec(f, INDEX), RC_OK);
}

struct fixture fixture_open(void)
{
    struct fixture f = {.err = ERR_INIT};

    arena_init(&f.arena, 1 << 20);
    CHECK_RC(db_open_memory(clock_system(), &f.store, &f.err), RC_OK);
    make_table(&f);
    return f;
}

const char *fixture_path_kept(const char *name)
{
    static char path[512];

    snprintf(path, sizeof path, "%s/test_%s.db", TEST_BUILD_DIR, name);
    return path;
}

const char *fixture_path(const char *name)
{
    const char *path = fixture_path_kept(name);
    char other[520];

    unlink(path);
    snprintf(other, sizeof other, "%s-wal", path);
    unlink(other);
    snprintf(other, sizeof other, "%s-shm", path);
    unlink(other);
    return path;
}

struct fixture fixture_open_file(const char *name, bool hostile)
{
    struct fixture f = {.err = ERR_INIT};
    struct db_config config = {.path = fixture_path(name),
                               .clock = clock_system(),
                               .create = true,
                               .hostile = hostile};

    arena_init(&f.arena, 1 << 20);
    CHECK_RC(db_open(&config, &f.store, &f.err), RC_OK);
    make_table(&f);
    return f;
}

void fixture_close(struct fixture *f)
{
    db_close(f->store);
    arena_release(&f->arena);
    f->store = NULL;
}

static enum rc run_sql(struct db *db, void *arg, struct arena *a,
                       struct err *err)
{
    (void)a;
    return db_exec(db, str_c(arg), err);
}

enum rc fixture_exec(struct fixture *f, const char *sql)
{
    union {
        const char *in;
        void *out;
    } arg = {.in = sql};
    struct db_job job = {.run = run_sql, .arg = arg.out};

    return db_write(f->store, &job, &f->arena, &f->err);
}

int64_t fixture_i64(struct fixture *f, const char *sql)
{
    struct db *db = NULL;
    struct db_stmt *st = NULL;
    bool row = false;
    int64_t v = -1;

    CHECK_RC(db_read_begin(f->store, NULL, &db, &f->err), RC_OK);
    CHECK_RC(db_prepare(db, str_c(sql), &st, &f->err), RC_OK);
    CHECK_RC(db_step(st, &row, &f->err), RC_OK);
    if (row)
        v = db_col_i64(st, 0);
    db_stmt_release(st);
    db_read_end(db);
    return v;
}
