#include "http/limit.h"

#include "base/clock.h"
#include "support/test.h"

static struct http_limit *make(struct clock_manual *clock, int burst,
                               int per_minute, size_t names)
{
    struct http_limit_def def = {burst, per_minute, names};
    struct http_limit *l = NULL;

    clock_manual_init(clock, 1000000);
    CHECK_RC(http_limit_new(&def, &clock->clock, &l, NULL), RC_OK);
    return l;
}

TEST(limit, gives_the_burst_then_says_how_long_to_wait)
{
    struct clock_manual clock;
    struct http_limit *l = make(&clock, 3, 6, 0);

    for (int i = 0; i < 3; i++)
        CHECK_I64(http_limit_take(l, STR("a")), 0);
    CHECK_I64(http_limit_take(l, STR("a")), 10);
    CHECK_I64(http_limit_take(l, STR("b")),
              0); /* another name, another bucket */
    clock.now += 9999;
    CHECK_I64(http_limit_take(l, STR("a")), 1);
    clock.now += 1;
    CHECK_I64(http_limit_take(l, STR("a")), 0);
    CHECK_I64(http_limit_take(l, STR("a")), 10);
    http_limit_free(l);
}

TEST(limit, never_holds_more_than_the_burst)
{
    struct clock_manual clock;
    struct http_limit *l = make(&clock, 2, 60, 0);

    CHECK_I64(http_limit_take(l, STR("a")), 0);
    clock.now += INT64_C(1000) * 86400 * 365 * 50;
    CHECK_I64(http_limit_take(l, STR("a")), 0);
    CHECK_I64(http_limit_take(l, STR("a")), 0);
    CHECK(http_limit_take(l, STR("a")) > 0);
    http_limit_free(l);
}

TEST(limit, a_look_takes_nothing)
{
    struct clock_manual clock;
    struct http_limit *l = make(&clock, 1, 1, 0);

    for (int i = 0; i < 5; i++)
        CHECK_I64(http_limit_peek(l, STR("a")), 0);
    CHECK_I64(http_limit_take(l, STR("a")), 0);
    CHECK_I64(http_limit_peek(l, STR("a")), 60);
    http_limit_free(l);
}

TEST(limit, a_success_starts_afresh)
{
    struct clock_manual clock;
    struct http_limit *l = make(&clock, 2, 1, 0);

    CHECK_I64(http_limit_take(l, STR("a")), 0);
    CHECK_I64(http_limit_take(l, STR("a")), 0);
    CHECK(http_limit_take(l, STR("a")) > 0);
    http_limit_clear(l, STR("a"));
    http_limit_clear(l, STR("never seen"));
    CHECK_I64(http_limit_take(l, STR("a")), 0);
    http_limit_free(l);
}

TEST(limit, a_clock_that_goes_back_gives_nothing_away)
{
    struct clock_manual clock;
    struct http_limit *l = make(&clock, 1, 1, 0);

    CHECK_I64(http_limit_take(l, STR("a")), 0);
    clock.now -= 500000;
    CHECK_I64(http_limit_take(l, STR("a")), 60);
    http_limit_free(l);
}

TEST(limit, a_flood_of_names_keeps_the_one_that_is_used_up)
{
    struct clock_manual clock;
    struct http_limit *l = make(&clock, 5, 1, 64);
    char name[32];

    for (int i = 0; i < 5; i++)
        CHECK_I64(http_limit_take(l, STR("victim")), 0);
    for (int i = 0; i < 10000; i++) {
        snprintf(name, sizeof name, "other%d", i);
        http_limit_take(l, str_c(name));
    }
    CHECK(http_limit_take(l, STR("victim")) > 0);
    http_limit_free(l);
}

TEST(limit, survives_any_failed_allocation)
{
    WITH_EACH_ALLOC_FAILING (i) {
        struct http_limit_def def = {1, 1, 8};
        struct http_limit *l = NULL;
        enum rc rc = http_limit_new(&def, clock_system(), &l, NULL);

        CHECK(rc == RC_OK || (rc == RC_NOMEM && l == NULL));
        http_limit_free(l);
    }
}
