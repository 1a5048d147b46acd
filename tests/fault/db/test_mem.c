/*
 * SQLite's own allocations fail, one after the other. Whatever is answered, an
 * acknowledged write stays, and the file is whole.
 */
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "db/ddl.h"
#include "db/search.h"
#include "support/test.h"

static sqlite3_mem_methods real;
static atomic_long countdown; /* 0: none fails */
static atomic_bool fired;

static bool fails(void)
{
    long left = atomic_load(&countdown);

    while (left > 0 &&
           !atomic_compare_exchange_weak(&countdown, &left, left - 1))
        ;
    if (left == 1)
        atomic_store(&fired, true);
    return left == 1;
}

static void *counted_malloc(int n)
{
    return fails() ? NULL : real.xMalloc(n);
}

static void *counted_realloc(void *p, int n)
{
    return fails() ? NULL : real.xRealloc(p, n);
}

/* Before main: SQLite takes its allocator only before its first use. */
__attribute__((constructor)) static void install(void)
{
    sqlite3_mem_methods mine;

    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real);
    mine = real;
    mine.xMalloc = counted_malloc;
    mine.xRealloc = counted_realloc;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &mine);
}

static enum rc write_some(struct db *db, void *arg, struct arena *a,
                          struct err *err)
{
    static const struct str SQL[] = {
        STR_INIT("CREATE TABLE IF NOT EXISTS w(id INTEGER PRIMARY KEY,"
                 " s TEXT, n INTEGER) STRICT"),
        STR_INIT("CREATE UNIQUE INDEX IF NOT EXISTS w__1 ON w(s)"),
        STR_INIT("INSERT OR REPLACE INTO w VALUES(1, 'one', 1)")};
    enum rc rc = ddl_create_search(db, err);

    (void)arg;
    (void)a;
    for (size_t i = 0; i < sizeof SQL / sizeof SQL[0] && rc == RC_OK; i++)
        rc = db_exec(db, SQL[i], err);
    if (rc == RC_OK)
        rc = search_put(db, 1, 1, STR_NONE, STR("one\none"), err);
    return rc;
}

static enum rc read_some(struct db_store *store, struct arena *a,
                         struct err *err)
{
    struct db *db = NULL;
    struct search_hit *hits;
    struct db_stmt *st = NULL;
    size_t n = 0;
    enum rc rc = db_read_begin(store, NULL, &db, err);

    if (rc != RC_OK)
        return rc;
    rc = search_find(db, STR("one"), NULL, 0, 5, a, &hits, &n, err);
    if (rc == RC_OK)
        rc = db_prepare(db, STR("SELECT s FROM w ORDER BY n, s"), &st, err);
    if (rc == RC_OK)
        rc = db_step_done(st, err);
    db_read_end(db);
    return rc;
}

/* Open, write, read, close with the nth allocation failing. */
static bool run(const char *path, long nth)
{
    struct db_config config = {
        .path = path, .clock = clock_system(), .create = true};
    struct db_job job = {.run = write_some};
    struct db_store *store = NULL;
    struct err err = ERR_INIT;
    struct arena a;
    enum rc rc, written = RC_NOMEM;

    arena_init(&a, 1 << 20);
    atomic_store(&fired, false);
    atomic_store(&countdown, nth);
    rc = db_open(&config, &store, &err);
    if (rc == RC_OK) {
        written = rc = db_write(store, &job, &a, &err);
        if (rc == RC_OK)
            rc = read_some(store, &a, &err);
    }
    db_close(store);
    atomic_store(&countdown, 0);
    if (rc != RC_OK && rc != RC_NOMEM)
        test_fail(__FILE__, __LINE__, "allocation %ld: %s: %s", nth,
                  rc_name(rc), err.text);
    store = NULL;
    CHECK_RC(db_open(&config, &store, &err), RC_OK);
    CHECK_RC(db_verify(store, &err), RC_OK);
    if (written == RC_OK)
        CHECK_RC(read_some(store, &a, &err), RC_OK);
    db_close(store);
    arena_release(&a);
    return atomic_load(&fired);
}

TEST(db_mem, answers_no_memory_whichever_allocation_fails)
{
    const char *folder = test_tmpdir();
    long n = 1;
    bool more = true;

    log_set_level(LOG_LEVEL_OFF);
    while (more) {
        static const char *const ENDS[] = {"", "-wal", "-shm", "-journal"};
        char path[512], name[530];

        snprintf(path, sizeof path, "%s/mem.db", folder);
        for (size_t i = 0; i < 4; i++) {
            snprintf(name, sizeof name, "%s%s", path, ENDS[i]);
            unlink(name);
        }
        more = run(path, n);
        n += n < 400 ? 1 : 5;
    }
    log_set_level(LOG_LEVEL_INFO);
    CHECK(n > 400);
}
