/* The queue, groups, savepoints, re-runs and what a failure leaves behind. */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <unistd.h>

#include "fixture.h"

static const char INSERT[] = "INSERT INTO \"t\"(\"id\", \"n\", \"s\")"
                             " VALUES(?1, ?2, ?3)";

struct row {
    int64_t id, n;
    const char *s;
    int runs;
    enum rc then; /* what the job answers after its insert */
};

static enum rc insert(struct db *db, void *arg, struct arena *a,
                      struct err *err)
{
    struct row *r = arg;
    struct db_stmt *st = NULL;
    enum rc rc = db_prepare(db, STR(INSERT), &st, err);

    (void)a;
    r->runs++;
    if (rc != RC_OK)
        return rc;
    db_bind_i64(st, 1, r->id);
    db_bind_i64(st, 2, r->n);
    db_bind_str(st, 3, str_c(r->s));
    rc = db_step_done(st, err);
    db_stmt_release(st);
    if (rc == RC_OK && r->then != RC_OK)
        return FAIL(err, r->then, "As the test asked.");
    return rc;
}

static enum rc write_row(struct fixture *f, struct row *r)
{
    struct db_job job = {.run = insert, .arg = r};

    return db_write(f->store, &job, &f->arena, &f->err);
}

TEST(db_write, keeps_what_a_job_wrote_and_nothing_of_a_failed_one)
{
    struct fixture f = fixture_open();
    struct row good = {.id = 1, .n = 1, .s = "a"};
    struct row bad = {.id = 2, .n = 2, .s = "b", .then = RC_DENIED};

    CHECK_RC(write_row(&f, &good), RC_OK);
    CHECK_RC(write_row(&f, &bad), RC_DENIED);
    CHECK_CSTR(f.err.text, "As the test asked.");
    CHECK_I64(fixture_i64(&f, "SELECT count(*) FROM t"), 1);
    fixture_close(&f);
}

TEST(db_write, names_our_index_when_a_unique_one_refuses)
{
    struct fixture f = fixture_open();
    struct row first = {.id = 1, .n = 7, .s = "a"};
    struct row again = {.id = 2, .n = 7, .s = "a"};
    struct row same_id = {.id = 1, .n = 8, .s = "b"};

    CHECK_RC(write_row(&f, &first), RC_OK);
    CHECK_RC(write_row(&f, &again), RC_CONFLICT);
    CHECK_CSTR(f.err.code, "E_DUPLICATE");
    CHECK_HAS(f.err.text, "index \"t__1\"");
    CHECK_RC(write_row(&f, &same_id), RC_CONFLICT);
    CHECK_HAS(f.err.text, "index \"t_pkey\"");
    // A partial index on an expression, too.
    CHECK_RC(fixture_exec(&f, "CREATE UNIQUE INDEX \"t__2\" ON \"t\" "
                              "(lower(\"s\")) WHERE \"n\" > 100"),
             RC_OK);
    CHECK_RC(fixture_exec(&f, "INSERT INTO t(id, n, s) VALUES(5, 101, 'X')"),
             RC_OK);
    CHECK_RC(fixture_exec(&f, "INSERT INTO t(id, n, s) VALUES(6, 102, 'x')"),
             RC_CONFLICT);
    CHECK_HAS(f.err.text, "index \"t__2\"");
    fixture_close(&f);
}

TEST(db_write, tells_a_foreign_key_from_a_duplicate)
{
    struct fixture f = fixture_open();

    CHECK_RC(fixture_exec(&f, "CREATE TABLE c (id INTEGER PRIMARY KEY, "
                              "t INTEGER REFERENCES t(id) ON DELETE RESTRICT)"
                              " STRICT"),
             RC_OK);
    CHECK_RC(fixture_exec(&f, "INSERT INTO c VALUES(1, 99)"), RC_CONFLICT);
    CHECK_CSTR(f.err.code, "");
    CHECK_HAS(f.err.text, "table \"c\"");
    CHECK_RC(fixture_exec(&f, "INSERT INTO t(id) VALUES(1)"), RC_OK);
    CHECK_RC(fixture_exec(&f, "INSERT INTO c VALUES(1, 1)"), RC_OK);
    CHECK_RC(fixture_exec(&f, "DELETE FROM t"), RC_CONFLICT);
    fixture_close(&f);
}

struct steps {
    enum rc insert_again, other, rolled_back;
};

static enum rc savepoints(struct db *db, void *arg, struct arena *a,
                          struct err *err)
{
    static const char ROW[] = "INSERT INTO t(id) VALUES(1)";
    struct steps *s = arg;
    enum rc rc = db_exec(db, STR(ROW), err);

    (void)a;
    if (rc == RC_OK)
        rc = db_savepoint(db, err);
    if (rc != RC_OK)
        return rc;
    s->insert_again = db_exec(db, STR(ROW), err);
    s->other = db_exec(db, STR("INSERT INTO t(id) VALUES(2)"), err);
    s->rolled_back = db_rollback_to(db, err);
    return db_exec(db, STR("INSERT INTO t(id) VALUES(3)"), err);
}

TEST(db_write, goes_on_after_a_rollback_to_a_savepoint_and_not_before)
{
    struct fixture f = fixture_open();
    struct steps s = {RC_OK, RC_OK, RC_OK};
    struct db_job job = {.run = savepoints, .arg = &s};

    CHECK_RC(db_write(f.store, &job, &f.arena, &f.err), RC_OK);
    CHECK_RC(s.insert_again, RC_CONFLICT);
    CHECK_RC(s.other, RC_BUG);
    CHECK_RC(s.rolled_back, RC_OK);
    CHECK_I64(fixture_i64(&f, "SELECT sum(id) FROM t"), 4);
    fixture_close(&f);
}

static enum rc swallow(struct db *db, void *arg, struct arena *a,
                       struct err *err)
{
    (void)arg;
    (void)a;
    if (db_exec(db, STR("INSERT INTO t(id) VALUES(1)"), err) != RC_OK)
        return RC_BUG;
    return db_exec(db, STR("INSERT INTO t(id) VALUES(1)"), err) == RC_CONFLICT
               ? RC_OK
               : RC_BUG;
}

TEST(db_write, does_not_commit_a_job_that_passed_over_a_failed_statement)
{
    struct fixture f = fixture_open();
    struct db_job job = {.run = swallow};

    CHECK_RC(db_write(f.store, &job, &f.arena, &f.err), RC_BUG);
    CHECK_I64(fixture_i64(&f, "SELECT count(*) FROM t"), 0);
    fixture_close(&f);
}

static enum rc nest(struct db *db, void *arg, struct arena *a, struct err *err)
{
    int *deepest = arg;
    enum rc rc;

    (void)a;
    for (*deepest = 0;; ++*deepest) {
        rc = db_savepoint(db, err);
        if (rc != RC_OK)
            break;
    }
    for (int i = 0; i < *deepest; i++) {
        enum rc end = i % 2 ? db_release(db, err) : db_rollback_to(db, err);

        if (end != RC_OK)
            return end;
    }
    return rc == RC_LIMIT && db_release(db, err) == RC_BUG ? RC_OK : RC_BUG;
}

TEST(db_write, nests_sixteen_savepoints_and_refuses_one_too_many)
{
    struct fixture f = fixture_open();
    int deepest = 0;
    struct db_job job = {.run = nest, .arg = &deepest};

    CHECK_RC(db_write(f.store, &job, &f.arena, &f.err), RC_OK);
    CHECK_I64(deepest, 16);
    fixture_close(&f);
}

static enum rc leave_open(struct db *db, void *arg, struct arena *a,
                          struct err *err)
{
    (void)arg;
    (void)a;
    return db_savepoint(db, err);
}

TEST(db_write, refuses_a_job_that_leaves_a_savepoint_open)
{
    struct fixture f = fixture_open();
    struct db_job job = {.run = leave_open};

    CHECK_RC(db_write(f.store, &job, &f.arena, &f.err), RC_BUG);
    fixture_close(&f);
}

TEST(db_write, runs_each_job_twice_in_hostile_mode_but_not_one_marked_once)
{
    struct fixture f = fixture_open_file("hostile", true);
    struct row r = {.id = 1, .n = 1, .s = "a"};
    struct row o = {.id = 2, .n = 2, .s = "b"};
    struct db_job once = {.run = insert, .arg = &o, .once = true};

    CHECK_RC(write_row(&f, &r), RC_OK);
    CHECK_I64(r.runs, 2);
    CHECK_RC(db_write(f.store, &once, &f.arena, &f.err), RC_OK);
    CHECK_I64(o.runs, 1);
    CHECK_I64(fixture_i64(&f, "SELECT count(*) FROM t"), 2);
    // Without an ORDER BY the rows come otherwise than they lie.
    CHECK_I64(fixture_i64(&f, "SELECT id FROM t"), 2);
    fixture_close(&f);
}

static enum rc allocate(struct db *db, void *arg, struct arena *a,
                        struct err *err)
{
    char **p = arg;

    (void)db;
    (void)err;
    p[p[0] ? 1 : 0] = arena_alloc(a, 100);
    return RC_OK;
}

TEST(db_write, rewinds_the_arena_before_each_run)
{
    struct fixture f = fixture_open_file("arena", true);
    char *p[2] = {NULL, NULL};
    struct db_job job = {.run = allocate, .arg = p};
    size_t before;

    CHECK(arena_alloc(&f.arena, 10) != NULL); // a block to begin in
    before = f.arena.used;
    CHECK_RC(db_write(f.store, &job, &f.arena, &f.err), RC_OK);
    CHECK(p[0] == p[1]);
    CHECK(f.arena.used - before < 200);
    fixture_close(&f);
}

static enum rc write_inside(struct db *db, void *arg, struct arena *a,
                            struct err *err)
{
    struct db_job job = {.run = leave_open};

    (void)arg;
    return db_write(db_store_of(db), &job, a, err);
}

TEST(db_write, refuses_a_write_inside_a_write)
{
    struct fixture f = fixture_open();
    struct db_job job = {.run = write_inside};

    CHECK_RC(db_write(f.store, &job, &f.arena, &f.err), RC_BUG);
    fixture_close(&f);
}

TEST(db_write, does_not_let_a_job_end_the_transaction_or_set_pragmas)
{
    static const char *const SQL[] = {"COMMIT",
                                      "ROLLBACK",
                                      "SAVEPOINT x",
                                      "RELEASE p0",
                                      "PRAGMA foreign_keys=OFF",
                                      "PRAGMA writable_schema=ON",
                                      "ATTACH ':memory:' AS x",
                                      "UPDATE sqlite_master SET sql = ''",
                                      "SELECT load_extension('x')",
                                      "INSERT INTO t(id) VALUES(1); SELECT 1",
                                      "",
                                      "  ",
                                      "no sql at all"};
    struct fixture f = fixture_open();

    log_set_level(LOG_LEVEL_OFF);
    for (size_t i = 0; i < sizeof SQL / sizeof SQL[0]; i++) {
        CHECK_RC(fixture_exec(&f, SQL[i]), RC_BUG);
        CHECK(f.err.text[0] != 0);
    }
    log_set_level(LOG_LEVEL_INFO);
    CHECK_I64(fixture_i64(&f, "SELECT count(*) FROM t"), 0);
    fixture_close(&f);
}

struct waiting {
    struct fixture *f;
    sem_t inside, gate;
    enum rc rc;
};

static enum rc wait_there(struct db *db, void *arg, struct arena *a,
                          struct err *err)
{
    struct waiting *w = arg;

    (void)db;
    (void)a;
    (void)err;
    sem_post(&w->inside);
    sem_wait(&w->gate);
    return RC_OK;
}

static void *hold_the_writer(void *arg)
{
    struct waiting *w = arg;
    struct db_job job = {.run = wait_there, .arg = w};
    struct arena a;
    struct err err = ERR_INIT;

    arena_init(&a, 4096);
    w->rc = db_write(w->f->store, &job, &a, &err);
    arena_release(&a);
    return NULL;
}

TEST(db_write, gives_up_waiting_at_its_deadline_and_changes_nothing)
{
    struct fixture f = fixture_open();
    struct waiting w = {.f = &f};
    struct row r = {.id = 1, .n = 1, .s = "late"};
    struct db_job job = {.run = insert, .arg = &r};
    pthread_t thread;
    struct clock c = *clock_system();

    sem_init(&w.inside, 0, 0);
    sem_init(&w.gate, 0, 0);
    pthread_create(&thread, NULL, hold_the_writer, &w);
    sem_wait(&w.inside);
    job.deadline_ms = c.mono_ms(c.arg) + 20;
    CHECK_RC(db_write(f.store, &job, &f.arena, &f.err), RC_BUSY);
    sem_post(&w.gate);
    pthread_join(thread, NULL);
    CHECK_RC(w.rc, RC_OK);
    CHECK_I64(fixture_i64(&f, "SELECT count(*) FROM t"), 0);
    fixture_close(&f);
}

static void *write_one(void *arg)
{
    struct row *r = arg;
    struct fixture *f = (struct fixture *)(uintptr_t)r->n;
    struct row mine = {.id = r->id, .n = r->id, .s = "queued"};
    struct db_job job = {.run = insert, .arg = &mine};
    struct arena a;

    arena_init(&a, 4096);
    r->then = db_write(f->store, &job, &a, NULL);
    arena_release(&a);
    return NULL;
}

TEST(db_write, is_busy_when_too_many_wait)
{
    enum { QUEUE = 2, MORE = 5 };
    struct db_config config = {.path = fixture_path("queue"),
                               .clock = clock_system(),
                               .create = true,
                               .queue = QUEUE};
    struct fixture f = {.err = ERR_INIT};
    struct waiting w = {.f = &f};
    struct row rows[MORE];
    pthread_t threads[MORE + 1];
    int busy = 0, done = 0;

    arena_init(&f.arena, 1 << 20);
    CHECK_RC(db_open(&config, &f.store, &f.err), RC_OK);
    CHECK_RC(fixture_exec(&f, FIXTURE_TABLE), RC_OK);
    sem_init(&w.inside, 0, 0);
    sem_init(&w.gate, 0, 0);
    pthread_create(&threads[MORE], NULL, hold_the_writer, &w);
    sem_wait(&w.inside);
    for (int i = 0; i < MORE; i++) {
        rows[i] = (struct row){.id = i + 1, .n = (int64_t)(uintptr_t)&f};
        pthread_create(&threads[i], NULL, write_one, &rows[i]);
        usleep(5000); // the answer of the busy ones comes at once
    }
    sem_post(&w.gate);
    for (int i = 0; i <= MORE; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < MORE; i++) {
        busy += rows[i].then == RC_BUSY;
        done += rows[i].then == RC_OK;
    }
    CHECK_I64(done, QUEUE);
    CHECK_I64(busy, MORE - QUEUE);
    CHECK_I64(fixture_i64(&f, "SELECT count(*) FROM t"), QUEUE);
    fixture_close(&f);
}

/* ---- many threads ------------------------------------------------------ */

enum { THREADS = 8, EACH = 50 };

struct worker {
    struct fixture *f;
    int k, conflicts, done;
    bool alone;
};

static void *work(void *arg)
{
    struct worker *w = arg;
    struct arena a;
    struct err err = ERR_INIT;

    arena_init(&a, 1 << 16);
    for (int i = 0; i < EACH; i++) {
        struct row r = {.id = db_ids(w->f->store, 1), .n = i, .s = "shared"};
        struct db_job job = {
            .run = insert, .arg = &r, .alone = w->alone && i % 10 == 0};
        enum rc rc = db_write(w->f->store, &job, &a, &err);

        w->done += rc == RC_OK;
        w->conflicts += rc == RC_CONFLICT;
        arena_reset(&a);
    }
    arena_release(&a);
    return NULL;
}

TEST(db_write, groups_writes_of_many_threads_and_fails_only_the_guilty)
{
    struct fixture f = fixture_open();
    struct worker w[THREADS];
    pthread_t threads[THREADS];
    struct db_stats stats;
    int done = 0, conflicts = 0;

    for (int i = 0; i < THREADS; i++) {
        w[i] = (struct worker){.f = &f, .k = i, .alone = i % 2};
        pthread_create(&threads[i], NULL, work, &w[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        done += w[i].done;
        conflicts += w[i].conflicts;
    }
    CHECK_I64(done, EACH); // each n once, whoever came first
    CHECK_I64(conflicts, (THREADS - 1) * EACH);
    CHECK_I64(fixture_i64(&f, "SELECT count(*) FROM t"), EACH);
    db_stats(f.store, &stats);
    CHECK_I64(stats.jobs, THREADS * EACH + 2);
    CHECK(stats.commits <= stats.jobs);
    fixture_close(&f);
}

TEST(db_write, is_there_after_closing_and_opening_again)
{
    struct fixture f = fixture_open_file("reopen", false);
    struct row r = {.id = 77, .n = 1, .s = "kept"};
    struct db_config config = {.clock = clock_system()};
    char path[512];
    char wal[520];

    CHECK_RC(write_row(&f, &r), RC_OK);
    fixture_close(&f);
    snprintf(path, sizeof path, "%s/test_reopen.db", TEST_BUILD_DIR);
    snprintf(wal, sizeof wal, "%s-wal", path);
    CHECK(access(wal, F_OK) != 0); // a clean close leaves one file
    config.path = path;
    arena_init(&f.arena, 1 << 20);
    CHECK_RC(db_open(&config, &f.store, &f.err), RC_OK);
    CHECK_I64(fixture_i64(&f, "SELECT id FROM t"), 77);
    CHECK(db_ids(f.store, 1) > 77);
    fixture_close(&f);
}
