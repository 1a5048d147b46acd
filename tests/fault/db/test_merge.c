/*
 * The merging of search tables is interrupted: by a disk that fails at each of
 * its calls in turn, and by kill -9. Everything stays found and whole, and what
 * was begun is finished by whoever opens the store next.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "db/ddl.h"
#include "db/search.h"
#include "support/fault_vfs.h"
#include "support/test.h"

/* Enough that a merge takes several slices. */
enum { GROUPS = 12, RECORDS = 120, WORDS = 12, KILLS = 12 };

static const int NEVER_MS = 1 << 30;

struct run {
    char path[512];
    struct db_store *store;
    struct arena arena;
    struct err err;
};

static void open_run(struct run *r, int quiet_ms, bool faulty)
{
    struct db_config config = {.path = r->path,
                               .clock = clock_system(),
                               .create = true,
                               .vfs = faulty ? FAULT_VFS : NULL,
                               .quiet_ms = quiet_ms};

    CHECK_RC(db_open(&config, &r->store, &r->err), RC_OK);
}

static void close_run(struct run *r)
{
    db_close(r->store);
    r->store = NULL;
}

static enum rc make(struct db *db, void *arg, struct arena *a, struct err *err)
{
    (void)arg;
    (void)a;
    return ddl_create_search(db, err);
}

/* A group of records: "common" and words of their own. */
static enum rc put_group(struct db *db, void *arg, struct arena *a,
                         struct err *err)
{
    int64_t group = *(const int64_t *)arg;
    enum rc rc = RC_OK;

    for (int64_t i = 0; i < RECORDS && rc == RC_OK; i++) {
        int64_t id = group * RECORDS + i + 1;
        uint64_t seed = (uint64_t)id;
        char text[400];
        size_t n = (size_t)snprintf(text, sizeof text, "common");

        for (int w = 0; w < WORDS; w++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
            n += (size_t)snprintf(text + n, sizeof text - n, " %012llx",
                                  (unsigned long long)(seed >> 16));
        }
        rc = search_put(db, id, 1, STR_NONE, str_fmt(a, "%s\n%s", text, text),
                        err);
    }
    return rc;
}

/* A file with GROUPS segments in each table. */
static struct run setup(const char *name)
{
    struct run r = {.err = ERR_INIT};
    struct db_job job = {.run = make};

    snprintf(r.path, sizeof r.path, "%s/%s.db", test_tmpdir(), name);
    unlink(r.path);
    arena_init(&r.arena, 16 << 20);
    fault_vfs_register();
    log_set_level(LOG_LEVEL_OFF);
    open_run(&r, NEVER_MS, false);
    CHECK_RC(db_write(r.store, &job, &r.arena, &r.err), RC_OK);
    for (int64_t g = 0; g < GROUPS; g++) {
        job = (struct db_job){.run = put_group, .arg = &g};
        CHECK_RC(db_write(r.store, &job, &r.arena, &r.err), RC_OK);
    }
    close_run(&r);
    return r;
}

static void teardown(struct run *r)
{
    db_close(r->store);
    arena_release(&r->arena);
    log_set_level(LOG_LEVEL_INFO);
}

static int64_t segments(struct run *r, const char *sql)
{
    struct db *db = NULL;
    struct db_stmt *st = NULL;
    int64_t n;

    CHECK_RC(db_read_begin(r->store, NULL, &db, &r->err), RC_OK);
    CHECK_RC(db_prepare(db, str_c(sql), &st, &r->err), RC_OK);
    CHECK_RC(db_step_row(st, &r->err), RC_OK);
    n = db_col_i64(st, 0);
    db_read_end(db);
    return n;
}

static bool at_rest(struct run *r)
{
    return segments(r, "SELECT count(DISTINCT segid) FROM s_all_idx") < 4 &&
           segments(r, "SELECT count(DISTINCT segid) FROM s_word_idx") < 4;
}

/* The newest hits of what all have; the file is whole. */
static void check_whole(struct run *r)
{
    static const char *const QUERIES[] = {"common", "ommo"};
    struct db *db = NULL;

    CHECK_RC(db_verify(r->store, &r->err), RC_OK);
    CHECK_RC(db_read_begin(r->store, NULL, &db, &r->err), RC_OK);
    for (size_t q = 0; q < 2; q++) {
        struct search_hit *hits = NULL;
        size_t n = 0;

        CHECK_RC(search_find(db, str_c(QUERIES[q]), NULL, 0, 1000, &r->arena,
                             &hits, &n, &r->err),
                 RC_OK);
        CHECK_I64((int64_t)n, 1000);
        for (size_t i = 0; i < n; i++)
            CHECK_I64(hits[i].id, GROUPS * RECORDS - (int64_t)i);
    }
    db_read_end(db);
    arena_reset(&r->arena);
}

/* Open, and let it merge until it is done or the fault came. */
static void merge_until(struct run *r, bool faulty)
{
    for (int i = 0; i < 5000 && !at_rest(r); i++) {
        if (faulty && fault_vfs_fired())
            return;
        usleep(1000);
    }
    CHECK(at_rest(r));
}

/* One disk fault at the nth call of the merging; false when there are fewer. */
static bool merge_with(const struct fault_plan *plan)
{
    struct run r = setup("merge_io");
    int64_t g = GROUPS;
    struct db_job job = {.run = put_group, .arg = &g};
    bool fired;
    enum rc rc;

    fault_vfs_disarm();
    open_run(&r, 20, true);
    fault_vfs_arm(plan);
    merge_until(&r, true);
    fired = fault_vfs_fired();
    fault_vfs_disarm();
    if (fired && !plan->full) { // nothing is known of such a disk
        rc = db_write(r.store, &job, &r.arena, &r.err);
        CHECK_RC(rc, RC_IO);
    }
    close_run(&r);
    open_run(&r, 1, false);
    merge_until(&r, false);
    check_whole(&r);
    teardown(&r);
    return fired;
}

TEST(db_merge, a_disk_that_fails_meanwhile_damages_nothing)
{
    long n = 1;

    while (merge_with(&(struct fault_plan){FAULT_WRITE, n, true, false}))
        n = n * 3 + 1;
    CHECK(n > 100);
    CHECK(merge_with(&(struct fault_plan){FAULT_SYNC, 2, true, false}));
    CHECK(merge_with(&(struct fault_plan){FAULT_WRITE, 50, true, true}));
}

TEST(db_merge, goes_on_where_a_kill_left_it)
{
    struct run r = setup("merge_kill");

    for (int k = 0; k < KILLS; k++) {
        int status = 0;
        pid_t pid = fork();

        CHECK(pid >= 0);
        if (pid == 0) {
            open_run(&r, 1, false);
            pause();
            _exit(5);
        }
        usleep((useconds_t)(2000 + k * 4000));
        kill(pid, SIGKILL);
        CHECK(waitpid(pid, &status, 0) == pid);
        CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        open_run(&r, NEVER_MS, false);
        check_whole(&r);
        close_run(&r);
    }
    open_run(&r, 1, false);
    merge_until(&r, false);
    check_whole(&r);
    teardown(&r);
}
