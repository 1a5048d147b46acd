/* The search tables are merged while nobody writes; hits stay what they are. */
#include <stdio.h>
#include <time.h>

#include "db/ddl.h"
#include "db/search.h"
#include "fixture.h"

enum { PERSON = 7, GROUPS = 24, AT_REST = 4, WAIT_MS = 5000 };

static const int NEVER_MS = 1 << 30;

static enum rc make(struct db *db, void *arg, struct arena *a, struct err *err)
{
    (void)arg;
    (void)a;
    return ddl_create_search(db, err);
}

static struct fixture open_at(const char *path, int quiet_ms)
{
    struct fixture f = {.err = ERR_INIT};
    struct db_config config = {.path = path,
                               .clock = clock_system(),
                               .create = true,
                               .quiet_ms = quiet_ms};
    struct db_job job = {.run = make};

    arena_init(&f.arena, 1 << 20);
    CHECK_RC(db_open(&config, &f.store, &f.err), RC_OK);
    CHECK_RC(db_write(f.store, &job, &f.arena, &f.err), RC_OK);
    return f;
}

/* "person 12" */
static struct str text_of(struct arena *a, int64_t id)
{
    return str_fmt(a, "person p%lld\nperson p%lld", (long long)id,
                   (long long)id);
}

struct put {
    int64_t id;
    bool leaves;
};

static enum rc put_one(struct db *db, void *arg, struct arena *a,
                       struct err *err)
{
    const struct put *p = arg;
    struct str text = text_of(a, p->id);

    return search_put(db, p->id, PERSON, p->leaves ? text : STR_NONE,
                      p->leaves ? STR_NONE : text, err);
}

static void put(struct fixture *f, int64_t id, bool leaves)
{
    struct put p = {id, leaves};
    struct db_job job = {.run = put_one, .arg = &p};

    CHECK_RC(db_write(f->store, &job, &f->arena, &f->err), RC_OK);
}

/* Each in a transaction of its own. */
static void fill(struct fixture *f, int64_t from, int64_t to)
{
    for (int64_t id = from; id <= to; id++)
        put(f, id, false);
}

static int64_t segments(struct fixture *f, const char *table)
{
    char sql[80];

    snprintf(sql, sizeof sql, "SELECT count(DISTINCT segid) FROM %s_idx",
             table);
    return fixture_i64(f, sql);
}

static size_t find(struct fixture *f, const char *query,
                   struct search_hit **hits)
{
    struct db *db = NULL;
    size_t n = 0;

    CHECK_RC(db_read_begin(f->store, NULL, &db, &f->err), RC_OK);
    CHECK_RC(search_find(db, str_c(query), NULL, 0, 100, &f->arena, hits, &n,
                         &f->err),
             RC_OK);
    db_read_end(db);
    return n;
}

/* `from` to `to` are found, newest first, by a word, a prefix and a part. */
static void check_found(struct fixture *f, int64_t from, int64_t to)
{
    static const char *const QUERIES[] = {"person", "perso", "erso"};

    for (size_t i = 0; i < sizeof QUERIES / sizeof QUERIES[0]; i++) {
        struct arena_mark mark = arena_mark(&f->arena);
        struct search_hit *hits = NULL;
        size_t n = find(f, QUERIES[i], &hits);

        CHECK_I64((int64_t)n, to - from + 1);
        for (size_t k = 0; k < n; k++)
            CHECK_I64(hits[k].id, to - (int64_t)k);
        arena_rewind(&f->arena, mark);
    }
}

static void pause_ms(long ms)
{
    const struct timespec t = {0, ms * 1000000L};

    (void)nanosleep(&t, NULL);
}

/* Until both tables are at rest; hits are looked at all along. */
static void await_rest(struct fixture *f, int64_t from, int64_t to)
{
    int ms;

    for (ms = 0; ms < WAIT_MS; ms++) {
        if (segments(f, "s_all") < AT_REST && segments(f, "s_word") < AT_REST)
            break;
        check_found(f, from, to);
        pause_ms(1);
    }
    CHECK(ms < WAIT_MS);
    check_found(f, from, to);
}

TEST(merge, segments_gather_while_one_writes)
{
    struct fixture f = open_at(fixture_path("gather"), NEVER_MS);

    fill(&f, 1, GROUPS);
    CHECK_I64(segments(&f, "s_all"), GROUPS);
    CHECK_I64(segments(&f, "s_word"), GROUPS);
    check_found(&f, 1, GROUPS);
    fixture_close(&f);
}

TEST(merge, a_writer_that_is_never_quiet_merges_as_it_writes)
{
    struct fixture f = open_at(fixture_path("busy"), NEVER_MS);

    fill(&f, 1, 90);
    CHECK(segments(&f, "s_all") < 64);
    check_found(&f, 1, 90);
    fixture_close(&f);
}

TEST(merge, a_quiet_writer_merges_and_the_hits_stay)
{
    struct fixture f = open_at(fixture_path("quiet"), NEVER_MS);

    fill(&f, 1, GROUPS);
    put(&f, GROUPS, true);
    put(&f, GROUPS, false);
    put(&f, 1, true);
    fixture_close(&f);

    f = open_at(fixture_path_kept("quiet"), 1); // by whoever opens it next
    await_rest(&f, 2, GROUPS);
    CHECK_RC(db_verify(f.store, &f.err), RC_OK);
    fixture_close(&f);
}

TEST(merge, writes_come_between_and_are_found)
{
    struct fixture f = open_at(fixture_path("between"), 1);

    for (int64_t id = 1; id <= GROUPS; id++) {
        put(&f, id, false);
        check_found(&f, 1, id);
        pause_ms(id % 4);
    }
    await_rest(&f, 1, GROUPS);
    CHECK_RC(db_verify(f.store, &f.err), RC_OK);
    fixture_close(&f);
}

TEST(merge, nothing_is_merged_where_nothing_is_searched)
{
    struct db_config config = {.path = fixture_path("bare"),
                               .clock = clock_system(),
                               .create = true,
                               .quiet_ms = 1};
    struct fixture f = {.err = ERR_INIT};

    arena_init(&f.arena, 1 << 20);
    CHECK_RC(db_open(&config, &f.store, &f.err), RC_OK);
    pause_ms(5);
    CHECK_RC(fixture_exec(&f, FIXTURE_TABLE), RC_OK);
    fixture_close(&f);
}
