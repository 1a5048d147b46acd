/*
 * Each write, sync and truncation of a small workload is made to fail in turn,
 * once and for good, as a full disk and as a broken one; then the power is cut
 * after each step. No acknowledged write may be lost, and the file is whole.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "db/db.h"
#include "support/fault_vfs.h"
#include "support/test.h"

enum { JOBS = 12, PAYLOAD = 6000 };

struct run {
    char path[512];
    struct db_store *store;
    struct arena arena;
    struct err err;
    bool acked[JOBS + 1];   /* answered RC_OK                              */
    bool refused[JOBS + 1]; /* answered so that nothing may be there       */
    bool stopped;           /* a write was RC_IO and not for lack of space */
};

static struct run setup(void)
{
    static char folder[400];
    struct run r = {.err = ERR_INIT};
    static const char *const ENDS[] = {"",         "-wal",        "-shm",
                                       "-journal", ".cut",        ".cut-wal",
                                       ".cut-shm", ".cut-journal"};

    if (!folder[0])
        snprintf(folder, sizeof folder, "%s", test_tmpdir());
    snprintf(r.path, sizeof r.path, "%s/io.db", folder);
    for (size_t i = 0; i < sizeof ENDS / sizeof ENDS[0]; i++) {
        char name[530];

        snprintf(name, sizeof name, "%s%s", r.path, ENDS[i]);
        unlink(name);
    }
    arena_init(&r.arena, 1 << 20);
    fault_vfs_register();
    log_set_level(LOG_LEVEL_OFF);
    return r;
}

static void teardown(struct run *r)
{
    db_close(r->store);
    arena_release(&r->arena);
    log_set_level(LOG_LEVEL_INFO);
}

static enum rc open_run(struct run *r, const char *path)
{
    struct db_config config = {.path = path,
                               .clock = clock_system(),
                               .create = true,
                               .vfs = FAULT_VFS};

    return db_open(&config, &r->store, &r->err);
}

static enum rc create(struct db *db, void *arg, struct arena *a,
                      struct err *err)
{
    (void)arg;
    (void)a;
    return db_exec(db,
                   STR("CREATE TABLE IF NOT EXISTS w(id INTEGER PRIMARY KEY,"
                       " data BLOB) STRICT"),
                   err);
}

static enum rc insert(struct db *db, void *arg, struct arena *a,
                      struct err *err)
{
    int64_t id = *(int64_t *)arg;
    struct db_stmt *st = NULL;
    char data[PAYLOAD];
    enum rc rc =
        db_prepare(db, STR("INSERT INTO w(id, data) VALUES(?1, ?2)"), &st, err);

    (void)a;
    if (rc != RC_OK)
        return rc;
    memset(data, (int)id, sizeof data);
    db_bind_i64(st, 1, id);
    db_bind_blob(st, 2, data, sizeof data);
    rc = db_step_done(st, err);
    db_stmt_release(st);
    return rc;
}

/* The workload: a table, then JOBS rows, one write each. */
static void work(struct run *r)
{
    struct db_job make = {.run = create};

    (void)!db_write(r->store, &make, &r->arena, &r->err);
    for (int64_t id = 1; id <= JOBS; id++) {
        struct db_job job = {.run = insert, .arg = &id};
        enum rc rc = db_write(r->store, &job, &r->arena, &r->err);
        bool full = !strcmp(r->err.code, "E_FULL");

        r->acked[id] = rc == RC_OK;
        if (r->stopped)
            CHECK_RC(rc, RC_IO); // nothing is acknowledged any more
        if (rc == RC_IO && full)
            r->refused[id] = true;
        r->stopped = r->stopped || (rc == RC_IO && !full);
        CHECK(rc == RC_OK || rc == RC_IO || rc == RC_BUG);
    }
}

static int64_t count_of(struct run *r, int64_t id)
{
    struct db *db = NULL;
    struct db_stmt *st = NULL;
    int64_t n = 0;

    CHECK_RC(db_read_begin(r->store, NULL, &db, &r->err), RC_OK);
    if (db_prepare(db,
                   STR("SELECT count(*) FROM w WHERE id = ?1 AND"
                       " length(data) = 6000"),
                   &st, &r->err) == RC_OK) {
        db_bind_i64(st, 1, id);
        CHECK_RC(db_step_row(st, &r->err), RC_OK);
        n = db_col_i64(st, 0);
    }
    db_read_end(db);
    return n;
}

/* Everything acknowledged is there, nothing refused is, the file is whole. */
static void check_kept(struct run *r, const char *path)
{
    enum rc rc = open_run(r, path);

    if (rc != RC_OK)
        test_fail(__FILE__, __LINE__, "cannot open again: %s", r->err.text);
    rc = db_verify(r->store, &r->err);
    if (rc != RC_OK)
        test_fail(__FILE__, __LINE__, "%s", r->err.text);
    for (int64_t id = 1; id <= JOBS; id++) {
        int64_t n = count_of(r, id);

        if (r->acked[id])
            CHECK_I64(n, 1);
        if (r->refused[id])
            CHECK_I64(n, 0);
    }
}

/* One run with one fault; false when the workload has fewer such calls. */
static bool run_with(const struct fault_plan *plan)
{
    struct run r = setup();
    bool fired;

    fault_vfs_disarm();
    CHECK_RC(open_run(&r, r.path), RC_OK);
    fault_vfs_arm(plan);
    work(&r);
    db_close(r.store); // the checkpoint of a clean close is part of it
    r.store = NULL;
    fired = fault_vfs_fired();
    fault_vfs_disarm();
    check_kept(&r, r.path);
    teardown(&r);
    return fired;
}

static void each_nth(unsigned calls, bool sticky, bool full, long at_least)
{
    long n = 1;

    while (run_with(&(struct fault_plan){calls, n, sticky, full}))
        n++;
    CHECK(n > at_least); // the workload made that many calls, and all failed
}

TEST(db_io, keeps_every_acknowledged_write_when_a_write_fails)
{
    each_nth(FAULT_WRITE, false, false, 50);
    each_nth(FAULT_WRITE, true, false, 50);
}

TEST(db_io, keeps_every_acknowledged_write_when_a_sync_fails)
{
    each_nth(FAULT_SYNC, false, false, JOBS);
    each_nth(FAULT_SYNC, true, false, JOBS);
}

TEST(db_io, keeps_every_acknowledged_write_when_the_disk_is_full)
{
    each_nth(FAULT_WRITE, false, true, 50);
    each_nth(FAULT_WRITE, true, true, 50);
}

TEST(db_io, opens_or_refuses_when_the_disk_fails_at_open)
{
    for (long n = 1; n < 200; n++) {
        struct run r = setup();
        enum rc rc;
        bool fired;

        fault_vfs_arm(&(struct fault_plan){FAULT_ANY, n, n % 2, n % 3 == 0});
        rc = open_run(&r, r.path);
        fired = fault_vfs_fired();
        CHECK(rc == RC_OK || rc == RC_IO);
        CHECK(rc == RC_OK || r.store == NULL);
        fault_vfs_disarm();
        db_close(r.store);
        r.store = NULL;
        check_kept(&r, r.path); // half made is no obstacle
        teardown(&r);
        if (!fired) {
            CHECK(n > 3);
            return;
        }
    }
    test_fail(__FILE__, __LINE__, "the faults never ended");
}

TEST(db_io, stops_acknowledging_after_a_failed_sync_until_opened_again)
{
    struct run r = setup();
    struct db_job make = {.run = create};
    int64_t id = 1;
    struct db_job job = {.run = insert, .arg = &id};

    CHECK_RC(open_run(&r, r.path), RC_OK);
    CHECK_RC(db_write(r.store, &make, &r.arena, &r.err), RC_OK);
    fault_vfs_arm(&(struct fault_plan){FAULT_SYNC, 1, false, false});
    CHECK_RC(db_write(r.store, &job, &r.arena, &r.err), RC_IO);
    CHECK_CSTR(r.err.code, "");
    fault_vfs_disarm(); // the disk is well again, but nobody may trust it
    id = 2;
    CHECK_RC(db_write(r.store, &job, &r.arena, &r.err), RC_IO);
    CHECK_HAS(r.err.text, "opened again");
    CHECK_I64(count_of(&r, 2), 0); // reads go on
    db_close(r.store);
    CHECK_RC(open_run(&r, r.path), RC_OK);
    id = 3;
    CHECK_RC(db_write(r.store, &job, &r.arena, &r.err), RC_OK);
    teardown(&r);
}

TEST(db_io, writes_again_by_itself_when_a_full_disk_has_room)
{
    struct run r = setup();
    struct db_job make = {.run = create};
    int64_t id = 1;
    struct db_job job = {.run = insert, .arg = &id};

    CHECK_RC(open_run(&r, r.path), RC_OK);
    CHECK_RC(db_write(r.store, &make, &r.arena, &r.err), RC_OK);
    fault_vfs_arm(&(struct fault_plan){FAULT_WRITE, 1, true, true});
    for (int i = 0; i < 3; i++) {
        CHECK_RC(db_write(r.store, &job, &r.arena, &r.err), RC_IO);
        CHECK_CSTR(r.err.code, "E_FULL");
        CHECK_I64(count_of(&r, 1), 0);
    }
    fault_vfs_disarm();
    CHECK_RC(db_write(r.store, &job, &r.arena, &r.err), RC_OK);
    CHECK_I64(count_of(&r, 1), 1);
    teardown(&r);
}

/* ---- power ------------------------------------------------------------- */

/* Does what a cut now leaves hold every acknowledged write, undamaged? */
static bool survives_cut(const struct run *r, uint64_t seed)
{
    struct run again = {.err = ERR_INIT};
    char cut[530], shm[540];
    bool whole;

    snprintf(cut, sizeof cut, "%s.cut", r->path);
    snprintf(shm, sizeof shm, "%s-shm", cut);
    unlink(shm);
    fault_vfs_cut(r->path, seed);
    // Not by the disk that remembers: this is the next boot.
    whole = db_open(&(struct db_config){.path = cut,
                                        .clock = clock_system(),
                                        .create = true},
                    &again.store, &again.err) == RC_OK &&
            db_verify(again.store, &again.err) == RC_OK;
    for (int64_t id = 1; id <= JOBS && whole; id++)
        whole = !r->acked[id] || count_of(&again, id) == 1;
    db_close(again.store);
    return whole;
}

/* The nth call fails and so do all after it, as when the power goes; -1 when
   there are fewer, else how many of the fates tried lost something. */
static int cut_at(long n, bool lie)
{
    struct run r = setup();
    int bad = 0;
    bool fired;

    fault_vfs_remember();
    fault_vfs_lie(lie);
    fault_vfs_arm(&(struct fault_plan){FAULT_ANY, n, true, false});
    if (open_run(&r, r.path) == RC_OK)
        work(&r);
    fired = fault_vfs_fired();
    for (uint64_t seed = 1; seed <= 4; seed++)
        bad += !survives_cut(&r, seed + (uint64_t)n * 100);
    teardown(&r);
    fault_vfs_disarm();
    fault_vfs_forget();
    return fired ? bad : -1;
}

TEST(db_io, loses_no_acknowledged_write_when_the_power_is_cut_at_any_call)
{
    long n = 1;
    int bad;

    while ((bad = cut_at(n, false)) >= 0) {
        if (bad > 0)
            test_fail(__FILE__, __LINE__, "cut at call %ld: %d lost", n, bad);
        n++;
    }
    CHECK(n > 60);
}

TEST(db_io, would_notice_a_loss)
{
    int bad = 0;

    for (long n = 40; n < 60; n++) {
        int k = cut_at(n, true); // a disk that lies about its syncs

        CHECK(k >= 0);
        bad += k;
    }
    CHECK(bad > 0);
}
