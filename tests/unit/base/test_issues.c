/* issues: everything a user got wrong. */
#include "base/issues.h"

#include "base/arena.h"
#include "base/utf8.h"
#include "support/test.h"

TEST(issues, keeps_path_code_and_sentence)
{
    struct arena a;
    struct issues is;
    char field[] = "email";

    arena_init(&a, 1 << 20);
    issues_init(&is, &a);
    CHECK(!issues_any(&is));
    issues_add(&is, str_c(field), "invalid_email", "\"%s\" is no address.",
               "x@");
    field[0] = '!';
    CHECK(issues_any(&is));
    CHECK(is.n == 1);
    CHECK_STR(is.v[0].path, "email");
    CHECK_STR(is.v[0].code, "invalid_email");
    CHECK_STR(is.v[0].message, "\"x@\" is no address.");
    CHECK(!is.v[0].is_warning);
    arena_release(&a);
}

TEST(issues, a_warning_refuses_nothing)
{
    struct arena a;
    struct issues is;

    arena_init(&a, 1 << 20);
    issues_init(&is, &a);
    issues_warn(&is, STR("name"), "similar", "There is another %s.", "Acme");
    CHECK(is.n == 1);
    CHECK(is.v[0].is_warning);
    CHECK_STR(is.v[0].message, "There is another Acme.");
    CHECK(!issues_any(&is));
    arena_release(&a);
}

TEST(issues, the_prefix_stands_before_each_path)
{
    struct arena a;
    struct issues is;

    arena_init(&a, 1 << 20);
    issues_init(&is, &a);
    is.prefix = STR("requests.2.");
    issues_add(&is, STR("email"), "c", "m");
    issues_add(&is, STR_NONE, "c", "m");
    CHECK_STR(is.v[0].path, "requests.2.email");
    CHECK_STR(is.v[1].path, "requests.2.");
    arena_release(&a);
}

TEST(issues, past_the_most_they_are_only_counted)
{
    struct arena a;
    struct issues is;
    int i;

    arena_init(&a, 1 << 20);
    issues_init(&is, &a);
    for (i = 0; i < 3 * ISSUES_MAX; i++)
        issues_add(&is, STR("f"), "c", "%d", i);
    CHECK(is.n == ISSUES_MAX);
    CHECK(is.errors == 3 * ISSUES_MAX);
    CHECK_STR(is.v[ISSUES_MAX - 1].message, "199");
    arena_release(&a);
}

TEST(issues, a_long_message_is_cut_between_characters)
{
    struct arena a;
    struct issues is;
    char wide[4000];
    size_t lead, i;

    arena_init(&a, 1 << 20);
    issues_init(&is, &a);
    for (lead = 0; lead < 4; lead++) {
        memset(wide, 'a', lead);
        for (i = lead; i + 5 < sizeof wide; i += 4)
            memcpy(wide + i, "\xF0\x9F\x98\x80", 4);
        wide[i] = '\0';
        issues_add(&is, STR("f"), "c", "%s", wide);
        CHECK(is.v[lead].message.n > 1000);
        CHECK(utf8_invalid(is.v[lead].message) == -1);
    }
    arena_release(&a);
}

TEST(issues, without_memory_the_save_is_refused_all_the_same)
{
    struct arena none;
    struct issues is;

    arena_init(&none, 0);
    issues_init(&is, &none);
    issues_add(&is, STR("f"), "c", "m");
    CHECK(is.n == 0);
    CHECK(is.errors == 1);
    CHECK(issues_any(&is));
    arena_release(&none);
}

TEST(issues, survive_any_ceiling)
{
    size_t ceiling;

    for (ceiling = 0; ceiling < 4000; ceiling += 16) {
        struct arena a;
        struct issues is;
        size_t i;

        arena_init(&a, ceiling);
        issues_init(&is, &a);
        is.prefix = STR("p.");
        for (i = 0; i < 20; i++)
            issues_add(&is, STR("field"), "code", "message %zu", i);
        CHECK(is.errors == 20);
        CHECK(is.n <= 20);
        for (i = 0; i < is.n; i++)
            CHECK_STR(is.v[i].path, "p.field");
        arena_release(&a);
    }
}
