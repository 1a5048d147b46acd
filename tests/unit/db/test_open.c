/* What db_open makes, and what it refuses. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/id.h"
#include "fixture.h"
#include "support/raw_sqlite.h"

static enum rc open_path(const char *path, bool create, struct db_store **out,
                         struct err *err)
{
    struct db_config config = {
        .path = path, .clock = clock_system(), .create = create};

    return db_open(&config, out, err);
}

TEST(db_open, makes_a_file_for_its_owner_alone)
{
    const char *path = fixture_path("mode");
    struct db_store *store = NULL;
    struct err err = ERR_INIT;
    struct stat st;

    CHECK_RC(open_path(path, true, &store, &err), RC_OK);
    CHECK(stat(path, &st) == 0);
    CHECK_I64(st.st_mode & 0777, 0600);
    db_close(store);
    CHECK(chmod(path, 0644) == 0);
    log_set_level(LOG_LEVEL_OFF);
    CHECK_RC(open_path(path, false, &store, &err), RC_OK);
    log_set_level(LOG_LEVEL_INFO);
    CHECK(stat(path, &st) == 0);
    CHECK_I64(st.st_mode & 0777, 0600);
    db_close(store);
    db_close(NULL);
    CHECK_I64(raw_sqlite_i64(path, "PRAGMA application_id"), 0x50475245);
}

TEST(db_open, leaves_no_file_behind_for_a_store_in_memory)
{
    for (int i = 0; i < 3; i++) {
        struct fixture f = fixture_open();

        CHECK_I64(fixture_i64(&f, "SELECT count(*) FROM t"), 0);
        fixture_close(&f);
    }
}

TEST(db_open, refuses_what_is_no_workspace)
{
    const char *path = fixture_path("foreign");
    struct db_store *store = NULL;
    struct err err = ERR_INIT;
    FILE *file;

    CHECK_RC(open_path(path, false, &store, &err), RC_NOTFOUND);
    CHECK_RC(open_path("/", false, &store, &err), RC_IO);
    CHECK_RC(open_path("/no/such/folder/x.db", true, &store, &err),
             RC_NOTFOUND);
    CHECK_RC(open_path("", true, &store, &err), RC_NOTFOUND);
    raw_sqlite_exec(path, "CREATE TABLE x(y); INSERT INTO x VALUES(1)");
    log_set_level(LOG_LEVEL_OFF);
    CHECK_RC(open_path(path, false, &store, &err), RC_IO);
    log_set_level(LOG_LEVEL_INFO);
    CHECK_HAS(err.text, "not a workspace");
    file = fopen(path, "w");
    CHECK(file != NULL);
    for (int i = 0; i < 3000; i++)
        fputs("this is no database, ", file);
    fclose(file);
    CHECK_RC(open_path(path, false, &store, &err), RC_IO);
    CHECK(store == NULL);
    unlink(path);
}

TEST(db_open, refuses_planted_triggers_views_and_newer_formats)
{
    static const char *const PLANTED[] = {
        "CREATE TRIGGER bad AFTER INSERT ON t BEGIN DELETE FROM t; END",
        "CREATE VIEW bad AS SELECT * FROM t",
        "CREATE VIRTUAL TABLE bad USING fts5(x)", "PRAGMA user_version=99"};
    struct err err = ERR_INIT;

    for (size_t i = 0; i < sizeof PLANTED / sizeof PLANTED[0]; i++) {
        struct fixture f = fixture_open_file("planted", false);
        struct db_store *store = NULL;
        char path[512];

        snprintf(path, sizeof path, "%s/test_planted.db", TEST_BUILD_DIR);
        fixture_close(&f);
        raw_sqlite_exec(path, PLANTED[i]);
        CHECK_RC(open_path(path, false, &store, &err), RC_IO);
        CHECK(store == NULL);
    }
}

TEST(db_open, notices_damage)
{
    struct fixture f = fixture_open_file("damaged", false);
    struct db_store *store = NULL;
    struct err err = ERR_INIT;
    char path[512];
    FILE *file;

    for (int i = 0; i < 50; i++)
        CHECK_RC(fixture_exec(&f, "INSERT INTO t(b) VALUES(zeroblob(3000))"),
                 RC_OK);
    snprintf(path, sizeof path, "%s/test_damaged.db", TEST_BUILD_DIR);
    fixture_close(&f);
    file = fopen(path, "r+");
    CHECK(file != NULL);
    fseek(file, 3 * 4096, SEEK_SET);
    for (int i = 0; i < 4096; i++)
        fputc(0xA5, file);
    fclose(file);
    CHECK_RC(open_path(path, false, &store, &err), RC_IO);
    CHECK_HAS(err.text, "damaged");
}

TEST(db_open, gives_ids_above_the_largest_even_when_the_clock_went_back)
{
    struct fixture f = fixture_open_file("ids", false);
    struct clock_manual past;
    struct db_config config = {.clock = &past.clock};
    const int64_t later = id_first_at(2208988800000, 0); // 2040
    char path[512], sql[80];

    snprintf(sql, sizeof sql, "INSERT INTO t(id) VALUES(%lld)",
             (long long)later);
    CHECK_RC(fixture_exec(&f, sql), RC_OK);
    CHECK_RC(fixture_exec(&f, "CREATE TABLE u(id TEXT PRIMARY KEY) STRICT"),
             RC_OK);
    fixture_close(&f);
    clock_manual_init(&past, 1735689600001);
    snprintf(path, sizeof path, "%s/test_ids.db", TEST_BUILD_DIR);
    config.path = path;
    CHECK_RC(db_open(&config, &f.store, &f.err), RC_OK);
    CHECK(db_ids(f.store, 5) > later);
    fixture_close(&f);
}

struct pairs {
    struct fixture *f;
    atomic_bool stop;
};

/* Rows come in twos: a copy of one moment holds an even number. */
static void *write_pairs(void *arg)
{
    struct pairs *p = arg;
    struct fixture mine = {.store = p->f->store, .err = ERR_INIT};

    arena_init(&mine.arena, 4096);
    while (!atomic_load(&p->stop))
        CHECK_RC(fixture_exec(&mine, "INSERT INTO t(b) VALUES"
                                     "(zeroblob(3000)), (zeroblob(3000))"),
                 RC_OK);
    arena_release(&mine.arena);
    return NULL;
}

TEST(db_backup, copies_one_moment_while_others_write)
{
    struct fixture f = fixture_open_file("backed_up", false);
    struct pairs p = {.f = &f};
    struct db_store *copy = NULL;
    struct stat st;
    pthread_t thread;
    char path[512];
    int64_t n;

    CHECK_RC(fixture_exec(&f, "INSERT INTO t(b) VALUES(zeroblob(2000000)),"
                              " (zeroblob(2000000))"),
             RC_OK);
    pthread_create(&thread, NULL, write_pairs, &p);
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s", fixture_path("copy"));
        CHECK_RC(db_backup(f.store, path, &f.err), RC_OK);
        CHECK(stat(path, &st) == 0);
        CHECK_I64(st.st_mode & 0777, 0600);
        CHECK_RC(open_path(path, false, &copy, &f.err), RC_OK);
        CHECK_RC(db_verify(copy, &f.err), RC_OK);
        db_close(copy);
        n = raw_sqlite_i64(path, "SELECT count(*) FROM t");
        CHECK(n >= 2 && n % 2 == 0);
    }
    atomic_store(&p.stop, true);
    pthread_join(thread, NULL);
    CHECK_RC(db_backup(f.store, path, &f.err), RC_CONFLICT);
    CHECK_RC(db_backup(f.store, "/no/such/folder/copy.db", &f.err),
             RC_NOTFOUND);
    fixture_close(&f);
}

TEST(db_open, survives_any_failed_allocation)
{
    WITH_EACH_ALLOC_FAILING (i) {
        struct db_store *store = NULL;
        struct err err = ERR_INIT;
        enum rc rc = db_open_memory(clock_system(), &store, &err);

        CHECK(rc == RC_OK || rc == RC_NOMEM);
        CHECK(rc == RC_OK || store == NULL);
        db_close(store);
    }
}
