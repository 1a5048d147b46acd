/* Document numbers: patterns, years, the end of the digits. */
#include "record/sequence.h"

#include "fixture.h"

struct take {
    struct sequence_def def;
    int year, times;
    struct str out;
};

static enum rc take(struct db *db, void *arg, struct arena *a, struct err *err)
{
    struct take *t = arg;
    int i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < t->times; i++)
        rc = sequence_next(db, &t->def, t->year, a, &t->out, err);
    return rc;
}

static enum rc number(struct world *x, struct take *t)
{
    struct db_job job = {.run = take, .arg = t};

    return db_write(x->w.store, &job, &x->arena, &x->err);
}

static const char *one(struct world *x, const char *pattern, int year)
{
    struct take t = {{str_c(pattern), str_c(pattern), true}, year, 1, STR("")};

    CHECK_RC(number(x, &t), RC_OK);
    return str_cstr(&x->arena, t.out);
}

TEST(sequence, patterns_hold_year_and_digits)
{
    struct world x;

    world_open(&x);
    CHECK_CSTR(one(&x, "R-{year}-{0000}", 2026), "R-2026-0001");
    CHECK_CSTR(one(&x, "R-{year}-{0000}", 2026), "R-2026-0002");
    CHECK_CSTR(one(&x, "R-{year}-{0000}", 2027), "R-2027-0001");
    CHECK_CSTR(one(&x, "{000}/{year}", 7), "001/0007");
    CHECK_CSTR(one(&x, "plain", 2026), "plain1");
    CHECK_CSTR(one(&x, "", 2026), "1");
    CHECK_CSTR(one(&x, "{x}{0}{0}", 2026), "{x}1{0}");
    CHECK_CSTR(one(&x, "}{0", 2026), "}{01");
    world_close(&x);
}

TEST(sequence, used_up_digits_are_a_limit_and_take_nothing)
{
    struct world x;
    struct take t = {{STR("s"), STR("{0}"), false}, 2026, 9, STR("")};

    world_open(&x);
    CHECK_RC(number(&x, &t), RC_OK);
    CHECK_STR(t.out, "9");
    t.times = 1;
    CHECK_RC(number(&x, &t), RC_LIMIT);
    CHECK_STR(t.out, "9");
    CHECK_STR(world_sql(&x, "SELECT value FROM sys_seq WHERE name = 's'"), "9");
    world_close(&x);
}
