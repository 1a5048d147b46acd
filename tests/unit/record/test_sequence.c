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

struct pass {
    const char *pattern, *number;
    bool per_year;
};

static enum rc pass(struct db *db, void *arg, struct arena *a, struct err *err)
{
    const struct pass *p = arg;
    struct sequence_def def = {str_c(p->pattern), str_c(p->pattern),
                               p->per_year};

    (void)a;
    return sequence_pass(db, &def, str_c(p->number), err);
}

static void came(struct world *x, const char *pattern, const char *number)
{
    struct pass p = {pattern, number, true};
    struct db_job job = {.run = pass, .arg = &p};

    CHECK_RC(db_write(x->w.store, &job, &x->arena, &x->err), RC_OK);
}

TEST(sequence, a_number_that_came_along_is_not_given_again)
{
    static const char R[] = "R-{year}-{0000}";
    struct world x;

    world_open(&x);
    came(&x, R, "R-2026-0041");
    CHECK_CSTR(one(&x, R, 2026), "R-2026-0042");
    came(&x, R, "R-2026-0007"); /* an older one */
    CHECK_CSTR(one(&x, R, 2026), "R-2026-0043");
    CHECK_CSTR(one(&x, R, 2027), "R-2027-0001");
    came(&x, "{000}/{year}", "012/2026");
    CHECK_CSTR(one(&x, "{000}/{year}", 2026), "013/2026");
    world_close(&x);
}

TEST(sequence, a_text_of_another_pattern_moves_nothing)
{
    static const char *const OTHERS[] = {"",
                                         "R-2026-",
                                         "R-2026-00041",
                                         "R-26-0041",
                                         "R-2026-04a",
                                         "X-2026-0041",
                                         "R-2026-0041 ",
                                         "r-2026-0041",
                                         "R--0041",
                                         "R-2026-99999999999999999999999",
                                         "{year}"};
    struct world x;
    size_t i;

    world_open(&x);
    for (i = 0; i < sizeof OTHERS / sizeof OTHERS[0]; i++)
        came(&x, "R-{year}-{0000}", OTHERS[i]);
    came(&x, "plain{000}", "plain");
    CHECK_CSTR(one(&x, "R-{year}-{0000}", 2026), "R-2026-0001");
    CHECK_CSTR(one(&x, "plain{000}", 2026), "plain001");
    world_close(&x);
}
