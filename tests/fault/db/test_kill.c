/*
 * kill -9 of a process that writes from several threads: what it said was
 * written is there, and the file is whole.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "db/db.h"
#include "support/test.h"

enum { KILLS = 20, WRITERS = 4 };

struct writer {
    struct db_store *store;
    int out; /* an id, 8 bytes, after each acknowledged write */
};

static enum rc insert(struct db *db, void *arg, struct arena *a,
                      struct err *err)
{
    struct db_stmt *st = NULL;
    enum rc rc = db_prepare(
        db, STR("INSERT INTO w(id, twice) VALUES(?1, ?1 * 2)"), &st, err);

    (void)a;
    if (rc != RC_OK)
        return rc;
    db_bind_i64(st, 1, *(int64_t *)arg);
    rc = db_step_done(st, err);
    db_stmt_release(st);
    return rc;
}

static enum rc create(struct db *db, void *arg, struct arena *a,
                      struct err *err)
{
    (void)arg;
    (void)a;
    return db_exec(db,
                   STR("CREATE TABLE IF NOT EXISTS w(id INTEGER PRIMARY KEY,"
                       " twice INTEGER) STRICT"),
                   err);
}

static void *write_on(void *arg)
{
    struct writer *w = arg;
    struct arena a;

    arena_init(&a, 1 << 16);
    for (;;) {
        int64_t id = db_ids(w->store, 1);
        struct db_job job = {.run = insert, .arg = &id};

        if (db_write(w->store, &job, &a, NULL) != RC_OK ||
            write(w->out, &id, sizeof id) != sizeof id)
            _exit(3);
    }
    return NULL;
}

static void child(const char *path, int out)
{
    struct db_config config = {
        .path = path, .clock = clock_system(), .create = true};
    struct writer w = {.out = out};
    struct db_job make = {.run = create};
    struct arena a;
    pthread_t t;

    arena_init(&a, 1 << 16);
    if (db_open(&config, &w.store, NULL) != RC_OK ||
        db_write(w.store, &make, &a, NULL) != RC_OK)
        _exit(4);
    for (int i = 0; i < WRITERS; i++)
        pthread_create(&t, NULL, write_on, &w);
    pause();
    _exit(5);
}

static int64_t count(struct db_store *store, const char *sql, int64_t id)
{
    struct db *db = NULL;
    struct db_stmt *st = NULL;
    int64_t n;

    CHECK_RC(db_read_begin(store, NULL, &db, NULL), RC_OK);
    CHECK_RC(db_prepare(db, str_c(sql), &st, NULL), RC_OK);
    db_bind_i64(st, 1, id);
    CHECK_RC(db_step_row(st, NULL), RC_OK);
    n = db_col_i64(st, 0);
    db_read_end(db);
    return n;
}

static void check_all(const char *path, const int64_t *ids, size_t n)
{
    struct db_config config = {.path = path, .clock = clock_system()};
    struct db_store *store = NULL;
    struct err err = ERR_INIT;

    CHECK_RC(db_open(&config, &store, &err), RC_OK);
    CHECK_RC(db_verify(store, &err), RC_OK);
    for (size_t i = 0; i < n; i++)
        CHECK_I64(count(store, "SELECT count(*) FROM w WHERE id = ?1", ids[i]),
                  1);
    CHECK_I64(count(store, "SELECT count(*) FROM w WHERE twice <> id * ?1", 2),
              0);
    db_close(store);
}

TEST(db_kill, loses_nothing_that_was_acknowledged)
{
    enum { IDS = 200000 };
    char path[512];
    int64_t *ids = malloc(IDS * sizeof *ids);
    size_t n = 0;
    unsigned seed = 1;

    CHECK(ids != NULL);
    snprintf(path, sizeof path, "%s/kill.db", test_tmpdir());
    for (int k = 0; k < KILLS; k++) {
        int ends[2], status = 0;
        pid_t pid;

        CHECK(pipe(ends) == 0);
        pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
            close(ends[0]);
            child(path, ends[1]);
        }
        close(ends[1]);
        CHECK(read(ends[0], &ids[n], sizeof ids[n]) == sizeof ids[n]);
        n++;
        seed = seed * 1103515245u + 12345u;
        usleep(2000 + seed / 65536 % 60000);
        kill(pid, SIGKILL);
        while (n < IDS &&
               read(ends[0], &ids[n], sizeof ids[n]) == (ssize_t)sizeof ids[n])
            n++;
        close(ends[0]);
        CHECK(waitpid(pid, &status, 0) == pid);
        CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        check_all(path, ids, n);
    }
    CHECK(n > KILLS);
    free(ids);
}
