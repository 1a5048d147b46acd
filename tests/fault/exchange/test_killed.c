/*
 * kill -9 amid an import: what was told as done is there and found, each chunk
 * whole or not at all, with its journal and its search texts.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "db/search.h"
#include "exchange/exchange.h"
#include "support/test.h"
#include "support/workspace_fixture.h"

enum { KILLS = 6, CHUNKS = 6, ROWS = CHUNKS * LIMIT_IMPORT_CHUNK };

static const char THING[] =
    "<entity name=\"thing\" search=\"name\"><field name=\"name\"/></entity>";

static bool tell(void *arg, int64_t done, int64_t total)
{
    (void)total;
    return write(*(const int *)arg, &done, sizeof done) == sizeof done;
}

static struct str csv_of(struct arena *a)
{
    struct buf b;
    struct str out = STR_NONE;
    int i;

    buf_init(&b, 16 << 20);
    buf_adds(&b, "name\n");
    for (i = 1; i <= ROWS; i++)
        buf_addf(&b, "name %05d\n", i);
    if (buf_finish(&b, a, &out, NULL) != RC_OK)
        _exit(6);
    return out;
}

static void child(const char *path, int out)
{
    struct db_config config = {.path = path, .create = true, .quiet_ms = 1};
    struct workspace w;
    struct model_slot *slot = model_slot_new();
    struct principal who = principal_system(SOURCE_IMPORT);
    struct import_progress progress = {tell, &out};
    struct import_report report = {0};
    const struct import_map *map = NULL;
    const struct entity *e;
    struct record_ctx ctx;
    struct issues issues;
    struct arena a;

    workspace_open_on(&w, &config);
    if (workspace_put_xml(&w, "u", THING) != RC_OK)
        _exit(3);
    model_ref(w.model);
    model_slot_publish(slot, (struct model *)(uintptr_t)w.model);
    ctx = (struct record_ctx){
        .store = w.store, .slot = slot, .who = &who, .clock = &w.clock->clock};
    arena_init(&a, 256 << 20);
    issues_init(&issues, &a);
    e = model_entity(w.model, STR("u:thing"));
    if (import_map_parse(w.model, e, STR(""), &a, &issues, &map, NULL) !=
            RC_OK ||
        import_csv(&ctx, e, map, csv_of(&a), false, &progress, &a, &report,
                   &issues, NULL) != RC_OK)
        _exit(4);
    pause();
    _exit(5);
}

static int64_t count(struct db *db, const char *sql)
{
    struct db_stmt *st = NULL;
    int64_t n;

    CHECK_RC(db_prepare(db, str_c(sql), &st, NULL), RC_OK);
    CHECK_RC(db_step_row(st, NULL), RC_OK);
    n = db_col_i64(st, 0);
    db_stmt_release(st);
    return n;
}

static bool is_found(struct db *db, struct arena *a, int64_t row)
{
    struct search_hit *v = NULL;
    size_t n = 0;
    char text[20];

    snprintf(text, sizeof text, "ame %05lld", (long long)row);
    CHECK_RC(search_find(db, str_c(text), NULL, 0, 10, a, &v, &n, NULL), RC_OK);
    return n == 1;
}

static void check(const char *path, int64_t acked)
{
    struct db_config config = {.path = path, .clock = clock_system()};
    struct db_store *store = NULL;
    struct db *db = NULL;
    struct err err = ERR_INIT;
    struct arena a;
    int64_t n;

    arena_init(&a, 16 << 20);
    CHECK_RC(db_open(&config, &store, &err), RC_OK);
    CHECK_RC(db_verify(store, &err), RC_OK);
    CHECK_RC(db_read_begin(store, NULL, &db, &err), RC_OK);
    n = count(db, "SELECT count(*) FROM u_thing");
    CHECK(n >= acked);
    CHECK_I64(count(db, "SELECT count(*) FROM sys_chg c JOIN u_thing t ON "
                        "t.id = c.rec"),
              n);
    CHECK_I64(count(db, "SELECT coalesce(sum(n), 0) FROM sys_txn WHERE source "
                        "= 'import'"),
              n);
    CHECK_I64(count(db, "SELECT count(*) FROM s_ent"), n);
    CHECK(n == 0 || (is_found(db, &a, 1) && is_found(db, &a, n)));
    CHECK(!is_found(db, &a, n + 1));
    db_read_end(db);
    db_close(store);
    arena_release(&a);
}

TEST(import_killed, each_chunk_is_there_whole_or_not_at_all)
{
    char path[512];

    snprintf(path, sizeof path, "%s/import_killed.db", test_tmpdir());
    for (int k = 0; k < KILLS; k++) {
        int ends[2], status = 0;
        int64_t acked = 0, last = 0, wait_for = k % CHUNKS;
        pid_t pid;

        unlink(path);
        CHECK(pipe(ends) == 0);
        pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
            close(ends[0]);
            child(path, ends[1]);
        }
        close(ends[1]);
        for (int64_t i = 0; i < wait_for; i++)
            CHECK(read(ends[0], &acked, sizeof acked) == sizeof acked);
        usleep((useconds_t)(k * 7000));
        kill(pid, SIGKILL);
        while (read(ends[0], &last, sizeof last) == (ssize_t)sizeof last)
            acked = last;
        close(ends[0]);
        CHECK(waitpid(pid, &status, 0) == pid);
        CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        if (wait_for > 0)
            check(path, acked);
    }
}
