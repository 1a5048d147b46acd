/*
 * Jobs that share a COMMIT, and one of them, or the COMMIT, fails: who gets
 * which answer. A gate holds the writer until the jobs wait together.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "db/db.h"
#include "support/fault_vfs.h"
#include "support/test.h"

enum { MEMBERS = 3, HUGE_ROWS = 40, HUGE_BYTES = 1 << 20 };

struct group {
    struct db_store *store;
    struct err err;
    sem_t inside, gate;
    char path[512];
};

struct member {
    struct group *g;
    int64_t id;
    bool huge; /* more than the page cache holds: it spills to the disk */
    bool once, alone, holds_gate, refuses;
    int runs;
    enum rc rc;
    struct err err;
    pthread_t thread;
};

static enum rc insert(struct db *db, int64_t id, int64_t bytes, struct err *err)
{
    struct db_stmt *st = NULL;
    enum rc rc = db_prepare(
        db, STR("INSERT INTO w(id, data) VALUES(?1, zeroblob(?2))"), &st, err);

    if (rc != RC_OK)
        return rc;
    db_bind_i64(st, 1, id);
    db_bind_i64(st, 2, bytes);
    rc = db_step_done(st, err);
    db_stmt_release(st);
    return rc;
}

static enum rc member_run(struct db *db, void *arg, struct arena *a,
                          struct err *err)
{
    struct member *m = arg;
    enum rc rc = RC_OK;

    (void)a;
    m->runs++;
    if (m->holds_gate) {
        sem_post(&m->g->inside);
        sem_wait(&m->g->gate);
        return RC_OK;
    }
    if (m->huge && m->runs == 1)
        fault_vfs_arm(&(struct fault_plan){FAULT_WRITE, 1, true, false});
    for (int i = 0; i < (m->huge ? HUGE_ROWS : 1) && rc == RC_OK; i++)
        rc = insert(db, m->id + i, m->huge ? HUGE_BYTES : 10, err);
    if (m->huge)
        fault_vfs_disarm();
    return rc == RC_OK && m->refuses
               ? FAIL(err, RC_INVALID, "This one is refused.")
               : rc;
}

static void *member_main(void *arg)
{
    struct member *m = arg;
    struct db_job job = {
        .run = member_run, .arg = m, .once = m->once, .alone = m->alone};
    struct arena a;

    arena_init(&a, 1 << 16);
    m->rc = db_write(m->g->store, &job, &a, &m->err);
    arena_release(&a);
    return NULL;
}

static enum rc create(struct db *db, void *arg, struct arena *a,
                      struct err *err)
{
    (void)arg;
    (void)a;
    return db_exec(db,
                   STR("CREATE TABLE w(id INTEGER PRIMARY KEY, data BLOB)"
                       " STRICT"),
                   err);
}

static void open_group(struct group *g)
{
    struct db_config config = {.path = g->path,
                               .clock = clock_system(),
                               .create = true,
                               .vfs = FAULT_VFS};
    struct db_job make = {.run = create};
    struct arena a;

    snprintf(g->path, sizeof g->path, "%s/group.db", test_tmpdir());
    fault_vfs_register();
    log_set_level(LOG_LEVEL_OFF);
    sem_init(&g->inside, 0, 0);
    sem_init(&g->gate, 0, 0);
    arena_init(&a, 1 << 16);
    CHECK_RC(db_open(&config, &g->store, &g->err), RC_OK);
    CHECK_RC(db_write(g->store, &make, &a, &g->err), RC_OK);
    arena_release(&a);
}

static void close_group(struct group *g)
{
    db_close(g->store);
    log_set_level(LOG_LEVEL_INFO);
}

/* Let all of them wait together, in this order, then run. */
static void run_together(struct group *g, struct member *m, size_t n)
{
    struct member gate = {.g = g, .holds_gate = true};

    pthread_create(&gate.thread, NULL, member_main, &gate);
    sem_wait(&g->inside);
    for (size_t i = 0; i < n; i++) {
        m[i].g = g;
        pthread_create(&m[i].thread, NULL, member_main, &m[i]);
        usleep(20000); // into the queue before the next
    }
    sem_post(&g->gate);
    pthread_join(gate.thread, NULL);
    for (size_t i = 0; i < n; i++)
        pthread_join(m[i].thread, NULL);
}

static int64_t rows(struct group *g)
{
    struct db *db = NULL;
    struct db_stmt *st = NULL;
    int64_t n;

    CHECK_RC(db_read_begin(g->store, NULL, &db, &g->err), RC_OK);
    CHECK_RC(db_prepare(db, STR("SELECT count(*) FROM w"), &st, &g->err),
             RC_OK);
    CHECK_RC(db_step_row(st, &g->err), RC_OK);
    n = db_col_i64(st, 0);
    db_read_end(db);
    return n;
}

TEST(db_group, runs_the_innocent_anew_when_one_job_undoes_all)
{
    struct group g = {.err = ERR_INIT};
    struct member m[MEMBERS] = {
        {.id = 1}, {.id = 1000, .huge = true}, {.id = 3}};
    struct db_stats stats;

    open_group(&g);
    run_together(&g, m, MEMBERS);
    CHECK_RC(m[0].rc, RC_OK);
    CHECK_I64(m[0].runs, 2);
    CHECK_RC(m[1].rc, RC_IO);
    CHECK_I64(m[1].runs, 1);
    CHECK_RC(m[2].rc, RC_OK);
    CHECK_I64(m[2].runs, 1);
    CHECK_I64(rows(&g), 2);
    db_stats(g.store, &stats);
    CHECK_I64(stats.reruns, 1);
    close_group(&g);
}

/* Groups begin without savepoints: the first failure costs a second run. */
TEST(db_group, keeps_nothing_of_a_job_that_fails_and_all_of_the_others)
{
    struct group g = {.err = ERR_INIT};
    struct member m[] = {{.id = 1},
                         {.id = 2, .refuses = true},
                         {.id = 3},
                         {.id = 4, .refuses = true},
                         {.id = 5, .once = true}};

    open_group(&g);
    run_together(&g, m, 5);
    CHECK_RC(m[0].rc, RC_OK);
    CHECK_I64(m[0].runs, 2);
    CHECK_RC(m[1].rc, RC_INVALID);
    CHECK_I64(m[1].runs, 1);
    CHECK_RC(m[2].rc, RC_OK);
    CHECK_I64(m[2].runs, 1);
    CHECK_RC(m[3].rc, RC_INVALID);
    CHECK_RC(m[4].rc, RC_OK);
    CHECK_I64(m[4].runs, 1);
    CHECK_I64(rows(&g), 3);
    close_group(&g);
}

/* It makes the rest of its group careful, so nobody undoes it. */
TEST(db_group, refuses_one_without_harm_to_a_job_that_must_not_run_twice)
{
    struct group g = {.err = ERR_INIT};
    struct member m[] = {{.id = 1, .once = true}, {.id = 2, .refuses = true}};

    open_group(&g);
    run_together(&g, m, 2);
    CHECK_RC(m[0].rc, RC_OK);
    CHECK_I64(m[0].runs, 1);
    CHECK_RC(m[1].rc, RC_INVALID);
    CHECK_I64(rows(&g), 1);
    close_group(&g);
}

TEST(db_group, tells_a_job_that_must_not_run_twice_to_try_again)
{
    struct group g = {.err = ERR_INIT};
    struct member m[] = {{.id = 1, .once = true}, {.id = 1000, .huge = true}};

    open_group(&g);
    run_together(&g, m, 2);
    CHECK_RC(m[0].rc, RC_BUSY);
    CHECK_I64(m[0].runs, 1);
    CHECK_RC(m[1].rc, RC_IO);
    CHECK_I64(rows(&g), 0);
    close_group(&g);
}

TEST(db_group, fails_all_when_the_commit_fails)
{
    struct group g = {.err = ERR_INIT};
    struct member m[MEMBERS] = {{.id = 1}, {.id = 2}, {.id = 3}};

    open_group(&g);
    fault_vfs_arm(&(struct fault_plan){FAULT_WRITE, 1, true, true});
    run_together(&g, m, MEMBERS);
    fault_vfs_disarm();
    for (int i = 0; i < MEMBERS; i++) {
        CHECK_RC(m[i].rc, RC_IO);
        CHECK_CSTR(m[i].err.code, "E_FULL");
    }
    CHECK_I64(rows(&g), 0);
    close_group(&g);
}

TEST(db_group, commits_what_came_before_a_job_that_wants_to_be_alone)
{
    struct group g = {.err = ERR_INIT};
    struct member m[MEMBERS] = {{.id = 1}, {.id = 2, .alone = true}, {.id = 3}};
    struct db_stats before, after;

    open_group(&g);
    db_stats(g.store, &before);
    run_together(&g, m, MEMBERS);
    db_stats(g.store, &after);
    CHECK_I64(rows(&g), 3);
    // The gate's, for it was slow, and three: nobody shared one.
    CHECK_I64(after.commits - before.commits, 4);
    close_group(&g);
}
