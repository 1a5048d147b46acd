/* id: text form, time inside, and a generator that never repeats itself. */
#include "support/test.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/id.h"

static const int64_t EPOCH = 1735689600000; /* 2025-01-01 */

enum { UNTOUCHED = 4711 };

TEST(id, is_eleven_characters_of_crockford)
{
    char out[ID_TEXT_BYTES + 1];

    id_format(1, out);
    CHECK_CSTR(out, "00000000001");
    id_format(ID_MAX, out);
    CHECK_CSTR(out, "7zzzzzzzzzz");
    id_format(32, out);
    CHECK_CSTR(out, "00000000010");
    id_format(0x123456789ABCD, out);
    CHECK_CSTR(out, "0938nkrkayd");
}

TEST(id, reads_any_case_and_the_letters_people_confuse)
{
    int64_t got = UNTOUCHED;

    CHECK(id_parse(STR("7ZZZZZZZZZZ"), &got));
    CHECK_I64(got, ID_MAX);
    CHECK(id_parse(STR("oO0000000il"), &got));
    CHECK_I64(got, 33);
    CHECK(id_parse(STR("0000000000L"), &got));
    CHECK_I64(got, 1);
}

TEST(id, refuses_what_is_no_id)
{
    static const char *const BAD[] = {
        "",
        "0",
        "00000000000",
        "8zzzzzzzzzz",
        "zzzzzzzzzzz",
        "0000000001",
        "000000000001",
        "0000000000u",
        "0000000000U",
        "0000000000-",
        " 0000000001",
        "0000000000\x80",
        "+0000000001",
        "0000000000=",
    };
    int64_t got = UNTOUCHED;

    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++)
        CHECK(!id_parse(str_c(BAD[i]), &got));
    CHECK(!id_parse(STR("0000000001\0"), &got));
    CHECK(!id_parse(STR_NONE, &got));
    CHECK_I64(got, UNTOUCHED);
}

TEST(id, reads_back_what_it_writes)
{
    struct arena a;

    arena_init(&a, 1 << 16);
    for (int64_t id = 1; id <= ID_MAX / 7; id = id * 7 + 3) {
        int64_t back = UNTOUCHED;

        CHECK(id_parse(id_text(&a, id), &back));
        CHECK_I64(back, id);
    }
    arena_release(&a);
}

TEST(id, text_sorts_as_the_number_does)
{
    char a[ID_TEXT_BYTES + 1];
    char b[ID_TEXT_BYTES + 1];

    for (int64_t id = 1; id < ID_MAX / 3; id = id * 3 + 1) {
        id_format(id, a);
        id_format(id + 1, b);
        CHECK(strcmp(a, b) < 0);
    }
}

TEST(id, holds_its_wall_time)
{
    const int64_t now = EPOCH + 86400000;

    CHECK_I64(id_wall_ms(id_first_at(now, 0)), now);
    CHECK_I64(id_wall_ms(id_first_at(now, 31)), now);
    CHECK(id_first_at(now, 31) < id_first_at(now + 1, 0));
    CHECK(id_first_at(now, 0) < id_first_at(now, 1));
    CHECK_I64(id_first_at(0, 0), 0);
    CHECK_I64(id_first_at(INT64_MIN, 0), 0);
    CHECK(id_first_at(INT64_MAX, 31) <= ID_MAX);
}

TEST(idgen, rises_within_a_millisecond_and_runs_ahead_of_the_clock)
{
    struct clock_manual clock;
    struct idgen *g;
    int64_t last = 0;

    clock_manual_init(&clock, EPOCH + 1000);
    g = idgen_new(&clock.clock, 3, 0);
    CHECK(g != NULL);
    for (int i = 0; i < 1000; i++) {
        int64_t id = idgen_take(g, 1);

        CHECK(id > last && id <= ID_MAX);
        last = id;
    }
    CHECK_I64(id_wall_ms(last), EPOCH + 1000 + 999 / 128);
    clock.now += 5000; // and falls back in step once the clock is ahead
    CHECK_I64(id_wall_ms(idgen_take(g, 1)), clock.now);
    idgen_free(g);
}

TEST(idgen, begins_above_the_largest_id_whatever_clock_and_node_say)
{
    struct clock_manual clock;
    int64_t above = id_plus(id_first_at(EPOCH + 9000, 31), 127);
    struct idgen *g;

    clock_manual_init(&clock, EPOCH - 1); // a wrong clock
    g = idgen_new(&clock.clock, 0, above);
    CHECK(g != NULL);
    CHECK(idgen_take(g, 1) > above);
    idgen_free(g);

    clock.now = EPOCH + 20000; // a right one: its time wins
    g = idgen_new(&clock.clock, 0, above);
    CHECK(g != NULL);
    CHECK_I64(idgen_take(g, 1), id_first_at(EPOCH + 20000, 0));
    idgen_free(g);
}

TEST(idgen, never_hands_out_zero)
{
    struct clock_manual clock;
    struct idgen *g;

    clock_manual_init(&clock, EPOCH);
    g = idgen_new(&clock.clock, 0, 0);
    CHECK(g != NULL);
    CHECK(idgen_take(g, 1) > 0);
    idgen_free(g);
    g = idgen_new(&clock.clock, 0, -5);
    CHECK(g != NULL);
    CHECK(idgen_take(g, 1) > 0);
    idgen_free(g);
}

TEST(idgen, a_run_of_ids_is_its_callers_alone)
{
    struct clock_manual clock;
    struct idgen *g;
    int64_t first;
    int64_t last;

    clock_manual_init(&clock, EPOCH + 1000);
    g = idgen_new(&clock.clock, 31, 0);
    CHECK(g != NULL);
    idgen_take(g, 100);
    first = idgen_take(g, 300); // over three milliseconds
    last = first;
    for (int k = 1; k < 300; k++) {
        CHECK(id_plus(first, k) > last);
        last = id_plus(first, k);
        CHECK_I64(last >> 7 & 31, 31); // still this node's
    }
    CHECK(idgen_take(g, 1) > last);
    CHECK_I64(id_plus(first, 0), first);
    idgen_free(g);
}

TEST(idgen, says_zero_when_the_milliseconds_are_used_up)
{
    struct clock_manual clock;
    struct idgen *g;

    clock_manual_init(&clock, EPOCH);
    g = idgen_new(&clock.clock, 31, ID_MAX);
    CHECK(g != NULL);
    CHECK_I64(idgen_take(g, 1), 0);
    idgen_free(g);

    g = idgen_new(&clock.clock, 31, ID_MAX - 4096);
    CHECK(g != NULL);
    CHECK(idgen_take(g, 127) > 0);
    CHECK_I64(idgen_take(g, 2), 0);
    CHECK_I64(idgen_take(g, 1), ID_MAX);
    CHECK_I64(idgen_take(g, 1), 0);
    idgen_free(g);

    clock.now = INT64_MAX;
    g = idgen_new(&clock.clock, 0, 0);
    CHECK(g != NULL);
    CHECK_I64(idgen_take(g, 1), 0);
    idgen_free(g);
}

enum { THREADS = 4, TAKES = 3000 };

struct taker {
    struct idgen *g;
    int64_t ids[TAKES];
};

static void *take_many(void *arg)
{
    struct taker *t = arg;

    for (int i = 0; i < TAKES; i++)
        t->ids[i] = idgen_take(t->g, 1 + i % 3);
    return NULL;
}

static int by_id(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

TEST(idgen, is_unique_over_threads_and_rises_in_each)
{
    static struct taker takers[THREADS];
    static int64_t all[THREADS * TAKES * 2];
    struct clock_manual clock;
    pthread_t threads[THREADS];
    struct idgen *g;
    size_t n = 0;

    clock_manual_init(&clock, EPOCH + 1000);
    g = idgen_new(&clock.clock, 5, 0);
    CHECK(g != NULL);
    for (int t = 0; t < THREADS; t++) {
        takers[t].g = g;
        CHECK(pthread_create(&threads[t], NULL, take_many, &takers[t]) == 0);
    }
    for (int t = 0; t < THREADS; t++)
        CHECK(pthread_join(threads[t], NULL) == 0);

    for (int t = 0; t < THREADS; t++) {
        for (int i = 0; i < TAKES; i++) {
            CHECK(i == 0 || takers[t].ids[i] > takers[t].ids[i - 1]);
            for (int k = 0; k < 1 + i % 3; k++)
                all[n++] = id_plus(takers[t].ids[i], k);
        }
    }
    qsort(all, n, sizeof all[0], by_id);
    for (size_t i = 1; i < n; i++)
        CHECK(all[i] > all[i - 1]);
    // nothing was left out either: the counter went on by one each time
    CHECK_I64(id_plus(all[0], (int)n - 1), all[n - 1]);
    idgen_free(g);
}

TEST(idgen, survives_any_failed_allocation)
{
    WITH_EACH_ALLOC_FAILING (i) {
        struct clock_manual clock;
        struct idgen *g;

        clock_manual_init(&clock, EPOCH);
        g = idgen_new(&clock.clock, 0, 0);
        if (g != NULL)
            CHECK(idgen_take(g, 1) > 0);
        idgen_free(g);
    }
}
