/* value: equality and copies of typed values. */
#include "base/value.h"

#include <math.h>

#include "base/arena.h"
#include "support/test.h"

static bool same(struct value a, struct value b)
{
    bool eq = value_eq(&a, &b);

    CHECK(value_eq(&b, &a) == eq);
    CHECK(value_eq(&a, &a) && value_eq(&b, &b));
    return eq;
}

static struct value money(int64_t minor, uint8_t scale, const char *cur,
                          int64_t base)
{
    struct value v = {
        .kind = V_MONEY, .scale = scale, .u.i = minor, .base = base};

    memcpy(v.cur, cur, 4);
    return v;
}

static struct value list(struct value *v, size_t n)
{
    return (struct value){.kind = V_LIST, .u.list = {v, n}};
}

TEST(value, of_different_kinds_are_never_equal)
{
    CHECK(!same(value_int(1), value_bool(true)));
    CHECK(!same(value_int(1), value_dec(1, 0)));
    CHECK(!same(value_int(0), VALUE_NULL));
    CHECK(!same(value_text(STR("")), VALUE_NULL));
    CHECK(!same(value_date(1), value_instant(1)));
    CHECK(same(VALUE_NULL, VALUE_NULL));
}

TEST(value, of_one_kind_compare_by_content)
{
    CHECK(same(value_int(7), value_int(7)));
    CHECK(!same(value_int(7), value_int(8)));
    CHECK(same(value_bool(true), value_bool(true)));
    CHECK(!same(value_bool(true), value_bool(false)));
    CHECK(same(value_text(STR("a")), value_text(STR("a"))));
    CHECK(!same(value_text(STR("a")), value_text(STR("A"))));
    CHECK(same(value_text(STR_NONE), value_text(STR(""))));
    CHECK(!same(value_date(1), value_date(2)));
    CHECK(!same(value_ref(1), value_ref(2)));
}

TEST(value, decimals_compare_exactly_across_scales)
{
    CHECK(same(value_dec(1250, 2), value_dec(12500, 3)));
    CHECK(!same(value_dec(1250, 2), value_dec(12501, 3)));
    CHECK(same(value_dec(0, 0), value_dec(0, 9)));
    CHECK(!same(value_dec(INT64_MAX, 0), value_dec(INT64_MAX, 9)));
}

TEST(value, money_is_its_amount_and_currency)
{
    CHECK(same(money(100, 2, "EUR", 5), money(100, 2, "EUR", 6)));
    CHECK(same(money(100, 2, "EUR", 5), money(1000, 3, "EUR", 5)));
    CHECK(!same(money(100, 2, "EUR", 5), money(100, 2, "USD", 5)));
    CHECK(!same(money(100, 2, "EUR", 5), money(101, 2, "EUR", 5)));
}

TEST(value, not_a_number_equals_itself_and_zeroes_are_one)
{
    struct value nan_v = {.kind = V_FLOAT, .u.f = NAN};
    struct value zero = {.kind = V_FLOAT, .u.f = 0.0};
    struct value minus = {.kind = V_FLOAT, .u.f = -0.0};

    CHECK(same(nan_v, nan_v));
    CHECK(!same(nan_v, zero));
    CHECK(same(zero, minus));
}

TEST(value, a_reference_to_anything_has_an_entity_and_a_duration_months)
{
    struct value a = {.kind = V_ANYREF, .ent = 1, .u.i = 5};
    struct value b = {.kind = V_ANYREF, .ent = 2, .u.i = 5};
    struct value c = {.kind = V_DUR, .ent = 1, .u.i = 5};
    struct value d = {.kind = V_DUR, .ent = 1, .u.i = 6};

    CHECK(!same(a, b));
    CHECK(!same(c, d));
    CHECK(same(a, a));
}

TEST(value, lists_compare_in_order)
{
    struct value ab[] = {value_text(STR("a")), value_text(STR("b"))};
    struct value ba[] = {value_text(STR("b")), value_text(STR("a"))};

    CHECK(same(list(ab, 2), list(ab, 2)));
    CHECK(!same(list(ab, 2), list(ba, 2)));
    CHECK(!same(list(ab, 2), list(ab, 1)));
    CHECK(same(list(NULL, 0), list(ab, 0)));
}

TEST(value, a_copy_outlives_its_source)
{
    struct arena a;
    char text[] = "won";
    struct value inner[] = {value_text(str_c(text)), value_int(3)};
    struct value outer[] = {list(inner, 2), VALUE_NULL};
    struct value v = list(outer, 2), copy = VALUE_NULL;

    arena_init(&a, 1 << 20);
    CHECK(value_copy(&a, &v, &copy));
    CHECK(value_eq(&v, &copy));
    text[0] = 'X';
    inner[1] = VALUE_NULL;
    CHECK(!value_eq(&v, &copy));
    CHECK_STR(copy.u.list.v[0].u.list.v[0].u.s, "won");
    CHECK_I64(copy.u.list.v[0].u.list.v[1].u.i, 3);
    arena_release(&a);
}

TEST(value, a_copy_that_fails_leaves_the_target)
{
    struct value inner[] = {value_text(STR("a text")),
                            value_text(STR("another"))};
    struct value v = list(inner, 2);
    size_t ceiling;
    bool done = false;

    for (ceiling = 0; !done; ceiling += 16) {
        struct arena a;
        struct value copy = value_int(4711);

        CHECK(ceiling < 1000);
        arena_init(&a, ceiling);
        done = value_copy(&a, &v, &copy);
        if (!done)
            CHECK_I64(copy.u.i, 4711);
        arena_release(&a);
    }
}
